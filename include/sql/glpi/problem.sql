-- Problems of GLPI 11 (MariaDB 10.6+, MySQL 8), read from glpi_problems and glpi_logs.
--
-- Choices:   as in incident.sql: customer = entity, service = first level of the ITIL category.
-- Traps:     Problems in the bin (is_deleted) are left out. Solved are 5 solved and 8 under observation. Reopening
--            leaves solvedate and closedate as they were, so they count in those states only. The cause is rich text,
--            and an emptied field still holds tags: it is a cause if text is left without them. When it was found is
--            the first entry of the log (search option 61) that fills the field; where there is none, it was filled
--            when the problem was created, or the log was purged: then the problem's own date counts.
-- Not there: cancelled, merged.
WITH cause AS (
    SELECT
        l.items_id AS problem,
        MIN(l.date_mod) AS found_at
    FROM glpi_logs AS l
    INNER JOIN glpi_problems AS p ON p.id = l.items_id
    WHERE
        l.itemtype = 'Problem'
        AND l.id_search_option = 61
        AND TRIM(REGEXP_REPLACE(l.old_value, '<[^>]*>|&nbsp;', ' ')) = ''
        AND TRIM(REGEXP_REPLACE(l.new_value, '<[^>]*>|&nbsp;', ' ')) <> ''
        AND p.date < :end
        AND (p.status <> 6 OR p.closedate >= :start OR p.closedate IS NULL)
    GROUP BY l.items_id
),

told AS (
    SELECT
        p.*,
        NULLIF(TRIM(REGEXP_REPLACE(p.causecontent, '<[^>]*>|&nbsp;', ' ')), '') AS cause
    FROM glpi_problems AS p
    WHERE
        p.is_deleted = 0
        AND p.date < :end
        AND (p.status <> 6 OR p.closedate >= :start OR p.closedate IS NULL)
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
    CASE WHEN p.cause IS NOT NULL THEN COALESCE(f.found_at, p.date) END AS cause_known_at,
    CASE WHEN p.status IN (5, 6, 8) THEN p.solvedate END AS resolved_at,
    CASE WHEN p.status = 6 THEN p.closedate END AS closed_at,
    p.actiontime / 3600 AS effort_h,
    p.cause
FROM told AS p
LEFT JOIN cause AS f ON f.problem = p.id
LEFT JOIN glpi_entities AS e ON e.id = p.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = p.itilcategories_id
