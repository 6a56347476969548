-- Incidents of iTop 3 (MariaDB 10.6+, MySQL 8) with the module itop-incident-mgmt-itil: ticket, ticket_incident, the
-- SLTs and the history in priv_change*.
--
-- needs: mysql
-- present value: service, customer, category, assignment_group, response_due_at, resolution_due_at, sla_met_recorded,
-- present value: caused_by_change, problem, action
--
-- Choices:   customer = organization, service and category = service and its subcategory, group = the ticket's team.
--            Ids are references (ref). Major = the hot flag (escalation_flag) when the period ended; its action is the
--            solution, without its HTML. caused_by_change is derived: a parent change may have caused the incident or
--            cure it; one whose planned start is not after the incident counts as its cause.
-- Deadlines: A stop-watch that was stopped in time forgets its deadline; one that was late keeps it, and without an SLT
--            there is none and "passed" is 0, too. Taken as they are, deadlines would stand on late tickets only. So
--            for a stopped watch the deadline is where it stood then: the time it was stopped and what was left of the
--            goal, the smallest SLT of customer, service, type and priority, as iTop chooses it. While a ticket waits,
--            its deadline moves: it lies that much behind the end of the period. sla_met_recorded is iTop's own flag,
--            where there was a goal.
-- History:   states and priorities are rebuilt from priv_change*; what a ticket was created with is the old value of
--            its first entry. Pending is a pause. Where that history was purged, a row has no states: its last
--            values speak, and the stop-watch cumulatedpending stands for its pauses.
-- Traps:     Reopening keeps resolution_date: it counts in the states resolved and closed only. time_spent is the time
--            from report to resolution, no effort. ENUM columns may list their values in any order, so their numbers
--            mean nothing: they are read as text.
-- Not there: effort, first contact resolution; cancelled (an incident has no such state), a cause.
-- iTop writes DATETIME in its own zone. It keeps no index on start_date and close_date: on very large tables add one.
WITH wanted AS (
    SELECT
        i.id,
        t.start_date AS opened_at,
        CAST(i.status AS CHAR) AS status,
        CAST(i.priority AS CHAR) AS priority,
        CAST(i.escalation_flag AS CHAR) AS is_hot
    FROM ticket_incident AS i
    INNER JOIN ticket AS t ON t.id = i.id
    WHERE
        t.start_date < :end
        AND (i.status <> 'closed' OR COALESCE(t.close_date, :end) >= :start)
),

-- the history in one pass; what a ticket was created with is the old value of its first entry, else its value of today
logged AS (
    SELECT
        w.id AS item,
        SUBSTRING(
            MIN(CASE WHEN a.attcode = 'status' THEN CONCAT(LPAD(o.id, 10, '0'), CAST(v.oldvalue AS CHAR)) END), 11
        ) AS first_status,
        SUBSTRING(
            MAX(CASE WHEN a.attcode = 'status' THEN CONCAT(LPAD(o.id, 10, '0'), CAST(v.newvalue AS CHAR)) END), 11
        ) AS last_status,
        SUBSTRING(
            MIN(CASE WHEN a.attcode = 'priority' THEN CONCAT(LPAD(o.id, 10, '0'), CAST(v.oldvalue AS CHAR)) END), 11
        ) AS first_priority,
        SUBSTRING(
            MIN(
                CASE
                    WHEN a.attcode = 'escalation_flag' THEN CONCAT(LPAD(o.id, 10, '0'), CAST(v.oldvalue AS CHAR))
                END
            ), 11
        ) AS first_hot,
        SUBSTRING(
            MAX(
                CASE
                    WHEN a.attcode = 'escalation_flag' AND c.date < :end
                        THEN CONCAT(LPAD(o.id, 10, '0'), CAST(v.newvalue AS CHAR))
                END
            ), 11
        ) AS last_hot,
        GROUP_CONCAT(
            CASE
                -- from one open state to another is no change
                WHEN
                    a.attcode = 'status'
                    AND (
                        v.oldvalue IN ('pending', 'resolved', 'closed')
                        OR v.newvalue IN ('pending', 'resolved', 'closed')
                    )
                    THEN CONCAT(
                        c.date, '=',
                        CASE v.newvalue
                            WHEN 'pending' THEN 'paused' WHEN 'resolved' THEN 'solved' WHEN 'closed' THEN 'closed'
                            ELSE 'open'
                        END
                    )
            END
            ORDER BY o.id SEPARATOR ';'
        ) AS states,
        GROUP_CONCAT(
            CASE
                WHEN a.attcode = 'priority'
                    THEN CONCAT(c.date, '=', ELT(v.newvalue, 'Critical', 'High', 'Medium', 'Low'))
            END
            ORDER BY o.id SEPARATOR ';'
        ) AS priorities
    FROM wanted AS w
    INNER JOIN priv_changeop AS o ON o.objclass = 'Incident' AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a ON a.id = o.id AND a.attcode IN ('status', 'priority', 'escalation_flag')
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS c ON c.id = o.changeid
    GROUP BY w.id
),

