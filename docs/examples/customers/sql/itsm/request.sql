-- Service requests of one customer of the sample database, selected like the incidents; fulfilled = resolved.
-- Pauses are those of the status history, as begin/end;begin/end in ISO 8601; one without an end still lasts. Where a
-- row has its states (time=state;time=state), those decide: resolved, closed, pauses and reopenings follow from them.
--
-- present value: service, customer, category, assignment_group, response_due_at, resolution_due_at, sla_met_recorded,
-- present value: is_first_contact, effort_h
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
    fulfilled AS resolved_at,
    closed AS closed_at,
    paused_minutes / CAST(60 AS FLOAT) AS pause_h,
    pauses,
    state_history AS states,
    priority_history AS priorities,
    reopened AS reopened_at,
    reopen_count,
    state = 'Cancelled' AS is_cancelled,
    response_due AS response_due_at,
    fulfilment_due AS resolution_due_at,
    sla_met AS sla_met_recorded,
    first_contact AS is_first_contact,
    effort_minutes / CAST(60 AS FLOAT) AS effort_h
FROM request
WHERE
    customer = :customer
    AND opened < :end
    AND (closed IS NULL OR closed >= :start)
