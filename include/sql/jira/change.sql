-- Changes of Jira Service Management as its CSV export has them: issues of type Change or [System] Change.
--
-- needs: files
-- needs column: Issue key or Key
-- needs column: Issue Type or Work type
-- needs column: Summary
-- needs column: Priority
-- needs column: Status
-- needs column: Created
-- needs column: Resolved
-- needs column: Custom field (Change type) or Change type
-- cannot tell: outcome = backed_out
-- present value: service, customer, category, priority, type, planned_start_at, planned_end_at
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
-- The outcome is recorded: the final status Completed or Failed of Jira's change workflow. Canceled, withdrawn and
-- declined ones were never implemented; how another final status ended is not known.
-- Not here: the actual window (a change ends when it is done); whether it is major or unauthorised; hours booked.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Issue key",
        NULL AS "Key",
        NULL AS "Issue Type",
        NULL AS "Work type",
        NULL AS "Summary",
        NULL AS "Priority",
        NULL AS "Status",
        NULL AS "Created",
        NULL AS "Resolved",
        NULL AS "Custom field (Change type)",
        NULL AS "Change type",
        NULL AS "Resolution",
        NULL AS "Status Category",
        NULL AS "Status Category Changed",
        NULL AS "Components",
        NULL AS "Component/s",
        NULL AS "Custom field (Request Type)",
        NULL AS "Request Type",
        NULL AS "Custom field (Affected services)",
        NULL AS "Affected services",
        NULL AS "Custom field (Organizations)",
        NULL AS "Organizations",
        NULL AS "Custom field (Change start date)",
        NULL AS "Change start date",
        NULL AS "Custom field (Change completion date)",
        NULL AS "Change completion date"
    WHERE FALSE
),

named AS (
    SELECT
        COALESCE("Issue key", "Key") AS key,
        COALESCE("Issue Type", "Work type") AS kind,
        "Summary" AS title,
        "Priority" AS priority,
        "Status" AS status,
        "Created" AS created,
        "Resolved" AS resolved,
        COALESCE("Custom field (Change type)", "Change type") AS change_type,
        "Resolution" AS resolution,
        "Status Category" AS status_category,
        "Status Category Changed" AS status_changed,
        COALESCE("Components", "Component/s", "Custom field (Request Type)", "Request Type") AS category,
        COALESCE("Custom field (Affected services)", "Affected services") AS service,
        COALESCE("Custom field (Organizations)", "Organizations") AS customer,
        COALESCE("Custom field (Change start date)", "Change start date") AS change_start,
        COALESCE("Custom field (Change completion date)", "Change completion date") AS change_end
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
        ) AS is_withdrawn
    FROM named
    WHERE REGEXP_MATCHES(kind, '(?i)^(\[System\] )?change$')
)

SELECT
    key AS id,
    title,
    service,
    customer,
    category,
    priority,
    LOWER(change_type) AS type,
    status AS state,
    AS_INSTANT(created, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS opened_at,
    AS_INSTANT(change_start, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS planned_start_at,
    AS_INSTANT(change_end, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS planned_end_at,
    done_at AS ended_at,
    done_at AS closed_at,
    CASE
        WHEN done_at IS NULL THEN NULL
        WHEN is_withdrawn OR status ILIKE 'declined' OR resolution ILIKE 'declined' THEN 'cancelled'
        WHEN status ILIKE 'failed' OR resolution ILIKE 'failed' THEN 'failed'
        WHEN status ILIKE 'completed' THEN 'successful'
    END AS outcome,
    TRUE AS is_outcome_recorded
FROM issues
