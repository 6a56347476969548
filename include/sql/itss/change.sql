-- Changes of the canonical tables. A cancelled one has no actual window: its planned end says when it was over.
--
-- present value: service, customer, category, type, planned_start_at, planned_end_at, started_at, outcome,
-- present value: is_outcome_recorded, is_unauthorised, is_major, assignment_group, effort_h, cause, action
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
    closed_at,
    state_history AS states,
    priority_history AS priorities,
    result AS outcome,
    result_recorded AS is_outcome_recorded,
    result = 'cancelled' AS is_cancelled,
    unauthorised AS is_unauthorised,
    major AS is_major,
    team AS assignment_group,
    effort_minutes / CAST(60 AS FLOAT) AS effort_h,
    cause,
    action
FROM changes
WHERE created_at < :end AND (closed_at IS NULL OR closed_at >= :start)
