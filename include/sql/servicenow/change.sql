-- ServiceNow change requests as its list exports them: one row per change.
--
-- needs: files
-- needs column: Number
-- needs column: Opened or opened_at or Created or sys_created_on
-- needs column: Closed or closed_at
-- needs column: State
-- needs column: Type
-- needs column: Planned start date or start_date or Planned start
-- needs column: Planned end date or end_date or Planned end
-- needs column: Actual start or work_start or Actual start date
-- needs column: Actual end or work_end or Actual end date
-- needs column: Close code or close_code
-- cannot tell: outcome = backed_out
-- present value: service, customer, category, priority, type, planned_start_at, planned_end_at,
-- present value: assignment_group, action
--
-- Headers may be the labels of the fields (an Excel export) or their names (a CSV export). What has no line `needs
-- column` may be absent and is empty then. Where the list shows no Opened, Created stands for it; where it shows no
-- priority, the urgency does.
-- Times are those of the person who exported, whose zone is the data source's `timezone`, in the format of their
-- settings. Where it does not start with the year, the file itself must prove which number is the day: one above 12.
-- Unproven times are left as they are, so that the checks name the rows.
-- The same number twice (overlapping exports in one folder) is one record: the last row in the order of the files.
-- All rows are taken, whatever the period.
-- Priority is `1 - Critical`. The outcome is recorded: the close code; a canceled change was never implemented.
-- Without an actual end a change is over when it was closed.
-- Not here: whether it is major or unauthorised.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Number",
        NULL AS "Opened", NULL AS opened_at, NULL AS "Created", NULL AS sys_created_on,
        NULL AS "Closed", NULL AS closed_at,
        NULL AS "State",
        NULL AS "Type",
        NULL AS "Planned start date", NULL AS start_date, NULL AS "Planned start",
        NULL AS "Planned end date", NULL AS end_date, NULL AS "Planned end",
        NULL AS "Actual start", NULL AS work_start, NULL AS "Actual start date",
        NULL AS "Actual end", NULL AS work_end, NULL AS "Actual end date",
        NULL AS "Close code", NULL AS close_code,
        NULL AS "Priority",
        NULL AS "Urgency",
        NULL AS short_description, NULL AS "Short description",
        NULL AS business_service, NULL AS "Service", NULL AS "Business service",
        NULL AS "Company",
        NULL AS assignment_group, NULL AS "Assignment group",
        NULL AS "Category",
        NULL AS "Close notes", NULL AS close_notes
    WHERE FALSE
),

named AS (
    SELECT
        "Number" AS number,
        COALESCE("Opened", opened_at, "Created", sys_created_on) AS opened,
        COALESCE("Closed", closed_at) AS closed,
        "State" AS state,
        "Type" AS kind,
        COALESCE("Planned start date", start_date, "Planned start") AS planned_start,
        COALESCE("Planned end date", end_date, "Planned end") AS planned_end,
        COALESCE("Actual start", work_start, "Actual start date") AS actual_start,
        COALESCE("Actual end", work_end, "Actual end date") AS actual_end,
        COALESCE("Close code", close_code) AS close_code,
        CASE WHEN COUNT("Priority") OVER () > 0 THEN "Priority" ELSE "Urgency" END AS priority,
        COALESCE(short_description, "Short description") AS title,
        COALESCE(business_service, "Service", "Business service") AS service,
        "Company" AS customer,
        COALESCE(assignment_group, "Assignment group") AS assignment_group,
        "Category" AS category,
        COALESCE("Close notes", close_notes) AS action
    FROM wide
    QUALIFY number IS NULL OR ROW_NUMBER() OVER (PARTITION BY number ORDER BY _row DESC) = 1
),

moments AS (
    SELECT UNNEST([opened, closed, planned_start, planned_end, actual_start, actual_end]) AS moment
    FROM named
),

numbers AS (
    SELECT
        MAX(TRY_CAST(REGEXP_EXTRACT(moment, '^(\d+)[-/.]\d+[-/.]\d{4}', 1) AS integer)) AS first_one,
        MAX(TRY_CAST(REGEXP_EXTRACT(moment, '^\d+[-/.](\d+)[-/.]\d{4}', 1) AS integer)) AS second_one
    FROM moments
),

forms AS (
    SELECT
        CASE
            WHEN first_one > 12 AND second_one <= 12 THEN '\3-\2-\1'
            WHEN second_one > 12 AND first_one <= 12 THEN '\3-\1-\2'
            ELSE '\0'
        END AS form
    FROM numbers
),

timed AS (
    SELECT
        named.* REPLACE (
            AS_INSTANT(
                REGEXP_REPLACE(opened, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS opened,
            AS_INSTANT(
                REGEXP_REPLACE(closed, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS closed,
            AS_INSTANT(
                REGEXP_REPLACE(planned_start, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS planned_start,
            AS_INSTANT(
                REGEXP_REPLACE(planned_end, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS planned_end,
            AS_INSTANT(
                REGEXP_REPLACE(actual_start, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS actual_start,
            AS_INSTANT(
                REGEXP_REPLACE(actual_end, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS actual_end
        )
    FROM named, forms
)

SELECT
    number AS id,
    title,
    service,
    customer,
    category,
    REGEXP_REPLACE(priority, '^\d+ - ', '') AS priority,
    LOWER(kind) AS type,
    state,
    opened AS opened_at,
    planned_start AS planned_start_at,
    planned_end AS planned_end_at,
    actual_start AS started_at,
    COALESCE(actual_end, closed) AS ended_at,
    closed AS closed_at,
    CASE
        WHEN REGEXP_MATCHES(state, '(?i)^(cancell?ed|4)$') THEN 'cancelled'
        WHEN close_code ILIKE 'successful%' THEN 'successful'
        WHEN close_code ILIKE 'unsuccessful%' THEN 'failed'
    END AS outcome,
    closed AS outcome_at,
    TRUE AS is_outcome_recorded,
    assignment_group,
    action
FROM timed
