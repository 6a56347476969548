-- Satisfaction of iTop 3 (MariaDB 10.6+, MySQL 8) with the simple module itop-request-mgmt: what callers said of
-- resolved user requests.
--
-- needs: mysql
-- present value: service, customer
--
-- Scale:     1 very satisfied to 4 very dissatisfied in iTop; turned round here, so that 4 of 1 to 4 is the best.
-- Traps:     The field has the default 1, very satisfied, from the ticket's creation on: a value counts only if the
--            history shows that it was set, or if the user wrote a comment (the column is user_commment, with three m).
--            iTop's history does not show a 1 that was "changed" to 1: who answers "very satisfied" without a word
--            looks like nobody, so in the stock data model the figures read too low. Give the attribute an empty
--            default (one line in an extension of the data model), and every answer is in the history. ENUM columns may
--            list their values in any order: read as text.
-- Sent = resolved, when the caller is asked; answered = the last such entry of the history, else the closing.
WITH asked AS (
    SELECT
        r.id,
        t.finalclass AS objclass,
        t.ref,
        t.org_id,
        r.service_id,
        CASE WHEN r.request_type = 'incident' THEN t.ref END AS incident,
        r.resolution_date,
        t.close_date,
        CAST(CAST(r.user_satisfaction AS CHAR) AS SIGNED) AS grade,
        NULLIF(TRIM(r.user_commment), '') AS comment
    FROM ticket_request AS r
    INNER JOIN ticket AS t ON t.id = r.id
    WHERE
        r.status IN ('resolved', 'closed')
        AND r.resolution_date < :end
        AND COALESCE(t.close_date, :end) >= :start
),

answers AS (
    SELECT
        s.id,
        MAX(c.date) AS answered_at
    FROM asked AS s
    INNER JOIN priv_changeop AS o ON o.objclass = s.objclass AND o.objkey = s.id
    INNER JOIN priv_changeop_setatt AS a ON a.id = o.id AND a.attcode IN ('user_satisfaction', 'user_comment')
    INNER JOIN priv_change AS c ON c.id = o.changeid
    GROUP BY s.id
)

SELECT
    s.ref AS id,
    sv.name AS service,
    org.name AS customer,
    s.incident,
    s.resolution_date AS sent_at,
    COALESCE(a.answered_at, CASE WHEN s.comment IS NOT NULL THEN COALESCE(s.close_date, s.resolution_date) END)
        AS answered_at,
    CASE WHEN a.id IS NOT NULL OR s.comment IS NOT NULL THEN 5 - s.grade END AS score,
    1 AS scale_min,
    4 AS scale_max,
    s.comment
FROM asked AS s
LEFT JOIN answers AS a ON a.id = s.id
LEFT JOIN organization AS org ON org.id = s.org_id
LEFT JOIN service AS sv ON sv.id = s.service_id
