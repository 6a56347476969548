-- Stock counts of spare parts: how many were checked, how many of them were good.
SELECT
    id,
    counted_at,
    title,
    service,
    checked,
    good
FROM source
