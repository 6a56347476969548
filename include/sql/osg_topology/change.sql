-- Announced maintenance of the OSG topology: the window first announced against the one last recorded.
-- The last window stands for the actual one, as far as it has passed: before the end of the collected periods.
-- One that was first recorded after it had begun was raised when it began, and is a late entry of its period.
-- There is no outcome: success rates read "not available".
-- Ends in 2038 or 2100 mean that no end was ever given; the measures leave windows longer than a year out.
SELECT
    "ID" AS id,
    description AS title,
    resource AS service,
    site AS customer,
    severity AS category,
    withdrawn AS state,
    LEAST(CAST(first_commit AS TIMESTAMPTZ), CAST(final_start AS TIMESTAMPTZ)) AS opened_at,
    first_commit AS announced_at,
    planned_start AS planned_start_at,
    planned_end AS planned_end_at,
    CASE WHEN CAST(final_start AS TIMESTAMPTZ) < :end THEN final_start END AS started_at,
    CASE WHEN CAST(final_end AS TIMESTAMPTZ) < :end THEN final_end END AS ended_at,
    COALESCE(withdrawn = 'cancelled', FALSE) AS is_cancelled,
    first_commit AS recorded_at
FROM source
WHERE class = 'SCHEDULED'
