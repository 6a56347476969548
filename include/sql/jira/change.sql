-- Changes of Jira Service Management as its CSV export has them: issues of type Change or [System] Change.
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
-- The outcome is recorded: the final status Completed or Failed of Jira's change workflow. Canceled, withdrawn and
-- declined ones were never implemented; how another final status ended is not known.
-- Not here: the actual window (a change ends when it is done); whether it is major or unauthorised; hours booked.
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
        NULL AS "Custom field (Change start date)",
        NULL AS "Custom field (Change completion date)"
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
    WHERE REGEXP_MATCHES("Issue Type", '(?i)^(\[System\] )?change$')
)

SELECT
    "Issue key" AS id,
    "Summary" AS title,
    "Custom field (Affected services)" AS service,
    "Custom field (Organizations)" AS customer,
    COALESCE("Components", "Component/s") AS category,
    "Priority" AS priority,
    LOWER("Custom field (Change type)") AS type,
    "Status" AS state,
    AS_INSTANT("Created", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS opened_at,
    AS_INSTANT(
        "Custom field (Change start date)", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
    ) AS planned_start_at,
    AS_INSTANT(
        "Custom field (Change completion date)", ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']
    ) AS planned_end_at,
    done_at AS ended_at,
    done_at AS closed_at,
    CASE
        WHEN done_at IS NULL THEN NULL
        WHEN is_withdrawn OR "Status" ILIKE 'declined' OR "Resolution" ILIKE 'declined' THEN 'cancelled'
        WHEN "Status" ILIKE 'failed' OR "Resolution" ILIKE 'failed' THEN 'failed'
        WHEN "Status" ILIKE 'completed' THEN 'successful'
    END AS outcome,
    TRUE AS is_outcome_recorded
FROM issues
