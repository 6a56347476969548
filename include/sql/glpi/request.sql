-- Service requests (tickets of type 2; solved = fulfilled) of GLPI 10 and 11 (MariaDB 10.6+, MySQL 8), read from
-- glpi_tickets and glpi_logs.
--
-- needs: mysql
-- present value: service, customer, category, assignment_group, response_due_at, resolution_due_at, effort_h
--
-- A request that its validator refused is an ordinary request here: GLPI leaves its state to people.
--
-- Choices:   customer = entity, by its full path, since names repeat in different branches. service = first level of
--            the ITIL category, category = its full path. The service catalogue of GLPI 11 is made of forms, which a
--            ticket opened by mail, phone or API never went through; categories are on every kind of ticket.
-- History:   states and priorities are rebuilt from glpi_logs, which keeps raw codes: search option 12 is the status (1
--            new, 2 assigned, 3 planned, 4 pending, 5 solved, 6 closed, 10 approval), 3 the priority, 14 the type;
--            linked_action 13 is into the bin, 14 out of it. What a ticket was created with is the old value of its
--            first entry. A ticket is cancelled while it is in the bin (merged ones are) or of the other type, and if
--            it is the younger of two duplicates, from the link on (from its creation on where no link was logged).
--            Where the log was purged, a row has no states, and its last values speak.
-- Traps:     Reopening leaves solvedate and closedate as they were: they count in the states solved and closed only.
--            Deadlines (time_to_own, time_to_resolve) move when a pause ends: for a ticket that waits and was not late
--            when the wait began, the deadline moves here as far as it has waited. waiting_duration holds the time
--            between a resolution and a reopening, too: it stands for pauses only where there are no states.
--            solve_delay_stat and its like are 0 while unsolved and depend on the calendar of the day: not used.
-- Not there: cancelled as a state, first contact resolution, a recorded flag that the SLA was met.
-- Columns are TIMESTAMP, or DATETIME in old installations: both are read as local time of the source's zone.
WITH wanted AS (
    SELECT t.id
    FROM glpi_tickets AS t
    WHERE
        t.date < :end
        AND (t.status <> 6 OR t.closedate >= :start OR t.closedate IS NULL)
        AND (
            (t.type = 2 AND t.is_deleted = 0)
            -- of the other type, or in the bin, only since the history began
            OR t.id IN (
                SELECT l.items_id
                FROM glpi_logs AS l
                WHERE
                    l.itemtype = 'Ticket'
                    AND l.date_mod >= :start
                    AND ((l.linked_action = 0 AND l.id_search_option = 14) OR l.linked_action = 13)
            )
        )
),

-- the younger one of two duplicates, since when the log says that they were linked
duplicates AS (
    SELECT
        t.id,
        COALESCE(MAX(l.id), 1) AS step,
        COALESCE(MAX(l.date_mod), t.date) AS since
    FROM glpi_tickets AS t
    INNER JOIN (
        SELECT tickets_id_1 AS id, tickets_id_2 AS other FROM glpi_tickets_tickets WHERE link = 2
        UNION ALL
        SELECT tickets_id_2, tickets_id_1 FROM glpi_tickets_tickets WHERE link = 2
    ) AS d ON d.id = t.id AND d.other < t.id
    INNER JOIN glpi_tickets AS o ON o.id = d.other AND o.is_deleted = 0
    LEFT JOIN glpi_logs AS l
        ON
            l.itemtype = 'Ticket'
            AND l.items_id = t.id
            AND l.linked_action = 15
            AND l.itemtype_link = 'Ticket'
            AND l.new_value LIKE CONCAT('%(', d.other, ')')
    GROUP BY t.id, t.date
),

