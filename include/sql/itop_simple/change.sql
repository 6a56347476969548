-- Changes of iTop 3 (MariaDB 10.6+, MySQL 8) with the simple module itop-change-mgmt: ticket, ticket_change and the
-- history in priv_change*.
--
-- needs: mysql
-- cannot tell: outcome = backed_out
-- present value: customer, category, assignment_group, planned_start_at, planned_end_at, outcome, is_major
--
-- Choices:   customer = organization, group = the change's team, ids = ref. Planned window = start_date and end_date.
--            Implemented = closed, as the life cycle knows no other end. Major = a change with an outage, since iTop
--            marks no other.
-- Outcome:   iTop records none. It is derived, and is_outcome_recorded says so: rejected is cancelled; an implemented
--            change has failed if an incident that names it as its parent was reported within 14 days after its
--            implementation, which is then known, else it was successful, which is known after the 14 days. Backed out
--            cannot be told.
-- Traps:     A rejected change has no closing date: the history in priv_change* says when it was over. A rejected
--            change can be reopened; then it is no longer cancelled.
-- Not there: service, priority, type, actual start, effort; unauthorised: the life cycle closes no change without
--            approval.
WITH wanted AS (
    SELECT
        c.id,
        t.finalclass,
        COALESCE(c.creation_date, t.start_date) AS opened_at,
        CAST(c.status AS CHAR) AS status
    FROM ticket_change AS c
    INNER JOIN ticket AS t ON t.id = c.id
    WHERE
        COALESCE(c.creation_date, t.start_date) < :end
        AND (c.status NOT IN ('closed', 'rejected') OR COALESCE(t.close_date, t.last_update, :end) >= :start)
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
    INNER JOIN priv_changeop AS o ON o.objclass = w.finalclass AND o.objkey = w.id
    INNER JOIN priv_changeop_setatt AS a
        ON a.id = o.id AND a.attcode IN ('status')
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
        ) AS status
    FROM entries AS e
    INNER JOIN wanted AS w ON w.id = e.item
    WINDOW whole AS (PARTITION BY e.item), so_far AS (PARTITION BY e.item ORDER BY e.step)
),

steps AS (
    SELECT
        told.*,
        CASE
            WHEN status = 'rejected' THEN 'cancelled' WHEN status = 'closed' THEN 'closed' ELSE 'open'
        END AS word
    FROM told
),

moves AS (
    SELECT
        steps.*,
        LAG(word) OVER in_order AS word_before
    FROM steps
    WINDOW in_order AS (PARTITION BY item ORDER BY step)
),

history AS (
    SELECT
        item,
        SUBSTRING(MAX(CASE WHEN at < :end THEN CONCAT(step, word) END), 11) AS word,
        MAX(CASE WHEN at < :end AND word_before = 'open' AND word IN ('solved', 'closed') THEN at END)
            AS implemented_at,
        MAX(CASE WHEN at < :end AND word_before <> word AND word IN ('closed', 'cancelled') THEN at END) AS closed_at,
        GROUP_CONCAT(
            CASE WHEN word_before IS NULL OR word <> word_before THEN CONCAT(at, '=', word) END
            ORDER BY step SEPARATOR ';'
        ) AS states,
        -- a history that was purged tells only what came after, and one that does not end as today is not whole
        SUBSTRING(MIN(CONCAT(step, status)), 11) NOT IN ('closed', 'rejected')
        AND SUBSTRING(MAX(CONCAT(step, status)), 11) = MAX(today) AS is_whole
    FROM moves
    GROUP BY item
),

done AS (
    SELECT
        w.id,
        CASE WHEN h.is_whole THEN h.states END AS states,
        CASE WHEN h.is_whole THEN h.word = 'cancelled' ELSE w.status = 'rejected' END AS is_cancelled,
        CASE
            WHEN h.is_whole THEN CASE WHEN h.word IN ('solved', 'closed') THEN h.implemented_at END
            WHEN w.status IN ('closed') THEN t.close_date
        END AS ended_at,
        CASE
            WHEN h.is_whole THEN CASE WHEN h.word IN ('closed', 'cancelled') THEN h.closed_at END
            WHEN w.status = 'closed' THEN t.close_date
            WHEN w.status = 'rejected' THEN t.last_update
        END AS closed_at
    FROM wanted AS w
    INNER JOIN ticket AS t ON t.id = w.id
    INNER JOIN history AS h ON h.item = w.id
),

failures AS (
    SELECT
        d.id,
        MIN(n.start_date) AS failed_at
    FROM done AS d
    INNER JOIN ticket_request AS i ON i.parent_change_id = d.id AND i.request_type = 'incident'
    INNER JOIN ticket AS n ON n.id = i.id
    WHERE n.start_date BETWEEN d.ended_at AND d.ended_at + INTERVAL 14 DAY
    GROUP BY d.id
)

SELECT
    t.ref AS id,
    t.title,
    org.name AS customer,
    CAST(c.category AS CHAR) AS category,
    CAST(c.status AS CHAR) AS state,
    team.name AS assignment_group,
    COALESCE(c.creation_date, t.start_date) AS opened_at,
    (
        SELECT MIN(pc.date)
        FROM priv_changeop AS po
        INNER JOIN priv_change AS pc ON pc.id = po.changeid
        WHERE po.objclass = t.finalclass AND po.objkey = t.id AND po.optype = 'CMDBChangeOpCreate'
    ) AS recorded_at,
    t.start_date AS planned_start_at,
    t.end_date AS planned_end_at,
    d.ended_at,
    d.closed_at,
    d.states,
    CASE
        WHEN d.is_cancelled THEN 'cancelled' WHEN f.failed_at IS NOT NULL THEN 'failed'
        WHEN d.ended_at IS NOT NULL THEN 'successful'
    END AS outcome,
    CASE WHEN d.is_cancelled THEN d.closed_at ELSE COALESCE(f.failed_at, d.ended_at + INTERVAL 14 DAY) END
        AS outcome_at,
    0 AS is_outcome_recorded,
    d.is_cancelled,
    c.outage = 'yes' AS is_major
FROM done AS d
INNER JOIN ticket_change AS c ON c.id = d.id
INNER JOIN ticket AS t ON t.id = d.id
LEFT JOIN failures AS f ON f.id = d.id
LEFT JOIN organization AS org ON org.id = t.org_id
LEFT JOIN contact AS team ON team.id = t.team_id
