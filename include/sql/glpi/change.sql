-- Changes of GLPI 10 and 11 (MariaDB 10.6+, MySQL 8), read from glpi_changes, their tasks, tickets and glpi_logs.
--
-- needs: mysql
-- cannot tell: outcome = backed_out
-- present value: service, customer, category, assignment_group, planned_start_at, planned_end_at, outcome,
-- present value: is_unauthorised, effort_h
--
-- Choices:   as in incident.sql: customer = entity, service = first level of the ITIL category. Major = priority 6 when
--            the period ended. Planned window = the planned times of its tasks, from the first begin to the last end;
--            without such tasks the planned end is time_to_resolve.
-- History:   as in incident.sql. Implemented is solved: 5 solved and 8 under review, or closed without them. 13
--            refused, 14 cancelled and those in the bin are cancelled. Times and outcome are as known when the period
--            ended.
-- Outcome:   GLPI records none. It is derived, and is_outcome_recorded says so: refused and cancelled ones are
--            cancelled; an implemented change has failed if an incident linked to it was opened within 14 days after
--            its implementation, which is then known, else it was successful, which is known after the 14 days. Backed
--            out cannot be told.
-- Unauthorised is derived, too: implemented while the validation that was asked for is pending (2) or refused (4).
-- Where none was asked for (1), it stays empty.
-- Traps:     Reopening leaves solvedate and closedate as they were, so where the log was purged they count in those
--            states only. A change refused or cancelled may have no closing date: then its last update says when.
-- Not there: kind (standard, normal, emergency), actual start: the measures that need them read "not available".
WITH wanted AS (
    SELECT
        t.id,
        t.date,
        t.status,
        t.priority,
        t.is_deleted
    FROM glpi_changes AS t
    WHERE
        t.date < :end
        AND (t.status NOT IN (6, 13, 14) OR t.closedate >= :start OR t.closedate IS NULL)
        AND (
            (t.is_deleted = 0)
            -- in the bin only since the history began
            OR EXISTS (
                SELECT 1
                FROM glpi_logs AS l
                WHERE
                    l.itemtype = 'Change'
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
            l.itemtype = 'Change'
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
            WHEN is_deleted = '1' OR status IN (13, 14) THEN 'cancelled' WHEN status = 4 THEN 'paused'
            WHEN status IN (5, 8) THEN 'solved' WHEN status = 6 THEN 'closed' ELSE 'open'
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
        SUBSTRING(MAX(CASE WHEN at < :end THEN CONCAT(step, word) END), 11) AS word,
        MAX(CASE WHEN at < :end AND word_before IN ('open', 'paused') AND word IN ('solved', 'closed') THEN at END)
            AS implemented_at,
        MAX(CASE WHEN at < :end AND word_before <> 'cancelled' AND word = 'cancelled' THEN at END) AS cancelled_at,
        MAX(CASE WHEN at < :end AND word_before <> 'closed' AND word = 'closed' THEN at END) AS closed_at,
        SUBSTRING(MAX(CASE WHEN at < :end THEN CONCAT(step, priority) END), 11) = '6' AS is_major,
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
            SUBSTRING(MIN(CONCAT(step, status)), 11) NOT IN (4, 5, 6, 8, 13, 14)
            OR (MAX(field = '12') AND MIN(at) >= (SELECT MIN(l.date_mod) FROM glpi_logs AS l))
        )
        AND SUBSTRING(MAX(CONCAT(step, status)), 11) = MAX(today) AS is_whole
    FROM moves
    GROUP BY item
),

-- how it stood when the period ended; where the log was purged, how it stands today
done AS (
    SELECT
        c.id,
        CASE WHEN h.is_whole THEN h.word = 'cancelled' ELSE c.status IN (13, 14) OR c.is_deleted = 1 END
            AS is_cancelled,
        CASE
            WHEN h.is_whole THEN CASE WHEN h.word IN ('solved', 'closed') THEN h.implemented_at END
            WHEN c.status IN (5, 6, 8) THEN c.solvedate
        END AS ended_at,
        CASE
            WHEN h.is_whole AND h.word = 'cancelled' THEN h.cancelled_at
            WHEN h.is_whole THEN CASE WHEN h.word = 'closed' THEN h.closed_at END
            WHEN c.status = 6 THEN c.closedate
            WHEN c.status IN (13, 14) THEN COALESCE(c.closedate, c.date_mod)
        END AS closed_at
    FROM history AS h
    INNER JOIN glpi_changes AS c ON c.id = h.item
),

failures AS (
    SELECT
        d.id,
        MIN(t.date) AS failed_at
    FROM done AS d
    INNER JOIN glpi_changes_tickets AS ct ON ct.changes_id = d.id
    INNER JOIN glpi_tickets AS t ON t.id = ct.tickets_id AND t.type = 1 AND t.is_deleted = 0
    WHERE t.date BETWEEN d.ended_at AND d.ended_at + INTERVAL 14 DAY
    GROUP BY d.id
)

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
    h.date_creation AS recorded_at,
    (SELECT MIN(k.begin) FROM glpi_changetasks AS k WHERE k.changes_id = h.id) AS planned_start_at,
    COALESCE((SELECT MAX(k.end) FROM glpi_changetasks AS k WHERE k.changes_id = h.id), h.time_to_resolve)
        AS planned_end_at,
    CASE WHEN s.is_whole THEN s.states END AS states,
    CASE WHEN s.is_whole THEN s.priorities END AS priorities,
    d.ended_at,
    d.closed_at,
    CASE
        WHEN d.is_cancelled THEN 'cancelled' WHEN f.failed_at IS NOT NULL THEN 'failed'
        WHEN d.ended_at IS NOT NULL THEN 'successful'
    END AS outcome,
    CASE WHEN d.is_cancelled THEN d.closed_at ELSE COALESCE(f.failed_at, d.ended_at + INTERVAL 14 DAY) END
        AS outcome_at,
    0 AS is_outcome_recorded,
    d.is_cancelled,
    CASE
        WHEN h.global_validation IN (2, 4) THEN d.ended_at IS NOT NULL
        WHEN h.global_validation = 3 THEN 0
    END AS is_unauthorised,
    s.is_major,
    h.actiontime / 3600 AS effort_h
FROM done AS d
INNER JOIN history AS s ON s.item = d.id
INNER JOIN glpi_changes AS h ON h.id = d.id
LEFT JOIN failures AS f ON f.id = d.id
LEFT JOIN glpi_entities AS e ON e.id = h.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = h.itilcategories_id
