-- Outages and maintenance windows of the canonical tables, as far as they reach into the history.
--
-- present value: title, service, component, assignment_group, is_planned, incident, cause, action
SELECT
    number AS id,
    title,
    service,
    component,
    team AS assignment_group,
    begun AS started_at,
    ended AS ended_at,
    planned AS is_planned,
    0 AS is_cancelled,
    incident_number AS incident,
    cause,
    action
FROM availability
WHERE begun < :end AND (ended IS NULL OR ended >= :start)
