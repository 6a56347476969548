-- Changes of GLPI 11 (MariaDB 10.6+, MySQL 8), read from glpi_changes, their tasks, tickets and status history.
--
-- Choices:   as in incident.sql: customer = entity, service = first level of the ITIL category. Major = priority 6.
--            Planned window = the planned times of its tasks, from the first begin to the last end; without such tasks
--            the planned end is time_to_resolve. Implemented = solvedate, in the states 5 solved, 6 closed, 8 under
--            review.
-- Outcome:   GLPI records none. It is derived, and is_outcome_recorded says so: 13 refused and 14 cancelled are
--            cancelled; an implemented change has failed if an incident linked to it was opened within 14 days after
--            its implementation (and before the end of the period), else it was successful. Backed out cannot be told.
-- Unauthorised is derived, too: implemented while the validation that was asked for is pending (2) or refused (4).
-- Where none was asked for (1), it stays empty.
-- Traps:     Changes in the bin (is_deleted) are left out. Reopening leaves solvedate and closedate as they were, so
--            they count in those states only. A change refused or cancelled is over, whether or not it has a closing
--            date: else the last entry of the status history (search option 12) says when.
-- Not there: kind (standard, normal, emergency), actual start: the measures that need them read "not available".
SELECT
    h.id,
    h.name AS title,
    SUBSTRING_INDEX(c.completename, ' > ', 1) AS service,
    e.completename AS customer,
    c.completename AS category,
    CASE h.priority
        WHEN 1 THEN 'Very low' WHEN 2 THEN 'Low' WHEN 3 THEN 'Medium'
        WHEN 4 THEN 'High' WHEN 5 THEN 'Very high' WHEN 6 THEN 'Major'
    END AS priority,
    CASE h.status
        WHEN 1 THEN 'New' WHEN 4 THEN 'Pending' WHEN 5 THEN 'Applied' WHEN 6 THEN 'Closed' WHEN 7 THEN 'Accepted'
        WHEN 8 THEN 'Review' WHEN 9 THEN 'Evaluation' WHEN 10 THEN 'Approval' WHEN 11 THEN 'Testing'
        WHEN 12 THEN 'Qualification' WHEN 13 THEN 'Refused' WHEN 14 THEN 'Cancelled' ELSE h.status
    END AS state,
    (
        SELECT g.completename
        FROM glpi_changes_groups AS cg
        INNER JOIN glpi_groups AS g ON g.id = cg.groups_id
        WHERE cg.changes_id = h.id AND cg.type = 2
        ORDER BY cg.id
        LIMIT 1
    ) AS assignment_group,
    h.date AS opened_at,
    (SELECT MIN(k.begin) FROM glpi_changetasks AS k WHERE k.changes_id = h.id) AS planned_start_at,
    COALESCE((SELECT MAX(k.end) FROM glpi_changetasks AS k WHERE k.changes_id = h.id), h.time_to_resolve)
        AS planned_end_at,
    CASE WHEN h.status IN (5, 6, 8) THEN h.solvedate END AS ended_at,
    CASE
        WHEN h.status = 6 THEN h.closedate
        WHEN h.status IN (13, 14) THEN COALESCE(
            h.closedate,
            (
                SELECT MAX(l.date_mod)
                FROM glpi_logs AS l
                WHERE l.itemtype = 'Change' AND l.items_id = h.id AND l.id_search_option = 12
            ),
            h.date_mod
        )
    END AS closed_at,
    CASE
        WHEN h.status IN (13, 14) THEN 'cancelled'
        WHEN h.status NOT IN (5, 6, 8) OR h.solvedate IS NULL THEN NULL
        WHEN EXISTS (
            SELECT 1
            FROM glpi_changes_tickets AS ct
            INNER JOIN glpi_tickets AS t ON t.id = ct.tickets_id
            WHERE
                ct.changes_id = h.id
                AND t.type = 1
                AND t.is_deleted = 0
                AND t.date >= h.solvedate
                AND t.date <= h.solvedate + INTERVAL 14 DAY
                AND t.date < :end
        ) THEN 'failed'
        ELSE 'successful'
    END AS outcome,
    0 AS is_outcome_recorded,
    h.status IN (13, 14) AS is_cancelled,
    CASE
        WHEN h.global_validation IN (2, 4) THEN h.status IN (5, 6, 8)
        WHEN h.global_validation = 3 THEN 0
    END AS is_unauthorised,
    h.priority = 6 AS is_major,
    h.actiontime / 3600 AS effort_h
FROM glpi_changes AS h
LEFT JOIN glpi_entities AS e ON e.id = h.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = h.itilcategories_id
WHERE
    h.is_deleted = 0
    AND h.date < :end
    AND (h.status NOT IN (6, 13, 14) OR h.closedate >= :start OR h.closedate IS NULL)
