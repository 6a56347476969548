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

entries AS (
    SELECT
        w.id AS item,
        LPAD(0, 10, '0') AS step,
        w.opened_at AS at,
        '' AS field,
        '' AS was,
        '' AS is_now
    FROM wanted AS w
    UNION ALL
    SELECT
        w.id,
        LPAD(o.id, 10, '0'),
        c.date,
        CAST(a.attcode AS CHAR),
        CAST(v.oldvalue AS CHAR),
        CAST(v.newvalue AS CHAR)
    FROM wanted AS w
    INNER JOIN priv_changeop AS o ON o.objclass = 'UserRequest' AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a
        ON a.id = o.id AND a.attcode IN ('status', 'priority')
    INNER JOIN priv_changeop_setatt_scalar AS v ON v.id = o.id
    INNER JOIN priv_change AS c ON c.id = o.changeid
),

-- a field after each entry: what was told last, else what its first entry says was before, else its value of today
told AS (
    SELECT
        e.item,
        e.step,
        e.at,
        w.status AS today,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = 'status' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = 'status' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.status
        ) AS status,
        COALESCE(
            SUBSTRING(MAX(CASE WHEN e.field = 'priority' THEN CONCAT(e.step, e.is_now) END) OVER so_far, 11),
            SUBSTRING(MIN(CASE WHEN e.field = 'priority' THEN CONCAT(e.step, e.was) END) OVER whole, 11),
            w.priority
        ) AS priority
    FROM entries AS e
    INNER JOIN wanted AS w ON w.id = e.item
    WINDOW whole AS (PARTITION BY e.item), so_far AS (PARTITION BY e.item ORDER BY e.step)
),

steps AS (
    SELECT
        told.*,
        CASE
            WHEN status = 'rejected' THEN 'cancelled' WHEN status = 'pending' THEN 'paused'
            WHEN status = 'resolved' THEN 'solved' WHEN status = 'closed' THEN 'closed'
            ELSE 'open'
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
        MAX(CASE WHEN status = 'rejected' THEN at END) AS rejected_at,
        GROUP_CONCAT(
            CASE WHEN word_before IS NULL OR word <> word_before THEN CONCAT(at, '=', word) END
            ORDER BY step SEPARATOR ';'
        ) AS states,
        GROUP_CONCAT(
            CASE
                WHEN priority_before IS NULL OR priority <> priority_before
                    THEN CONCAT(at, '=', ELT(priority, 'Critical', 'High', 'Medium', 'Low'))
            END
            ORDER BY step SEPARATOR ';'
        ) AS priorities,
        -- a history that was purged tells only what came after, and one that does not end as today is not whole
        SUBSTRING(MIN(CONCAT(step, status)), 11) NOT IN ('pending', 'resolved', 'closed', 'rejected')
        AND SUBSTRING(MAX(CONCAT(step, status)), 11) = MAX(today) AS is_whole
    FROM moves
    GROUP BY item
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
FROM wanted AS w
INNER JOIN ticket AS t ON t.id = w.id
INNER JOIN ticket_request AS r ON r.id = w.id
INNER JOIN history AS h ON h.item = w.id
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