-- the log in one pass; what a ticket was created with is the old value of its first entry, else its value of today
logged AS (
    SELECT
        w.id AS item,
        SUBSTRING(MIN(CASE WHEN l.id_search_option = 12 THEN CONCAT(LPAD(l.id, 10, '0'), l.old_value) END), 11)
            AS first_status,
        SUBSTRING(MAX(CASE WHEN l.id_search_option = 12 THEN CONCAT(LPAD(l.id, 10, '0'), l.new_value) END), 11)
            AS last_status,
        SUBSTRING(MIN(CASE WHEN l.id_search_option = 3 THEN CONCAT(LPAD(l.id, 10, '0'), l.old_value) END), 11)
            AS first_priority,
        MIN(CASE WHEN l.id_search_option = 12 THEN l.date_mod END) AS since,
        GROUP_CONCAT(
            CASE
                WHEN l.id_search_option = 12 THEN CONCAT(
                    l.date_mod, '=',
                    CASE l.new_value WHEN 4 THEN 'paused' WHEN 5 THEN 'solved' WHEN 6 THEN 'closed' ELSE 'open' END
                )
            END
            ORDER BY l.id SEPARATOR ';'
        ) AS states,
        GROUP_CONCAT(
            CASE
                WHEN l.id_search_option = 3 THEN CONCAT(
                    l.date_mod, '=', ELT(l.new_value, 'Very low', 'Low', 'Medium', 'High', 'Very high', 'Major')
                )
            END
            ORDER BY l.id SEPARATOR ';'
        ) AS priorities
    FROM wanted AS w
    LEFT JOIN glpi_logs AS l
        ON
            l.itemtype = 'Ticket'
            AND l.items_id = w.id
            AND l.linked_action = 0
            AND l.id_search_option IN (3, 12)
    GROUP BY w.id
),

-- the few that were ever in the bin, of another type or a duplicate: for them every field must be known at every step
turned AS (
    SELECT w.id AS item
    FROM wanted AS w
    INNER JOIN (
        SELECT l.items_id AS item
        FROM glpi_logs AS l
        WHERE
            l.itemtype = 'Ticket'
            AND ((l.linked_action = 0 AND l.id_search_option = 14) OR l.linked_action IN (13, 14))
        UNION
        SELECT d.id FROM duplicates AS d
    ) AS n ON n.item = w.id
),

entries AS (
    SELECT
        n.item,
        LPAD(0, 10, '0') AS step,
        t.date AS at,
        '' AS field,
        '' AS was,
        '' AS is_now
    FROM turned AS n
    INNER JOIN glpi_tickets AS t ON t.id = n.item
    UNION ALL
    SELECT
        d.id,
        LPAD(d.step, 10, '0'),
        d.since,
        'duplicate',
        '0',
        '1'
    FROM duplicates AS d
    UNION ALL
    SELECT
        n.item,
        LPAD(l.id, 10, '0'),
        l.date_mod,
        CASE WHEN l.linked_action = 0 THEN l.id_search_option ELSE 'bin' END,
        CASE WHEN l.linked_action = 0 THEN l.old_value ELSE l.linked_action = 14 END,
        CASE WHEN l.linked_action = 0 THEN l.new_value ELSE l.linked_action = 13 END
    FROM turned AS n
    INNER JOIN glpi_logs AS l
        ON
            l.itemtype = 'Ticket'
            AND l.items_id = n.item
            AND ((l.linked_action = 0 AND l.id_search_option IN (12, 14)) OR l.linked_action IN (13, 14))
),

-- a field after each entry: what was logged last, else what its first entry says was before, else its value of today
steps AS (
    SELECT
        e.item,
        e.step,
        e.at,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = '12' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = '12' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            t.status
        ) AS status,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = '14' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = '14' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            t.type
        ) AS type,
        SUBSTRING(MAX(CASE WHEN e.field = 'bin' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11) AS is_binned,
        MAX(e.field = 'duplicate') OVER so_far AS is_duplicate
    FROM entries AS e
    INNER JOIN glpi_tickets AS t ON t.id = e.item
    WINDOW whole AS (PARTITION BY e.item), so_far AS (PARTITION BY e.item ORDER BY e.step)
),

turns AS (
    SELECT
        s.item,
        GROUP_CONCAT(
            s.at, '=',
            CASE
                WHEN s.is_duplicate OR s.is_binned = '1' OR s.type <> 2 THEN 'cancelled'
                WHEN s.status = 4 THEN 'paused' WHEN s.status = 5 THEN 'solved' WHEN s.status = 6 THEN 'closed'
                ELSE 'open'
            END
            ORDER BY s.step SEPARATOR ';'
        ) AS states,
        MAX(s.type = 2) AS is_ours,
        MIN(CASE WHEN s.step > 0 THEN s.at END) AS since
    FROM steps AS s
    GROUP BY s.item
),

