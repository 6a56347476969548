-- Satisfaction of Jira Service Management as its CSV export has it: a rating from 1 to 5 on the issue.
--
-- needs: files
-- needs column: Issue key or Key
-- needs column: Status
-- needs column: Resolved
-- needs column: Satisfaction rating or Custom field (Satisfaction rating)
-- needs column: Custom field (Satisfaction date) or Satisfaction date
-- present value: service, customer
--
-- Many headers stand more than once (Comment, Components): the first keeps its name, the next is Components_2 …
-- Headers may be spelled as in the export of all fields (Custom field (Request Type)) or of a view (Request Type). What
-- has no line `needs column` may be absent, since Jira leaves out fields that its projects do not have, and is empty
-- then. Files of several exports differ in columns, as each has as many Comment columns as its busiest issue: export
-- the whole time as one file.
-- Times are `24/Mar/26 1:23 PM`, Jira's default form, or start with the year. They are in the zone of the person who
-- exported, which is the data source's `timezone`. Names of months in another language do not parse, and are told.
-- Done: Resolved or, where the workflow sets no resolution, when the status came into the category Done. An issue that
-- was opened again may keep its resolution: in the categories To Do and In Progress it is not done.
-- All rows are taken, whatever the period.
-- Asked: Jira asks with the mail that says the request is resolved, so every issue that is done counts as asked, unless
-- it was canceled, withdrawn or a duplicate. An issue that was opened again after its rating was asked
-- when it was rated.
-- The comment of the customer is not exported.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Issue key",
        NULL AS "Key",
        NULL AS "Status",
        NULL AS "Resolved",
        NULL AS "Satisfaction rating",
        NULL AS "Custom field (Satisfaction rating)",
        NULL AS "Custom field (Satisfaction date)",
        NULL AS "Satisfaction date",
        NULL AS "Resolution",
        NULL AS "Status Category",
        NULL AS "Status Category Changed",
        NULL AS "Custom field (Affected services)",
        NULL AS "Affected services",
        NULL AS "Custom field (Organizations)",
        NULL AS "Organizations"
    WHERE FALSE
),

named AS (
    SELECT
        COALESCE("Issue key", "Key") AS key,
        "Status" AS status,
        "Resolved" AS resolved,
        COALESCE("Satisfaction rating", "Custom field (Satisfaction rating)") AS score,
        COALESCE("Custom field (Satisfaction date)", "Satisfaction date") AS rated,
        "Resolution" AS resolution,
        "Status Category" AS status_category,
        "Status Category Changed" AS status_changed,
        COALESCE("Custom field (Affected services)", "Affected services") AS service,
        COALESCE("Custom field (Organizations)", "Organizations") AS customer
    FROM wide
),

issues AS (
    SELECT
        *,
        AS_INSTANT(
            CASE
                WHEN status_category IN ('To Do', 'In Progress') THEN NULL
                WHEN status_category = 'Done' THEN COALESCE(resolved, status_changed)
                ELSE resolved
            END,
            ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
        ) AS done_at,
        REGEXP_MATCHES(
            CONCAT_WS(';', status, resolution), '(?i)(^|;)(duplicate|cancell?ed|withdrawn)(;|$)'
        ) AS is_withdrawn,
        AS_INSTANT(rated, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS rated_at
    FROM named
)

SELECT
    key AS id,
    service,
    customer,
    key AS incident,
    -- times that parsed are text that sorts
    LEAST(done_at, rated_at) AS sent_at,
    rated_at AS answered_at,
    score,
    1 AS scale_min,
    5 AS scale_max
FROM issues
WHERE score IS NOT NULL OR (done_at IS NOT NULL AND NOT is_withdrawn)
