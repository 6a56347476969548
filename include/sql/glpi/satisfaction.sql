-- Surveys of GLPI 11 (MariaDB 10.6+, MySQL 8) on tickets and changes, by the day they were sent. GLPI 10 keeps less of
-- them: there, write `system: glpi10` for this process.
--
-- needs: mysql
-- present value: service, customer, incident, comment
--
-- Scale:     the form offers 0 to the entity's highest number of stars, and satisfaction_scaled_to_5 is its answer on 0
--            to 5, also where an entity uses ten stars: 0 is the worst answer, not the lack of one.
-- Traps:     The form shows a default rating before anybody answered: only date_answered says that somebody did.
--            External surveys (type 2) are answered elsewhere: without an answer in GLPI they would count as sent and
--            never answered, so they are left out until they are. Surveys on what was in the bin when the period ended
--            are left out. Reopening a ticket deletes its survey; the next closing makes a new one. The answer to the
--            first is lost, from figures of the past, too. The tables have no index on dates: they are read whole, but
--            hold one short row per surveyed ticket.
SELECT
    CONCAT('ticket-', s.tickets_id) AS id,
    SUBSTRING_INDEX(c.completename, ' > ', 1) AS service,
    e.completename AS customer,
    CASE WHEN o.type = 1 THEN o.id END AS incident,
    s.date_begin AS sent_at,
    s.date_answered AS answered_at,
    CASE WHEN s.date_answered IS NOT NULL THEN s.satisfaction_scaled_to_5 END AS score,
    0 AS scale_min,
    5 AS scale_max,
    s.comment
FROM glpi_ticketsatisfactions AS s
INNER JOIN glpi_tickets AS o ON o.id = s.tickets_id
LEFT JOIN glpi_entities AS e ON e.id = o.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = o.itilcategories_id
WHERE
    s.date_begin < :end
    AND COALESCE(s.date_answered, s.date_begin) >= :start
    AND (s.type = 1 OR s.date_answered < :end)
    AND (
        o.is_deleted = 0
        OR EXISTS (
            SELECT 1
            FROM glpi_logs AS l
            WHERE l.itemtype = 'Ticket' AND l.items_id = o.id AND l.linked_action = 13 AND l.date_mod >= :end
        )
    )
UNION ALL
SELECT
    CONCAT('change-', s.changes_id) AS id,
    SUBSTRING_INDEX(c.completename, ' > ', 1) AS service,
    e.completename AS customer,
    NULL AS incident,
    s.date_begin AS sent_at,
    s.date_answered AS answered_at,
    CASE WHEN s.date_answered IS NOT NULL THEN s.satisfaction_scaled_to_5 END AS score,
    0 AS scale_min,
    5 AS scale_max,
    s.comment
FROM glpi_changesatisfactions AS s
INNER JOIN glpi_changes AS o ON o.id = s.changes_id
LEFT JOIN glpi_entities AS e ON e.id = o.entities_id
LEFT JOIN glpi_itilcategories AS c ON c.id = o.itilcategories_id
WHERE
    s.date_begin < :end
    AND COALESCE(s.date_answered, s.date_begin) >= :start
    AND (s.type = 1 OR s.date_answered < :end)
    AND (
        o.is_deleted = 0
        OR EXISTS (
            SELECT 1
            FROM glpi_logs AS l
            WHERE l.itemtype = 'Change' AND l.items_id = o.id AND l.linked_action = 13 AND l.date_mod >= :end
        )
    )
