-- Incidents of the database that these tests make.
SELECT
    id,
    title,
    priority,
    opened_at,
    resolved_at
FROM incident
WHERE opened_at < :end AND (resolved_at IS NULL OR resolved_at >= :start)
