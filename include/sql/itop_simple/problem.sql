-- Problems of iTop 3 (MariaDB 10.6+, MySQL 8): ticket and ticket_problem; the same in both of iTop's choices of
-- modules.
--
-- Choices:   as for incidents: customer = organization, service and category = service and its subcategory, ids = ref.
-- Traps:     Reassigning a resolved problem keeps its resolution_date: it counts in the states resolved and closed
--            only.
-- Not there: the cause and when it was found (known errors are a module of their own, which need not be installed),
--            effort, cancelled.
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
    CASE WHEN p.status IN ('resolved', 'closed') THEN COALESCE(p.resolution_date, t.close_date) END AS resolved_at,
    CASE WHEN p.status = 'closed' THEN t.close_date END AS closed_at
FROM ticket_problem AS p
INNER JOIN ticket AS t ON t.id = p.id
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN service AS sv ON sv.id = p.service_id
LEFT JOIN servicesubcategory AS sc ON sc.id = p.servicesubcategory_id
LEFT JOIN contact AS team ON team.id = t.team_id
WHERE
    t.start_date < :end
    AND (p.status <> 'closed' OR COALESCE(t.close_date, :end) >= :start)
