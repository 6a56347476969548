-- Problems of the canonical tables: raised before the end and not closed before the history begins.
--
-- present value: service, customer, category, assignment_group, effort_h, cause, action
SELECT
    number AS id,
    title,
    service,
    customer,
    category,
    priority,
    state,
    team AS assignment_group,
    opened AS opened_at,
    cause_found AS cause_known_at,
    resolved AS resolved_at,
    closed AS closed_at,
    state_history AS states,
    priority_history AS priorities,
    state = 'Cancelled' AS is_cancelled,
    effort_minutes / CAST(60 AS FLOAT) AS effort_h,
    cause,
    action
FROM problem
WHERE opened < :end AND (closed IS NULL OR closed >= :start)
