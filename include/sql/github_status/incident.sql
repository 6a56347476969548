-- Public incidents of a status page; the impact is the priority, the first component the service.
SELECT
    id,
    title,
    components ->> 0 AS service,
    impact AS priority,
    started_at AS opened_at,
    resolved_at
FROM source
WHERE impact <> 'maintenance'
