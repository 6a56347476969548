-- Service requests of Jira Service Management as its CSV export has them: issues of type Service request, with
-- approvals or without, also [System] ….
--
-- needs: files
-- needs column: Issue key or Key
-- needs column: Issue Type or Work type
-- needs column: Summary
-- needs column: Priority
-- needs column: Status
-- needs column: Created
-- needs column: Resolved
-- needs column: Custom field ([CHART] Date of First Response) or [CHART] Date of First Response
-- present value: service, customer, category, priority
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
-- SLA: the field Time to resolution holds the time that was left, negative where the target was missed; it is read for
-- resolved issues only. Responded: Jira's date of the first response.
-- Issues that were canceled, withdrawn or duplicates are cancelled.
-- Not here: deadlines, pauses and reopening, which are in the issue's history; hours booked.
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
        NULL AS "Custom field ([CHART] Date of First Response)",
        NULL AS "[CHART] Date of First Response",
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
        NULL AS "Custom field (Time to resolution)",
        NULL AS "Time to resolution"
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
        COALESCE("Custom field ([CHART] Date of First Response)", "[CHART] Date of First Response") AS responded,
        "Resolution" AS resolution,
        "Status Category" AS status_category,
        "Status Category Changed" AS status_changed,
        COALESCE("Components", "Component/s", "Custom field (Request Type)", "Request Type") AS category,
        COALESCE("Custom field (Affected services)", "Affected services") AS service,
        COALESCE("Custom field (Organizations)", "Organizations") AS customer,
        COALESCE("Custom field (Time to resolution)", "Time to resolution") AS left_to_resolve
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
    WHERE REGEXP_MATCHES(kind, '(?i)^(\[System\] )?service request( with approvals)?$')
)

SELECT
    key AS id,
    title,
    service,
    customer,
    category,
    priority,
    status AS state,
    AS_INSTANT(created, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS opened_at,
    AS_INSTANT(responded, ['%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%y %H:%M']) AS responded_at,
    done_at AS resolved_at,
    done_at AS closed_at,
    is_withdrawn AS is_cancelled,
    CASE
        WHEN REGEXP_MATCHES(left_to_resolve, '^[-−] ?\d') THEN 'false'
        WHEN REGEXP_MATCHES(left_to_resolve, '^\d+( ?[a-z]|:\d\d)') THEN 'true'
        ELSE left_to_resolve
    END AS sla_met_recorded
FROM issues