history AS (
    SELECT
        g.item,
        COALESCE(
            n.states,
            CONCAT_WS(
                ';',
                CONCAT(
                    t.date, '=',
                    CASE COALESCE(g.first_status, t.status)
                        WHEN 4 THEN 'paused' WHEN 5 THEN 'solved' WHEN 6 THEN 'closed' ELSE 'open'
                    END
                ),
                g.states
            )
        ) AS states,
        CONCAT_WS(
            ';',
            CONCAT(
                t.date, '=',
                ELT(COALESCE(g.first_priority, t.priority), 'Very low', 'Low', 'Medium', 'High', 'Very high', 'Major')
            ),
            g.priorities
        ) AS priorities,
        -- a log that was purged tells only what came after, and one that does not end as today is not whole
        (
            COALESCE(g.first_status, t.status) NOT IN (4, 5, 6)
            OR LEAST(t.date, COALESCE(n.since, g.since)) >= (SELECT MIN(l.date_mod) FROM glpi_logs AS l)
        )
        AND COALESCE(g.last_status, t.status) = t.status AS is_whole
    FROM logged AS g
    INNER JOIN glpi_tickets AS t ON t.id = g.item
    LEFT JOIN turns AS n ON n.item = g.item
    WHERE n.item IS NULL OR n.is_ours
)

SELECT
    t.id,
    t.name AS title,
    SUBSTRING_INDEX(c.completename, ' > ', 1) AS service,
    e.completename AS customer,
    c.completename AS category,
    CASE t.priority
        WHEN 1 THEN 'Very low' WHEN 2 THEN 'Low' WHEN 3 THEN 'Medium'
        WHEN 4 THEN 'High' WHEN 5 THEN 'Very high' WHEN 6 THEN 'Major'
    END AS priority,
    CASE t.status
        WHEN 1 THEN 'New' WHEN 2 THEN 'Assigned' WHEN 3 THEN 'Planned' WHEN 4 THEN 'Pending'
        WHEN 5 THEN 'Solved' WHEN 6 THEN 'Closed' WHEN 10 THEN 'Approval' ELSE t.status
    END AS state,
    (
        SELECT g.completename
        FROM glpi_groups_tickets AS gt
        INNER JOIN glpi_groups AS g ON g.id = gt.groups_id
        WHERE gt.tickets_id = t.id AND gt.type = 2
        ORDER BY gt.id
        LIMIT 1
    ) AS assignment_group,
    t.date AS opened_at,
    t.date_creation AS recorded_at,
    t.takeintoaccountdate AS responded_at,
    CASE WHEN t.status IN (5, 6) THEN t.solvedate END AS resolved_at,
    CASE WHEN t.status = 6 THEN t.closedate END AS closed_at,
    CASE WHEN h.is_whole THEN h.states END AS states,
    CASE WHEN h.is_whole THEN h.priorities END AS priorities,
    CASE WHEN h.is_whole THEN 0 ELSE t.waiting_duration / 3600 END AS pause_h,
    d.id IS NOT NULL OR t.is_deleted = 1 OR t.type <> 2 AS is_cancelled,
    t.time_to_own AS response_due_at,
    CASE
        WHEN t.status = 4 AND t.begin_waiting_date < t.time_to_resolve AND t.begin_waiting_date < :end
            THEN t.time_to_resolve + INTERVAL TIMESTAMPDIFF(SECOND, t.begin_waiting_date, :end) SECOND
        ELSE t.time_to_resolve
    END AS resolution_due_at,
    t.actiontime / 3600 AS effort_h
FROM history AS h
INNER JOIN glpi_tickets AS t ON t.id = h.item
LEFT JOIN duplicates AS d ON d.id = h.item
LEFT JOIN glpi_entities AS e ON e.id = t.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = t.itilcategories_id
