-- Changes of iTop 3 (MariaDB 10.6+, MySQL 8) with the module itop-change-mgmt-itil: ticket, change and the history in
-- priv_change*. With the simple module itop-change-mgmt use itop_simple.
--
-- Choices:   customer = organization, group = the change's team, ids = ref. Planned window = start_date and end_date.
--            Type = the class: RoutineChange is standard. Implemented = the last entry into the state implemented; the
--            closing date where the history was purged. Major = a change with an outage, since iTop marks no other.
-- Outcome:   iTop records none. It is derived, and is_outcome_recorded says so: rejected is cancelled; an implemented
--            change has failed if an incident that names it as its parent was reported within 14 days after its
--            implementation (and before the end of the period), else it was successful. Backed out cannot be told.
-- Traps:     A rejected change has no closing date: the history in priv_change* says when it was over. Not approved is
--            no end: such a change can be planned anew. The table's name is a reserved word.
-- Not there: service and priority (a change has configuration items and an impact in free words), actual start, effort;
--            unauthorised: the life cycle lets no normal or emergency change be implemented without approval.
WITH wanted AS (
    SELECT
        c.id,
        t.finalclass
    FROM `change` AS c
    INNER JOIN ticket AS t ON t.id = c.id
    WHERE
        COALESCE(c.creation_date, t.start_date) < :end
        AND (c.status NOT IN ('closed', 'rejected') OR COALESCE(t.close_date, t.last_update, :end) >= :start)
),

history AS (
    SELECT
        w.id AS ticket,
        MAX(CASE WHEN v.newvalue = 'implemented' THEN p.date END) AS implemented_at,
        MAX(CASE WHEN v.newvalue = 'rejected' THEN p.date END) AS rejected_at
    FROM wanted AS w
    INNER JOIN priv_changeop AS o ON o.objclass = w.finalclass AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a ON a.id = o.id AND a.attcode = 'status'
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS p ON p.id = o.changeid
    GROUP BY w.id
),

done AS (
    SELECT
        w.id,
        h.rejected_at,
        CASE
            WHEN c.status IN ('implemented', 'monitored', 'closed') THEN COALESCE(h.implemented_at, t.close_date)
        END AS ended_at
    FROM wanted AS w
    INNER JOIN `change` AS c ON c.id = w.id
    INNER JOIN ticket AS t ON t.id = w.id
    LEFT JOIN history AS h ON h.ticket = w.id
)

SELECT
    t.ref AS id,
    t.title,
    org.name AS customer,
    CAST(c.status AS CHAR) AS state,
    team.name AS assignment_group,
    COALESCE(c.creation_date, t.start_date) AS opened_at,
    t.start_date AS planned_start_at,
    t.end_date AS planned_end_at,
    d.ended_at,
    CASE
        WHEN c.status = 'closed' THEN t.close_date
        WHEN c.status = 'rejected' THEN COALESCE(d.rejected_at, t.last_update)
    END AS closed_at,
    CASE t.finalclass
        WHEN 'RoutineChange' THEN 'standard' WHEN 'NormalChange' THEN 'normal' WHEN 'EmergencyChange' THEN 'emergency'
    END AS type,
    CASE
        WHEN c.status = 'rejected' THEN 'cancelled'
        WHEN d.ended_at IS NULL THEN NULL
        WHEN EXISTS (
            SELECT 1
            FROM ticket_incident AS i
            INNER JOIN ticket AS n ON n.id = i.id
            WHERE
                i.parent_change_id = c.id
                AND n.start_date >= d.ended_at
                AND n.start_date <= d.ended_at + INTERVAL 14 DAY
                AND n.start_date < :end
        ) THEN 'failed'
        ELSE 'successful'
    END AS outcome,
    0 AS is_outcome_recorded,
    c.status = 'rejected' AS is_cancelled,
    c.outage = 'yes' AS is_major
FROM done AS d
INNER JOIN `change` AS c ON c.id = d.id
INNER JOIN ticket AS t ON t.id = d.id
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN contact AS team ON team.id = t.team_id
