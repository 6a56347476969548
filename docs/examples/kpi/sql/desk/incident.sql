-- Incidents of the sample database, with two further columns that measures.yaml declares: when the caller was asked
-- how it went (回访), and whether the same trouble had come up within 30 days before (复发). Times are UTC, as text or as
-- timestamps without zone. Wanted: everything opened before the end that was not closed before the history begins.
-- Pauses are those of the status history, as begin/end;begin/end in ISO 8601; one without an end still lasts. Where a
-- row has its states (time=state;time=state), those decide: resolved, closed, pauses and reopenings follow from them.
--
-- present value: service, customer, category, assignment_group, is_major, response_due_at, resolution_due_at,
-- present value: is_repeated, sla_met_recorded, caused_by_change, problem, is_first_contact, effort_h, cause, action
SELECT
    number AS id,
    title,
    service,
    customer,
    category,
    priority,
    state,
    team AS assignment_group,
    incident.opened AS opened_at,
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
    action,
    asked.answered AS followed_up_at,
    COALESCE(before.opened >= DATETIME(incident.opened, '-30 days'), FALSE) AS is_repeated
FROM incident
LEFT JOIN (
    SELECT
        incident_number,
        MIN(answered) AS answered
    FROM satisfaction
    GROUP BY incident_number
) AS asked ON incident.number = asked.incident_number
LEFT JOIN (
    SELECT
        number AS of_number,
        LAG(opened) OVER (PARTITION BY problem_number ORDER BY opened) AS opened
    FROM incident
    WHERE problem_number IS NOT NULL
) AS before ON incident.number = before.of_number
WHERE incident.opened < :end AND (closed IS NULL OR closed >= :start)
