SELECT
    id,
    title,
    priority,
    opened_at,
    resolved_at,
    is_major
FROM source