history AS (
    SELECT
        w.id AS item,
        COALESCE(g.last_hot, g.first_hot, w.is_hot) = 'yes' AS is_major,
        CONCAT_WS(
            ';',
            CONCAT(
                w.opened_at, '=',
                CASE COALESCE(g.first_status, w.status)
                    WHEN 'pending' THEN 'paused' WHEN 'resolved' THEN 'solved' WHEN 'closed' THEN 'closed'
                    ELSE 'open'
                END
            ),
            g.states
        ) AS states,
        CONCAT_WS(
            ';',
            CONCAT(
                w.opened_at, '=', ELT(COALESCE(g.first_priority, w.priority), 'Critical', 'High', 'Medium', 'Low')
            ),
            g.priorities
        ) AS priorities,
        -- a history that was purged tells only what came after, and one that does not end as today is not whole
        COALESCE(g.first_status, w.status) NOT IN ('pending', 'resolved', 'closed')
        AND COALESCE(g.last_status, w.status) = w.status AS is_whole
    FROM wanted AS w
    LEFT JOIN logged AS g ON g.item = w.id
),

goals AS (
    SELECT
        k.org_id,
        l.service_id,
        CAST(s.priority AS CHAR) AS priority,
        s.metric,
        MIN(s.value * CASE s.unit WHEN 'hours' THEN 3600 ELSE 60 END) AS goal_s
    FROM slt AS s
    INNER JOIN lnkslatoslt AS ls ON ls.slt_id = s.id
    INNER JOIN lnkcustomercontracttoservice AS l ON l.sla_id = ls.sla_id
    INNER JOIN contract AS k ON k.id = l.customercontract_id
    WHERE s.request_type = 'incident'
    GROUP BY k.org_id, l.service_id, CAST(s.priority AS CHAR), s.metric
)

SELECT
    t.ref AS id,
    t.title,
    sv.name AS service,
    org.name AS customer,
    sc.name AS category,
    CASE CAST(i.priority AS CHAR)
        WHEN '1' THEN 'Critical' WHEN '2' THEN 'High' WHEN '3' THEN 'Medium' WHEN '4' THEN 'Low'
    END AS priority,
    CAST(i.status AS CHAR) AS state,
    team.name AS assignment_group,
    t.start_date AS opened_at,
    (
        SELECT MIN(pc.date)
        FROM priv_changeop AS po
        INNER JOIN priv_change AS pc ON pc.id = po.changeid
        WHERE po.objclass = t.finalclass AND po.objkey = t.id AND po.optype = 'CMDBChangeOpCreate'
    ) AS recorded_at,
    COALESCE(i.assignment_date, CASE WHEN i.status IN ('resolved', 'closed') THEN i.tto_stopped END)
        AS responded_at,
    CASE WHEN i.status IN ('resolved', 'closed') THEN COALESCE(i.resolution_date, t.close_date) END AS resolved_at,
    CASE WHEN i.status = 'closed' THEN t.close_date END AS closed_at,
    CASE WHEN h.is_whole THEN h.states END AS states,
    CASE WHEN h.is_whole THEN h.priorities END AS priorities,
    CASE WHEN h.is_whole THEN 0 ELSE i.cumulatedpending_timespent / 3600 END AS pause_h,
    CASE
        WHEN i.tto_100_deadline IS NOT NULL THEN i.tto_100_deadline
        WHEN i.tto_laststart IS NULL
            THEN i.tto_stopped + INTERVAL GREATEST(tto.goal_s - CAST(i.tto_timespent AS SIGNED), 0) SECOND
    END AS response_due_at,
    CASE
        WHEN i.ttr_100_deadline IS NOT NULL THEN i.ttr_100_deadline
        WHEN i.status IN ('pending')
            THEN :end + INTERVAL GREATEST(ttr.goal_s - CAST(i.ttr_timespent AS SIGNED), 0) SECOND
        WHEN i.ttr_laststart IS NULL
            THEN i.ttr_stopped + INTERVAL GREATEST(ttr.goal_s - CAST(i.ttr_timespent AS SIGNED), 0) SECOND
    END AS resolution_due_at,
    CASE
        WHEN i.status IN ('resolved', 'closed') AND (i.ttr_100_deadline IS NOT NULL OR ttr.goal_s IS NOT NULL)
            THEN i.ttr_100_passed = 0
    END AS sla_met_recorded,
    h.is_major,
    (
        SELECT ch.ref
        FROM ticket AS ch
        WHERE ch.id = i.parent_change_id AND ch.start_date <= t.start_date
    ) AS caused_by_change,
    (SELECT p.ref FROM ticket AS p WHERE p.id = i.parent_problem_id) AS problem,
    CASE
        WHEN h.is_major
            THEN NULLIF(TRIM(REGEXP_REPLACE(i.solution, '<[^>]*>|&nbsp;', ' ')), '')
    END AS action
FROM history AS h
INNER JOIN ticket AS t ON t.id = h.item
INNER JOIN ticket_incident AS i ON i.id = h.item
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN service AS sv ON sv.id = i.service_id
LEFT JOIN servicesubcategory AS sc ON sc.id = i.servicesubcategory_id
LEFT JOIN contact AS team ON team.id = t.team_id
LEFT JOIN goals AS tto
    ON
        tto.org_id = t.org_id
        AND tto.service_id = i.service_id
        AND tto.priority = CAST(i.priority AS CHAR)
        AND tto.metric = 'tto'
LEFT JOIN goals AS ttr
    ON
        ttr.org_id = t.org_id
        AND ttr.service_id = i.service_id
        AND ttr.priority = CAST(i.priority AS CHAR)
        AND ttr.metric = 'ttr'
