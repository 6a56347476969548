-- Announced maintenance of the OSG topology: the window first announced against the one last recorded.
-- The last window stands for the actual one. There is no outcome: success rates read "not available".
-- Ends in 2038 or 2100 mean that no end was ever given; the measures leave windows longer than a year out.
SELECT
    "ID" AS id,
    description AS title,
    resource AS service,
    site AS customer,
    severity AS category,
    withdrawn AS state,
    first_commit AS opened_at,
    planned_start AS planned_start_at,
    planned_end AS planned_end_at,
    final_start AS started_at,
    final_end AS ended_at,
    COALESCE(withdrawn = 'cancelled', FALSE) AS is_cancelled
FROM source
WHERE class = 'SCHEDULED'
