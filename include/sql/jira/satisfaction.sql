-- Satisfaction of Jira Service Management as its CSV export has it: a rating from 1 to 5 on the issue.
--
-- Many headers stand more than once (Comment, Components): the first keeps its name, the next is Components_2 …
-- A column of `wide` may be absent, since Jira leaves out fields that its projects do not have, and is empty then; any
-- other one that is missing is an error that names it. Files of several exports differ in columns, as each has as many
-- Comment columns as its busiest issue: export the whole time as one file.
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
        NULL AS "Resolution",
        NULL AS "Status Category",
        NULL AS "Status Category Changed",
        NULL AS "Custom field (Affected services)",
        NULL AS "Custom field (Organizations)"
    WHERE FALSE
),

issues AS (
    SELECT
        *,
        AS_INSTANT(
            CASE
                WHEN "Status Category" IN ('To Do', 'In Progress') THEN NULL
                WHEN "Status Category" = 'Done' THEN COALESCE("Resolved", "Status Category Changed")
                ELSE "Resolved"
            END,
            ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
        ) AS done_at,
        REGEXP_MATCHES(
            CONCAT_WS(';', "Status", "Resolution"), '(?i)(^|;)(duplicate|cancell?ed|withdrawn)(;|$)'
        ) AS is_withdrawn,
        AS_INSTANT(
            "Custom field (Satisfaction date)", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
        ) AS rated_at
    FROM wide
)

SELECT
    "Issue key" AS id,
    "Custom field (Affected services)" AS service,
    "Custom field (Organizations)" AS customer,
    "Issue key" AS incident,
    -- times that parsed are text that sorts
    LEAST(done_at, rated_at) AS sent_at,
    rated_at AS answered_at,
    "Satisfaction rating" AS score,
    1 AS scale_min,
    5 AS scale_max
FROM issues
WHERE "Satisfaction rating" IS NOT NULL OR (done_at IS NOT NULL AND NOT is_withdrawn)
