-- Service requests of iTop 3 (MariaDB 10.6+, MySQL 8) with the module itop-request-mgmt-itil; resolved = fulfilled,
-- rejected = cancelled: ticket, ticket_request, the SLTs and the history in priv_change*.
--
-- needs: mysql
-- present value: service, customer, category, assignment_group, response_due_at, resolution_due_at, sla_met_recorded
--
-- Choices:   customer = organization, service and category = service and its subcategory, group = the ticket's team.
--            Ids are references (ref).
-- Deadlines: A stop-watch that was stopped in time forgets its deadline; one that was late keeps it, and without an SLT
--            there is none and "passed" is 0, too. Taken as they are, deadlines would stand on late tickets only. So
--            for a stopped watch the deadline is where it stood then: the time it was stopped and what was left of the
--            goal, the smallest SLT of customer, service, type and priority, as iTop chooses it. While a ticket waits,
--            its deadline moves: it lies that much behind the end of the period. sla_met_recorded is iTop's own flag,
--            where there was a goal.
-- History:   states and priorities are rebuilt from priv_change*; what a ticket was created with is the old value of
--            its first entry. Pending is a pause, rejected is cancelled. Where that history was purged, a row has no
--            states: its last values speak, and the stop-watch cumulatedpending stands for its pauses.
--            Waiting for an approval stops the clocks of iTop, too; it is no response, and no pause of the report's
--            own clock.
-- Traps:     Reopening keeps resolution_date: it counts in the states resolved and closed only. time_spent is the time
--            from report to resolution, no effort. ENUM columns may list their values in any order, so their numbers
--            mean nothing: they are read as text.
-- Not there: effort, first contact resolution.
-- iTop writes DATETIME in its own zone. It keeps no index on start_date and close_date: on very large tables add one.
WITH wanted AS (
    SELECT
        r.id,
        t.start_date AS opened_at,
        CAST(r.status AS CHAR) AS status,
        CAST(r.priority AS CHAR) AS priority
    FROM ticket_request AS r
    INNER JOIN ticket AS t ON t.id = r.id
    WHERE
        t.start_date < :end
        AND (r.status NOT IN ('closed', 'rejected') OR COALESCE(t.close_date, t.last_update, :end) >= :start)
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
        MAX(CASE WHEN a.attcode = 'status' AND v.newvalue = 'rejected' THEN c.date END) AS rejected_at,
        GROUP_CONCAT(
            CASE
                -- from one open state to another is no change
                WHEN
                    a.attcode = 'status'
                    AND (
                        v.oldvalue IN ('pending', 'resolved', 'closed', 'rejected')
                        OR v.newvalue IN ('pending', 'resolved', 'closed', 'rejected')
                    )
                    THEN CONCAT(
                        c.date, '=',
                        CASE v.newvalue
                            WHEN 'rejected' THEN 'cancelled' WHEN 'pending' THEN 'paused' WHEN 'resolved' THEN 'solved'
                            WHEN 'closed' THEN 'closed'
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
    INNER JOIN priv_changeop AS o ON o.objclass = 'UserRequest' AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a ON a.id = o.id AND a.attcode IN ('status', 'priority')
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS c ON c.id = o.changeid
    GROUP BY w.id
),

history AS (
    SELECT
        w.id AS item,
        g.rejected_at,
        CONCAT_WS(
            ';',
            CONCAT(
                w.opened_at, '=',
                CASE COALESCE(g.first_status, w.status)
                    WHEN 'rejected' THEN 'cancelled' WHEN 'pending' THEN 'paused' WHEN 'resolved' THEN 'solved'
                    WHEN 'closed' THEN 'closed'
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
        COALESCE(g.first_status, w.status) NOT IN ('pending', 'resolved', 'closed', 'rejected')
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
    WHERE s.request_type = 'service_request'
    GROUP BY k.org_id, l.service_id, CAST(s.priority AS CHAR), s.metric
)

SELECT
    t.ref AS id,
    t.title,
    sv.name AS service,
    org.name AS customer,
    sc.name AS category,
    CASE CAST(r.priority AS CHAR)
        WHEN '1' THEN 'Critical' WHEN '2' THEN 'High' WHEN '3' THEN 'Medium' WHEN '4' THEN 'Low'
    END AS priority,
    CAST(r.status AS CHAR) AS state,
    team.name AS assignment_group,
    t.start_date AS opened_at,
    (
        SELECT MIN(pc.date)
        FROM priv_changeop AS po
        INNER JOIN priv_change AS pc ON pc.id = po.changeid
        WHERE po.objclass = t.finalclass AND po.objkey = t.id AND po.optype = 'CMDBChangeOpCreate'
    ) AS recorded_at,
    COALESCE(r.assignment_date, CASE WHEN r.status IN ('resolved', 'closed') THEN r.tto_stopped END)
        AS responded_at,
    CASE WHEN r.status IN ('resolved', 'closed') THEN COALESCE(r.resolution_date, t.close_date) END AS resolved_at,
    CASE
        WHEN r.status = 'closed' THEN t.close_date
        WHEN r.status = 'rejected' THEN COALESCE(h.rejected_at, t.last_update)
    END AS closed_at,
    CASE WHEN h.is_whole THEN h.states END AS states,
    CASE WHEN h.is_whole THEN h.priorities END AS priorities,
    CASE WHEN h.is_whole THEN 0 ELSE r.cumulatedpending_timespent / 3600 END AS pause_h,
    r.status = 'rejected' AS is_cancelled,
    CASE
        WHEN r.tto_100_deadline IS NOT NULL THEN r.tto_100_deadline
        WHEN r.status = 'waiting_for_approval'
            THEN :end + INTERVAL GREATEST(tto.goal_s - CAST(r.tto_timespent AS SIGNED), 0) SECOND
        WHEN r.tto_laststart IS NULL
            THEN r.tto_stopped + INTERVAL GREATEST(tto.goal_s - CAST(r.tto_timespent AS SIGNED), 0) SECOND
    END AS response_due_at,
    CASE
        WHEN r.ttr_100_deadline IS NOT NULL THEN r.ttr_100_deadline
        WHEN r.status IN ('pending', 'waiting_for_approval')
            THEN :end + INTERVAL GREATEST(ttr.goal_s - CAST(r.ttr_timespent AS SIGNED), 0) SECOND
        WHEN r.ttr_laststart IS NULL
            THEN r.ttr_stopped + INTERVAL GREATEST(ttr.goal_s - CAST(r.ttr_timespent AS SIGNED), 0) SECOND
    END AS resolution_due_at,
    CASE
        WHEN r.status IN ('resolved', 'closed') AND (r.ttr_100_deadline IS NOT NULL OR ttr.goal_s IS NOT NULL)
            THEN r.ttr_100_passed = 0
    END AS sla_met_recorded
FROM history AS h
INNER JOIN ticket AS t ON t.id = h.item
INNER JOIN ticket_request AS r ON r.id = h.item
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN service AS sv ON sv.id = r.service_id
LEFT JOIN servicesubcategory AS sc ON sc.id = r.servicesubcategory_id
LEFT JOIN contact AS team ON team.id = t.team_id
LEFT JOIN goals AS tto
    ON
        tto.org_id = t.org_id
        AND tto.service_id = r.service_id
        AND tto.priority = CAST(r.priority AS CHAR)
        AND tto.metric = 'tto'
LEFT JOIN goals AS ttr
    ON
        ttr.org_id = t.org_id
        AND ttr.service_id = r.service_id
        AND ttr.priority = CAST(r.priority AS CHAR)
        AND ttr.metric = 'ttr'
