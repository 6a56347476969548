-- Changes of Znuny (OTRS) with the package ITSMChangeManagement, in PostgreSQL.
--
-- needs: postgresql
-- present value: category, priority, planned_start_at, planned_end_at, started_at
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same. 9999-01-01 is how its work orders write a time that was never set.
-- Windows come from the work orders, without canceled ones, approvals, decisions and reviews (pir); those of type
-- backout are no part of the plan. A plan that lacks one of its times has none.
-- A change has ended when all its work orders have, save a backout that never began; else when it was closed, which is
-- when its history says that it came into its final state.
-- The outcome is recorded: the state is successful or failed. Where a work order of type backout had begun, it was
-- backed out, whatever the state says. Rejected, retracted and canceled are cancelled, unless work had begun: how such
-- a change ended is not known. The outcome is known from the day on which it was closed.
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
        CASE WHEN COUNT(*) = COUNT(actual_end) THEN MAX(actual_end) END AS actual_end,
        MIN(actual_start) FILTER (WHERE is_backout) AS backout_start
    FROM work
    WHERE NOT is_backout OR actual_start IS NOT NULL
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
),

ends AS (
    SELECT
        changes.id,
        doings.actual_start,
        doings.backout_start,
        LEAST(doings.actual_end, changes.closed_at) AS ended_at,
        changes.state_name NOT IN ('successful', 'failed') AND doings.actual_start IS NULL AS is_cancelled
    FROM changes
    LEFT JOIN doings ON doings.change_id = changes.id
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
    ends.actual_start AS started_at,
    ends.ended_at,
    changes.closed_at,
    CONCAT_WS(
        ';',
        TO_CHAR(changes.create_time, 'YYYY-MM-DD HH24:MI:SS') || '=open',
        TO_CHAR(ends.ended_at, 'YYYY-MM-DD HH24:MI:SS') || '=solved',
        TO_CHAR(changes.closed_at, 'YYYY-MM-DD HH24:MI:SS')
        || CASE WHEN ends.is_cancelled THEN '=cancelled' ELSE '=closed' END
    ) AS states,
    CASE
        WHEN changes.closed_at IS NULL THEN NULL
        WHEN ends.is_cancelled THEN 'cancelled'
        WHEN ends.backout_start IS NOT NULL THEN 'backed_out'
        WHEN changes.state_name IN ('successful', 'failed') THEN changes.state_name
    END AS outcome,
    changes.closed_at AS outcome_at,
    TRUE AS is_outcome_recorded
FROM changes
INNER JOIN ends ON ends.id = changes.id
INNER JOIN general_catalog AS category ON category.id = changes.category_id
INNER JOIN general_catalog AS priority ON priority.id = changes.priority_id
LEFT JOIN windows ON windows.change_id = changes.id
WHERE changes.closed_at IS NULL OR changes.closed_at >= :start
