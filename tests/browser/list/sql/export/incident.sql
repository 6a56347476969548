SELECT
    id,
    title,
    priority,
    opened_at,
    resolved_at
FROM source
