-- Public incidents of a status page, one row per component; incidents of a component may overlap.
-- Maintenance is left out: its begin is the announcement, so its time is neither downtime nor a window.
SELECT
    id || '/' || component AS id,
    title,
    component AS service,
    component,
    downtime_start AS started_at,
    downtime_end AS ended_at,
    id AS incident
FROM (
    SELECT
        id,
        title,
        downtime_start,
        downtime_end,
        impact,
        UNNEST(FROM_JSON(components, '["VARCHAR"]')) AS component
    FROM source
) AS by_component
WHERE impact NOT IN ('maintenance', 'none')
