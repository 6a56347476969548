-- Incidents of one customer of the database that the soak makes.
SELECT
    id,
    title,
    customer,
    priority,
    opened_at,
    resolved_at
FROM incident
WHERE
    customer = :customer
    AND opened_at < :end
    AND (resolved_at IS NULL OR resolved_at >= :start)
