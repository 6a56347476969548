-- Service requests (tickets of type 2; solved = fulfilled) of GLPI 11 (MariaDB 10.6+, MySQL 8), read from glpi_tickets
-- and the status history in glpi_logs.
-- A request that its validator refused is an ordinary request here: GLPI leaves its state to people.
--
-- Choices:   customer = entity, by its full path, since names repeat in different branches. service = first level of
--            the ITIL category, category = its full path. The service catalogue of GLPI 11 is made of forms, which a
--            ticket opened by mail, phone or API never went through; categories are on every kind of ticket.
-- Traps:     Deleted and merged tickets lie in the bin (is_deleted). Of two that are linked as duplicates, the older
--            one counts. Reopening leaves solvedate and closedate as they were: they count in the states solved and
--            closed only, and a resolution before the last reopening does not count. Deadlines (time_to_own,
--            time_to_resolve) move when a pause ends: for a ticket that waits and was not late when the wait began, the
--            deadline moves here as far as it has waited. waiting_duration holds the time between a resolution and a
--            reopening, too: where there is a history, pauses are the times in the state pending and nothing else;
--            where it was purged, waiting_duration stands for them. solve_delay_stat and its like are 0 while unsolved
--            and depend on the calendar of the day: not used.
-- In the log the status is search option 12, raw codes: 1 new, 2 assigned, 3 planned, 4 pending, 5 solved, 6 closed, 10
-- approval. What a ticket was created with is the old value of its first entry.
-- Not there: cancelled (GLPI has no such state), first contact resolution, a recorded flag that the SLA was met.
-- Columns are TIMESTAMP, or DATETIME in old installations: both are read as local time of the source's zone.
WITH wanted AS (
    SELECT t.id, t.date, t.status
    FROM glpi_tickets AS t
    WHERE
        t.type = 2
        AND t.is_deleted = 0
        AND t.date < :end
        AND (t.status <> 6 OR t.closedate >= :start OR t.closedate IS NULL)
),

steps AS (
    SELECT
        w.id AS ticket,
        0 AS step,
        w.date AS since,
        NULL AS was,
        w.status AS is_now
    FROM wanted AS w
    UNION ALL
    SELECT
        w.id,
        l.id,
        l.date_mod,
        CAST(l.old_value AS SIGNED),
        CAST(l.new_value AS SIGNED)
    FROM wanted AS w
    INNER JOIN glpi_logs AS l ON l.itemtype = 'Ticket' AND l.items_id = w.id AND l.id_search_option = 12
),

spans AS (
    SELECT
        ticket,
        step,
        since,
        was,
        LEAD(since) OVER (PARTITION BY ticket ORDER BY step) AS until,
        CASE WHEN step = 0 THEN COALESCE(LEAD(was) OVER (PARTITION BY ticket ORDER BY step), is_now) ELSE is_now END
            AS is_now
    FROM steps
),

history AS (
    SELECT
        ticket,
        COUNT(was) AS entries,
        GROUP_CONCAT(
            CASE
                WHEN is_now = 4 AND (until IS NULL OR until > since) THEN CONCAT(since, '/', COALESCE(until, ''))
            END
            ORDER BY step SEPARATOR ';'
        ) AS pauses,
        MIN(CASE WHEN was IN (5, 6) AND is_now NOT IN (5, 6) THEN since END) AS reopened_at,
        MAX(CASE WHEN was IN (5, 6) AND is_now NOT IN (5, 6) THEN since END) AS last_reopened_at,
        COUNT(CASE WHEN was IN (5, 6) AND is_now NOT IN (5, 6) THEN 1 END) AS reopen_count
    FROM spans
    GROUP BY ticket
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
    t.takeintoaccountdate AS responded_at,
    CASE
        WHEN t.status IN (5, 6) AND h.last_reopened_at > t.solvedate THEN t.closedate
        WHEN t.status IN (5, 6) THEN t.solvedate
    END AS resolved_at,
    CASE WHEN t.status = 6 THEN t.closedate END AS closed_at,
    CASE WHEN h.entries = 0 THEN t.waiting_duration / 3600 ELSE 0 END AS pause_h,
    h.pauses,
    h.reopened_at,
    CASE WHEN h.entries > 0 OR t.status NOT IN (5, 6) THEN h.reopen_count END AS reopen_count,
    EXISTS (
        SELECT 1
        FROM glpi_tickets_tickets AS d
        INNER JOIN glpi_tickets AS o ON o.id = d.tickets_id_2 AND o.is_deleted = 0
        WHERE d.tickets_id_1 = t.id AND d.link = 2 AND o.id < t.id
    )
    OR EXISTS (
        SELECT 1
        FROM glpi_tickets_tickets AS d
        INNER JOIN glpi_tickets AS o ON o.id = d.tickets_id_1 AND o.is_deleted = 0
        WHERE d.tickets_id_2 = t.id AND d.link = 2 AND o.id < t.id
    ) AS is_cancelled,
    t.time_to_own AS response_due_at,
    CASE
        WHEN t.status = 4 AND t.begin_waiting_date < t.time_to_resolve AND t.begin_waiting_date < :end
            THEN t.time_to_resolve + INTERVAL TIMESTAMPDIFF(SECOND, t.begin_waiting_date, :end) SECOND
        ELSE t.time_to_resolve
    END AS resolution_due_at,
    t.actiontime / 3600 AS effort_h
FROM wanted AS w
INNER JOIN glpi_tickets AS t ON t.id = w.id
INNER JOIN history AS h ON h.ticket = w.id
LEFT JOIN glpi_entities AS e ON e.id = t.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = t.itilcategories_id
