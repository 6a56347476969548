-- Incidents of one customer of the sample database: `customer` is selected, so that the product sees whose each row is,
-- and compared with the bind, so that no row of another one comes. Times are UTC, as text.
-- Wanted: everything opened before the end that was not closed before the history begins.
--
-- present value: service, customer, category, assignment_group, is_major, response_due_at, resolution_due_at,
-- present value: sla_met_recorded, caused_by_change, problem, is_first_contact, effort_h, cause, action
SELECT
    number AS id,
    title,
    service,
    customer,
    category,
    priority,
    state,
    team AS assignment_group,
    opened AS opened_at,
    first_response AS responded_at,
    resolved AS resolved_at,
    closed AS closed_at,
    paused_minutes / CAST(60 AS FLOAT) AS pause_h,
    pauses,
    state_history AS states,
    priority_history AS priorities,
    reopened AS reopened_at,
    reopen_count,
    state = 'Cancelled' AS is_cancelled,
    major AS is_major,
    response_due AS response_due_at,
    resolution_due AS resolution_due_at,
    sla_met AS sla_met_recorded,
    change_number AS caused_by_change,
    problem_number AS problem,
    first_contact AS is_first_contact,
    effort_minutes / CAST(60 AS FLOAT) AS effort_h,
    cause,
    action
FROM incident
WHERE
    customer = :customer
    AND opened < :end
    AND (closed IS NULL OR closed >= :start)
