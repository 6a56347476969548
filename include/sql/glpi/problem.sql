-- Problems of GLPI 10 and 11 (MariaDB 10.6+, MySQL 8), read from glpi_problems and glpi_logs.
--
-- needs: mysql
-- present value: service, customer, category, assignment_group, effort_h, cause
--
-- Choices:   as in incident.sql: customer = entity, service = first level of the ITIL category.
-- History:   as in incident.sql. Solved are 5 solved and 8 under observation; in the bin it is cancelled. Where the log
--            was purged, a row has no states, and its last values speak.
-- Traps:     Reopening leaves solvedate and closedate as they were, so they count in those states only. The cause is
--            rich text, and an emptied field still holds tags: it is a cause if text is left without them. When it was
--            found is the first entry of the log (search option 61) that fills the field; where there is none, it was
--            filled when the problem was created, or the log was purged: then the problem's own date counts.
-- Not there: cancelled as a state, merged.
WITH wanted AS (
    SELECT
        t.id,
        t.date,
        t.status,
        t.priority,
        t.is_deleted
    FROM glpi_problems AS t
    WHERE
        t.date < :end
        AND (t.status <> 6 OR t.closedate >= :start OR t.closedate IS NULL)
        AND (
            (t.is_deleted = 0)
            -- in the bin only since the history began
            OR EXISTS (
                SELECT 1
                FROM glpi_logs AS l
                WHERE
                    l.itemtype = 'Problem'
                    AND l.items_id = t.id
                    AND l.date_mod >= :start
                    AND l.linked_action = 13
            )
        )
),

entries AS (
    SELECT
        w.id AS item,
        LPAD(0, 10, '0') AS step,
        w.date AS at,
        '' AS field,
        '' AS was,
        '' AS is_now
    FROM wanted AS w
    UNION ALL
    SELECT
        w.id,
        LPAD(l.id, 10, '0'),
        l.date_mod,
        CASE WHEN l.linked_action = 0 THEN l.id_search_option ELSE 'bin' END,
        CASE WHEN l.linked_action = 0 THEN l.old_value ELSE l.linked_action = 14 END,
        CASE WHEN l.linked_action = 0 THEN l.new_value ELSE l.linked_action = 13 END
    FROM wanted AS w
    INNER JOIN glpi_logs AS l
        ON
            l.itemtype = 'Problem'
            AND l.items_id = w.id
            AND ((l.linked_action = 0 AND l.id_search_option IN (3, 12)) OR l.linked_action IN (13, 14))
),

-- a field after each entry: what was logged last, else what its first entry says was before, else its value of today
told AS (
    SELECT
        e.item,
        e.step,
        e.at,
        e.field,
        w.status AS today,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = '12' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = '12' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.status
        ) AS status,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = '3' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = '3' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.priority
        ) AS priority,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = 'bin' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = 'bin' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.is_deleted
        ) AS is_deleted
    FROM entries AS e
    INNER JOIN wanted AS w ON w.id = e.item
    WINDOW whole AS (PARTITION BY e.item), so_far AS (PARTITION BY e.item ORDER BY e.step)
),

steps AS (
    SELECT
        told.*,
        CASE
            WHEN is_deleted = '1' THEN 'cancelled' WHEN status = 4 THEN 'paused' WHEN status IN (5, 8) THEN 'solved'
            WHEN status = 6 THEN 'closed' ELSE 'open'
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
                    THEN CONCAT(at, '=', ELT(priority, 'Very low', 'Low', 'Medium', 'High', 'Very high', 'Major'))
            END
            ORDER BY step SEPARATOR ';'
        ) AS priorities,
        -- a log that was purged tells only what came after, and one that does not end as today is not whole
        (
            SUBSTRING(MIN(CONCAT(step, status)), 11) NOT IN (4, 5, 6, 8)
            OR (MAX(field = '12') AND MIN(at) >= (SELECT MIN(l.date_mod) FROM glpi_logs AS l))
        )
        AND SUBSTRING(MAX(CONCAT(step, status)), 11) = MAX(today) AS is_whole
    FROM moves
    GROUP BY item
),

causes AS (
    SELECT
        l.items_id AS problem,
        MIN(l.date_mod) AS found_at
    FROM wanted AS w
    INNER JOIN glpi_logs AS l ON l.itemtype = 'Problem' AND l.items_id = w.id AND l.id_search_option = 61
    WHERE
        TRIM(REGEXP_REPLACE(l.old_value, '<[^>]*>|&nbsp;', ' ')) = ''
        AND TRIM(REGEXP_REPLACE(l.new_value, '<[^>]*>|&nbsp;', ' ')) <> ''
    GROUP BY l.items_id
),

texts AS (
    SELECT
        p.id,
        NULLIF(TRIM(REGEXP_REPLACE(p.causecontent, '<[^>]*>|&nbsp;', ' ')), '') AS cause
    FROM wanted AS w
    INNER JOIN glpi_problems AS p ON p.id = w.id
)

SELECT
    p.id,
    p.name AS title,
    SUBSTRING_INDEX(c.completename, ' > ', 1) AS service,
    e.completename AS customer,
    c.completename AS category,
    CASE p.priority
        WHEN 1 THEN 'Very low' WHEN 2 THEN 'Low' WHEN 3 THEN 'Medium'
        WHEN 4 THEN 'High' WHEN 5 THEN 'Very high' WHEN 6 THEN 'Major'
    END AS priority,
    CASE p.status
        WHEN 1 THEN 'New' WHEN 2 THEN 'Assigned' WHEN 3 THEN 'Planned' WHEN 4 THEN 'Pending' WHEN 5 THEN 'Solved'
        WHEN 6 THEN 'Closed' WHEN 7 THEN 'Accepted' WHEN 8 THEN 'Under observation' ELSE p.status
    END AS state,
    (
        SELECT g.completename
        FROM glpi_groups_problems AS gp
        INNER JOIN glpi_groups AS g ON g.id = gp.groups_id
        WHERE gp.problems_id = p.id AND gp.type = 2
        ORDER BY gp.id
        LIMIT 1
    ) AS assignment_group,
    p.date AS opened_at,
    p.date_creation AS recorded_at,
    CASE WHEN x.cause IS NOT NULL THEN COALESCE(f.found_at, p.date) END AS cause_known_at,
    CASE WHEN p.status IN (5, 6, 8) THEN p.solvedate END AS resolved_at,
    CASE WHEN p.status = 6 THEN p.closedate END AS closed_at,
    p.is_deleted = 1 AS is_cancelled,
    CASE WHEN h.is_whole THEN h.states END AS states,
    CASE WHEN h.is_whole THEN h.priorities END AS priorities,
    p.actiontime / 3600 AS effort_h,
    x.cause
FROM wanted AS w
INNER JOIN glpi_problems AS p ON p.id = w.id
INNER JOIN history AS h ON h.item = w.id
INNER JOIN texts AS x ON x.id = w.id
LEFT JOIN causes AS f ON f.problem = w.id
LEFT JOIN glpi_entities AS e ON e.id = p.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = p.itilcategories_id
