-- Problems of iTop 3 (MariaDB 10.6+, MySQL 8): ticket and ticket_problem; the same in both of iTop's choices of
-- modules.
--
-- needs: mysql
-- present value: service, customer, category, assignment_group
--
-- Choices:   as for incidents: customer = organization, service and category = service and its subcategory, ids = ref.
-- History:   states and priorities are rebuilt from priv_change*; where it was purged, the last values speak.
-- Traps:     Reassigning a resolved problem keeps its resolution_date: it counts in the states resolved and closed
--            only.
-- Not there: the cause and when it was found (known errors are a module of their own, which need not be installed),
--            effort, cancelled.
WITH wanted AS (
    SELECT
        p.id,
        t.start_date AS opened_at,
        CAST(p.status AS CHAR) AS status,
        CAST(p.priority AS CHAR) AS priority
    FROM ticket_problem AS p
    INNER JOIN ticket AS t ON t.id = p.id
    WHERE
        t.start_date < :end
        AND (p.status <> 'closed' OR COALESCE(t.close_date, :end) >= :start)
),

entries AS (
    SELECT
        w.id AS item,
        LPAD(0, 10, '0') AS step,
        w.opened_at AS at,
        '' AS field,
        '' AS was,
        '' AS is_now
    FROM wanted AS w
    UNION ALL
    SELECT
        w.id,
        LPAD(o.id, 10, '0'),
        c.date,
        CAST(a.attcode AS CHAR),
        CAST(v.oldvalue AS CHAR),
        CAST(v.newvalue AS CHAR)
    FROM wanted AS w
    INNER JOIN priv_changeop AS o ON o.objclass = 'Problem' AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a
        ON a.id = o.id AND a.attcode IN ('status', 'priority')
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS c ON c.id = o.changeid
),

-- a field after each entry: what was told last, else what its first entry says was before, else its value of today
told AS (
    SELECT
        e.item,
        e.step,
        e.at,
        w.status AS today,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = 'status' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = 'status' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.status
        ) AS status,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = 'priority' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = 'priority' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.priority
        ) AS priority
    FROM entries AS e
    INNER JOIN wanted AS w ON w.id = e.item
    WINDOW whole AS (PARTITION BY e.item), so_far AS (PARTITION BY e.item ORDER BY e.step)
),

steps AS (
    SELECT
        told.*,
        CASE
            WHEN status = 'resolved' THEN 'solved' WHEN status = 'closed' THEN 'closed' ELSE 'open'
        END AS word
    FROM told
),

moves AS (
    SELECT
        steps.*,
        LAG(word) OVER in_order AS word_before,
        LAG(priority) OVER in_order AS priority_before
    FROM steps
    WINDOW in_order AS (PARTITION BY item ORDER BY step)
),

history AS (
    SELECT
        item,
        GROUP_CONCAT(
            CASE WHEN word_before IS NULL OR word <> word_before THEN CONCAT(at, '=', word) END
            ORDER BY step SEPARATOR ';'
        ) AS states,
        GROUP_CONCAT(
            CASE
                WHEN priority_before IS NULL OR priority <> priority_before
                    THEN CONCAT(at, '=', ELT(priority, 'Critical', 'High', 'Medium', 'Low'))
            END
            ORDER BY step SEPARATOR ';'
        ) AS priorities,
        -- a history that was purged tells only what came after, and one that does not end as today is not whole
        SUBSTRING(MIN(CONCAT(step, status)), 11) NOT IN ('resolved', 'closed')
        AND SUBSTRING(MAX(CONCAT(step, status)), 11) = MAX(today) AS is_whole
    FROM moves
    GROUP BY item
)

SELECT
    t.ref AS id,
    t.title,
    sv.name AS service,
    org.name AS customer,
    sc.name AS category,
    CASE CAST(p.priority AS CHAR)
        WHEN '1' THEN 'Critical' WHEN '2' THEN 'High' WHEN '3' THEN 'Medium' WHEN '4' THEN 'Low'
    END AS priority,
    CAST(p.status AS CHAR) AS state,
    team.name AS assignment_group,
    t.start_date AS opened_at,
    (
        SELECT MIN(pc.date)
        FROM priv_changeop AS po
        INNER JOIN priv_change AS pc ON pc.id = po.changeid
        WHERE po.objclass = t.finalclass AND po.objkey = t.id AND po.optype = 'CMDBChangeOpCreate'
    ) AS recorded_at,
    CASE WHEN p.status IN ('resolved', 'closed') THEN COALESCE(p.resolution_date, t.close_date) END AS resolved_at,
    CASE WHEN p.status = 'closed' THEN t.close_date END AS closed_at,
    CASE WHEN h.is_whole THEN h.states END AS states,
    CASE WHEN h.is_whole THEN h.priorities END AS priorities
FROM wanted AS w
INNER JOIN ticket_problem AS p ON p.id = w.id
INNER JOIN history AS h ON h.item = w.id
INNER JOIN ticket AS t ON t.id = p.id
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN service AS sv ON sv.id = p.service_id
LEFT JOIN servicesubcategory AS sc ON sc.id = p.servicesubcategory_id
LEFT JOIN contact AS team ON team.id = t.team_id
