-- Changes of the sample ITSM system. A cancelled one has no actual window: its planned end says when it was over.
SELECT
    number AS id,
    title,
    service,
    customer,
    category,
    priority,
    type,
    state,
    created_at AS opened_at,
    planned_start AS planned_start_at,
    planned_end AS planned_end_at,
    actual_start AS started_at,
    actual_end AS ended_at,
    result AS outcome,
    result_recorded AS is_outcome_recorded,
    unauthorised AS is_unauthorised,
    major AS is_major,
    cause,
    action
FROM change
WHERE created_at < :end AND (COALESCE(actual_end, planned_end) IS NULL OR COALESCE(actual_end, planned_end) >= :start)
