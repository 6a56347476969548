-- Outages of the OSG topology, one row per resource; scheduled ones are planned windows, not downtime.
-- What was withdrawn before its begin never happened. A window "without significant outage" is no outage.
-- Ends in 2038 or 2100 mean that no end was ever given. What was first recorded after a period is a late entry of it.
SELECT
    "ID" AS id,
    description AS title,
    resource AS service,
    services AS component,
    final_start AS started_at,
    CASE WHEN final_end < '2038' THEN final_end END AS ended_at,
    class = 'SCHEDULED' AS is_planned,
    COALESCE(withdrawn = 'cancelled', FALSE) AS is_cancelled,
    first_commit AS recorded_at
FROM source
WHERE severity <> 'No Significant Outage Expected'
