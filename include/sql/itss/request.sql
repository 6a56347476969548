-- Service requests of the sample ITSM system; fulfilled = resolved.
-- Pauses come from the status history, as intervals in one text; one without an end still lasts.
WITH history AS (
    SELECT
        ticket,
        group_concat(
            replace(started, ' ', 'T') || 'Z/' || coalesce(replace(ended, ' ', 'T') || 'Z', ''), ';'
        ) AS pauses
    FROM pause
    GROUP BY ticket
)

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
    paused_minutes / 60.0 AS pause_h,
    pauses,
    reopened AS reopened_at,
    reopen_count,
    state = 'Cancelled' AS is_cancelled,
    response_due AS response_due_at,
    fulfilment_due AS resolution_due_at,
    sla_met AS sla_met_recorded,
    first_contact AS is_first_contact,
    effort_minutes / 60.0 AS effort_h
FROM request
LEFT JOIN history ON history.ticket = request.number
WHERE opened < :end AND (closed IS NULL OR closed >= :start)
