-- Changes of Znuny (OTRS) with the package ITSMChangeManagement, in PostgreSQL.
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same. 9999-01-01 is how its work orders write a time that was never set.
-- The outcome is recorded: the state is successful or failed. Rejected, retracted and canceled are cancelled, unless
-- work had begun: how such a change ended is not known.
-- Windows come from the work orders, without canceled ones, approvals, decisions and reviews (pir); those of type
-- backout are no part of the plan. A plan that lacks one of its times has none. Without an actual end it is over when
-- it was closed, which is when its history says that it came into its final state.
-- States and types are found by the names that the package gives them in the general catalog.
-- Not here: whether it is standard, normal or emergency, major or unauthorised (a change may go from requested to in
-- progress by design), its service and customer, its cause; effort, whose units have no fixed length.
WITH work AS (
    SELECT
        change_workorder.change_id,
        kind.name = 'backout' AS is_backout,
        NULLIF(change_workorder.planned_start_time, '9999-01-01') AS planned_start,
        NULLIF(change_workorder.planned_end_time, '9999-01-01') AS planned_end,
        NULLIF(change_workorder.actual_start_time, '9999-01-01') AS actual_start,
        NULLIF(change_workorder.actual_end_time, '9999-01-01') AS actual_end
    FROM change_workorder
    INNER JOIN general_catalog AS kind ON kind.id = change_workorder.workorder_type_id
    INNER JOIN general_catalog AS state ON state.id = change_workorder.workorder_state_id
    WHERE kind.name NOT IN ('approval', 'decision', 'pir') AND state.name <> 'canceled'
),

windows AS (
    SELECT
        change_id,
        CASE WHEN COUNT(*) = COUNT(planned_start) THEN MIN(planned_start) END AS planned_start,
        CASE WHEN COUNT(*) = COUNT(planned_end) THEN MAX(planned_end) END AS planned_end
    FROM work
    WHERE NOT is_backout
    GROUP BY change_id
),

doings AS (
    SELECT
        change_id,
        MIN(actual_start) AS actual_start,
        MAX(actual_end) AS actual_end,
        COUNT(*) FILTER (WHERE actual_start IS NOT NULL AND actual_end IS NULL) AS running
    FROM work
    GROUP BY change_id
),

changes AS (
    SELECT
        change_item.*,
        state.name AS state_name,
        CASE
            WHEN state.name IN ('successful', 'failed', 'rejected', 'retracted', 'canceled') THEN COALESCE(
                (
                    SELECT MAX(change_history.create_time)
                    FROM change_history
                    WHERE
                        change_history.change_id = change_item.id
                        AND change_history.fieldname = 'ChangeStateID'
                        AND change_history.content_new = CAST(change_item.change_state_id AS varchar)
                ),
                change_item.change_time
            )
        END AS closed_at
    FROM change_item
    INNER JOIN general_catalog AS state ON state.id = change_item.change_state_id
    WHERE change_item.create_time < :end
)

SELECT
    changes.change_number AS id,
    changes.title,
    category.name AS category,
    priority.name AS priority,
    changes.state_name AS state,
    changes.create_time AS opened_at,
    windows.planned_start AS planned_start_at,
    windows.planned_end AS planned_end_at,
    doings.actual_start AS started_at,
    CASE
        WHEN changes.closed_at IS NOT NULL THEN COALESCE(doings.actual_end, changes.closed_at)
        WHEN changes.state_name = 'pending pir' AND doings.running = 0 THEN doings.actual_end
    END AS ended_at,
    changes.closed_at,
    CASE
        WHEN changes.state_name IN ('successful', 'failed') THEN changes.state_name
        WHEN changes.closed_at IS NOT NULL AND doings.actual_start IS NULL THEN 'cancelled'
    END AS outcome,
    TRUE AS is_outcome_recorded
FROM changes
INNER JOIN general_catalog AS category ON category.id = changes.category_id
INNER JOIN general_catalog AS priority ON priority.id = changes.priority_id
LEFT JOIN windows ON windows.change_id = changes.id
LEFT JOIN doings ON doings.change_id = changes.id
WHERE changes.closed_at IS NULL OR changes.closed_at >= :start
