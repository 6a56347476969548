-- Service requests of iTop 3 (MariaDB 10.6+, MySQL 8) with the module itop-request-mgmt-itil; resolved = fulfilled,
-- rejected = cancelled: ticket, ticket_request, the SLTs and the history in priv_change*.
--
-- Choices:   customer = organization, service and category = service and its subcategory, group = the ticket's team.
--            Ids are references (ref).
-- Deadlines: A stop-watch that was stopped in time forgets its deadline; one that was late keeps it, and without an SLT
--            there is none and "passed" is 0, too. Taken as they are, deadlines would stand on late tickets only. So
--            for a stopped watch the deadline is where it stood then: the time it was stopped and what was left of the
--            goal, the smallest SLT of customer, service, type and priority, as iTop chooses it. While a ticket waits,
--            its deadline moves: it lies that much behind the end of the period. sla_met_recorded is iTop's own flag,
--            where there was a goal.
-- Traps:     Reopening keeps resolution_date: it counts in the states resolved and closed only. time_spent is the time
--            from report to resolution, no effort. ENUM columns may list their values in any order, so their numbers
--            mean nothing: they are read as text.
-- Pauses are the times in the state pending, rebuilt from priv_change*; where that history was purged, the stop-watch
-- cumulatedpending stands for them. Waiting for an approval stops the clocks of iTop, too; it is no response, and no
-- pause of the report's own clock.
-- Not there: effort, first contact resolution.
-- iTop writes DATETIME in its own zone. It keeps no index on start_date and close_date: on very large tables add one.
WITH wanted AS (
    SELECT r.id
    FROM ticket_request AS r
    INNER JOIN ticket AS t ON t.id = r.id
    WHERE
        t.start_date < :end
        AND (r.status NOT IN ('closed', 'rejected') OR COALESCE(t.close_date, t.last_update, :end) >= :start)
),

steps AS (
    SELECT
        o.objkey AS ticket,
        o.id AS step,
        c.date AS since,
        v.oldvalue AS was,
        v.newvalue AS is_now,
        LEAD(c.date) OVER (PARTITION BY o.objkey ORDER BY o.id) AS until
    FROM wanted AS w
    INNER JOIN priv_changeop AS o ON o.objclass = 'UserRequest' AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a ON a.id = o.id AND a.attcode = 'status'
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS c ON c.id = o.changeid
),

history AS (
    SELECT
        ticket,
        GROUP_CONCAT(
            CASE
                WHEN is_now = 'pending' AND (until IS NULL OR until > since)
                    THEN CONCAT(since, '/', COALESCE(until, ''))
            END
            ORDER BY step SEPARATOR ';'
        ) AS pauses,
        MIN(CASE WHEN was IN ('resolved', 'closed') AND is_now NOT IN ('resolved', 'closed') THEN since END)
            AS reopened_at,
        COUNT(CASE WHEN was IN ('resolved', 'closed') AND is_now NOT IN ('resolved', 'closed') THEN 1 END)
            AS reopen_count,
        MAX(CASE WHEN is_now = 'rejected' THEN since END) AS rejected_at
    FROM steps
    GROUP BY ticket
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
    COALESCE(r.assignment_date, CASE WHEN r.status IN ('resolved', 'closed') THEN r.tto_stopped END)
        AS responded_at,
    CASE WHEN r.status IN ('resolved', 'closed') THEN COALESCE(r.resolution_date, t.close_date) END AS resolved_at,
    CASE
        WHEN r.status = 'closed' THEN t.close_date
        WHEN r.status = 'rejected' THEN COALESCE(h.rejected_at, t.last_update)
    END AS closed_at,
    CASE WHEN h.ticket IS NULL THEN r.cumulatedpending_timespent / 3600 ELSE 0 END AS pause_h,
    h.pauses,
    h.reopened_at,
    CASE WHEN h.ticket IS NOT NULL THEN h.reopen_count WHEN r.status = 'new' THEN 0 END AS reopen_count,
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
FROM wanted AS w
INNER JOIN ticket AS t ON t.id = w.id
INNER JOIN ticket_request AS r ON r.id = w.id
LEFT JOIN history AS h ON h.ticket = w.id
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
