-- Outages of the OSG topology, one row per resource; scheduled ones are planned windows, not downtime.
-- What was withdrawn before its begin never happened. A window "without significant outage" is no outage.
SELECT
    "ID" AS id,
    description AS title,
    resource AS service,
    services AS component,
    final_start AS started_at,
    CASE WHEN final_end < '2038' THEN final_end END AS ended_at,
    class = 'SCHEDULED' AS is_planned,
    COALESCE(withdrawn = 'cancelled', FALSE) AS is_cancelled
FROM source
WHERE severity <> 'No Significant Outage Expected'
