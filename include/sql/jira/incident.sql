-- Incidents of Jira Service Management as its CSV export has them: issues of type Incident or [System] Incident.
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
-- SLA: the field Time to resolution holds the time that was left, negative where the target was missed; it is read for
-- resolved issues only. Responded: Jira's date of the first response.
-- Issues that were canceled, withdrawn or duplicates are cancelled. Problem: the issue it is linked to as cause.
-- Not here: deadlines, pauses and reopening, which are in the issue's history; hours booked; which change caused it.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Resolution",
        NULL AS "Status Category",
        NULL AS "Status Category Changed",
        NULL AS "Components",
        NULL AS "Component/s",
        NULL AS "Custom field (Affected services)",
        NULL AS "Custom field (Organizations)",
        NULL AS "Custom field (Time to resolution)",
        NULL AS "Inward issue link (Problem/Incident)"
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
        ) AS is_withdrawn
    FROM wide
    WHERE REGEXP_MATCHES("Issue Type", '(?i)^(\[System\] )?incident$')
)

SELECT
    "Issue key" AS id,
    "Summary" AS title,
    "Custom field (Affected services)" AS service,
    "Custom field (Organizations)" AS customer,
    COALESCE("Components", "Component/s") AS category,
    "Priority" AS priority,
    "Status" AS state,
    AS_INSTANT("Created", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS opened_at,
    AS_INSTANT(
        "Custom field ([CHART] Date of First Response)", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
    ) AS responded_at,
    done_at AS resolved_at,
    done_at AS closed_at,
    is_withdrawn AS is_cancelled,
    CASE
        WHEN REGEXP_MATCHES("Custom field (Time to resolution)", '^[-−] ?\d') THEN 'false'
        WHEN REGEXP_MATCHES("Custom field (Time to resolution)", '^\d+( ?[a-z]|:\d\d)') THEN 'true'
        ELSE "Custom field (Time to resolution)"
    END AS sla_met_recorded,
    "Inward issue link (Problem/Incident)" AS problem
FROM issues
