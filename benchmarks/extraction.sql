-- The canonical table of incidents with {rows} tickets of a year, in the order in which they were opened. Types as a
-- database has them: times without zone in UTC, numbers as numbers.
CREATE TABLE incident AS
SELECT
    'INC' || lpad(n::text, 9, '0') AS number,
    (ARRAY['邮件无法发送', 'VPN drops every hour', '打印机卡纸', 'ERP: month-end posting fails', '无法登录'])[1 + n % 5]
    || ', ' || md5(n::text) AS title,
    (ARRAY['Email', 'ERP', 'CRM', 'Network', 'Printing', 'Portal', '数据库', '邮件'])[1 + n % 8] AS service,
    'Customer ' || n % 40 AS customer,
    (ARRAY['hardware', 'software', 'access', 'network'])[1 + n % 4] AS category,
    (ARRAY['Critical', 'High', 'Moderate', 'Low'])[1 + n % 4] AS priority,
    CASE WHEN n % 100 = 0 THEN 'Cancelled' WHEN n % 50 = 1 THEN 'In progress' ELSE 'Closed' END AS state,
    'Team ' || n % 12 AS team,
    opened,
    CASE WHEN n % 20 > 0 THEN opened + (n % 240) * interval '1 minute' END AS first_response,
    CASE WHEN n % 50 <> 1 THEN opened + (240 + n % 4000) * interval '1 minute' END AS resolved,
    CASE WHEN n % 50 <> 1 THEN opened + (5000 + n % 9000) * interval '1 minute' END AS closed,
    CASE WHEN n % 10 = 0 THEN 60 ELSE 0 END AS paused_minutes,
    CASE WHEN n % 10 = 0 THEN
        to_char(opened + interval '300 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '/'
        || to_char(opened + interval '360 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    END AS pauses,
    NULL::text AS state_history,
    NULL::text AS priority_history,
    CASE WHEN n % 20 = 7 THEN opened + (9000 + n % 500) * interval '1 minute' END AS reopened,
    CASE WHEN n % 20 = 7 THEN 1 ELSE 0 END AS reopen_count,
    CASE WHEN n % 500 = 0 THEN 1 ELSE 0 END AS major,
    opened + interval '60 minutes' AS response_due,
    opened + interval '1440 minutes' AS resolution_due,
    CASE WHEN n % 50 <> 1 THEN (n % 11 > 0)::int END AS sla_met,
    CASE WHEN n % 60 = 0 THEN 'CHG' || n % 3000 END AS change_number,
    CASE WHEN n % 30 = 0 THEN 'PRB' || n % 900 END AS problem_number,
    (n % 3 = 0)::int AS first_contact,
    (n % 480)::int AS effort_minutes,
    CASE WHEN n % 4 = 0 THEN 'configuration' END AS cause,
    CASE WHEN n % 2 = 0 THEN '重启服务并确认; service restarted and confirmed' END AS action
FROM (
    SELECT
        n,
        TIMESTAMP '2025-09-01 00:00:00' + n * interval '6 seconds' AS opened
    FROM generate_series(1::bigint, {rows}) AS numbers (n)
) AS tickets
