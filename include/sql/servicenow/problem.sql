-- ServiceNow problems as its list exports them: one row per problem.
--
-- needs: files
-- needs column: Number
-- needs column: Opened or opened_at or Created or sys_created_on
-- needs column: Resolved or resolved_at
-- needs column: Closed or closed_at
-- needs column: State
-- needs column: Cause notes or cause_notes
-- present value: service, customer, category, priority, assignment_group, cause, action
--
-- Headers may be the labels of the fields (an Excel export) or their names (a CSV export). What has no line `needs
-- column` may be absent and is empty then. Where the list shows no Opened, Created stands for it; where it shows no
-- priority, the urgency does.
-- Times are those of the person who exported, whose zone is the data source's `timezone`, in the format of their
-- settings. Where it does not start with the year, the file itself must prove which number is the day: one above 12.
-- Unproven times are left as they are, so that the checks name the rows.
-- The same number twice (overlapping exports in one folder) is one record: the last row in the order of the files.
-- All rows are taken, whatever the period.
-- Priority is `1 - Critical`. Canceled ones and duplicates are cancelled.
-- Not here: when the cause was found; a cause that is written down counts as known.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Number",
        NULL AS "Opened", NULL AS opened_at, NULL AS "Created", NULL AS sys_created_on,
        NULL AS "Resolved", NULL AS resolved_at,
        NULL AS "Closed", NULL AS closed_at,
        NULL AS "State",
        NULL AS "Cause notes", NULL AS cause_notes,
        NULL AS "Priority",
        NULL AS "Urgency",
        NULL AS short_description, NULL AS "Short description",
        NULL AS business_service, NULL AS "Service", NULL AS "Business service",
        NULL AS "Company",
        NULL AS assignment_group, NULL AS "Assignment group",
        NULL AS "Category",
        NULL AS "Resolution code", NULL AS resolution_code,
        NULL AS "Fix notes", NULL AS fix_notes
    WHERE FALSE
),

named AS (
    SELECT
        "Number" AS number,
        COALESCE("Opened", opened_at, "Created", sys_created_on) AS opened,
        COALESCE("Resolved", resolved_at) AS resolved,
        COALESCE("Closed", closed_at) AS closed,
        "State" AS state,
        COALESCE("Cause notes", cause_notes) AS cause,
        CASE WHEN COUNT("Priority") OVER () > 0 THEN "Priority" ELSE "Urgency" END AS priority,
        COALESCE(short_description, "Short description") AS title,
        COALESCE(business_service, "Service", "Business service") AS service,
        "Company" AS customer,
        COALESCE(assignment_group, "Assignment group") AS assignment_group,
        "Category" AS category,
        COALESCE("Resolution code", resolution_code) AS resolution,
        COALESCE("Fix notes", fix_notes) AS action
    FROM wide
    QUALIFY number IS NULL OR ROW_NUMBER() OVER (PARTITION BY number ORDER BY _row DESC) = 1
),

moments AS (
    SELECT UNNEST([opened, resolved, closed]) AS moment
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
                REGEXP_REPLACE(resolved, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS resolved,
            AS_INSTANT(
                REGEXP_REPLACE(closed, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS closed
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
    state,
    assignment_group,
    opened AS opened_at,
    resolved AS resolved_at,
    closed AS closed_at,
    COALESCE(state ILIKE 'cancel%' OR REGEXP_MATCHES(resolution, '(?i)^(duplicate|cancell?ed)'), FALSE) AS is_cancelled,
    cause,
    action
FROM timed
