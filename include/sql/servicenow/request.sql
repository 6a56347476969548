-- ServiceNow requested items (sc_req_item) as its list exports them: one row per item.
--
-- needs: files
-- needs column: Number
-- needs column: Opened or opened_at or Created or sys_created_on
-- needs column: Closed or closed_at
-- needs column: State
-- present value: service, customer, category, priority, assignment_group, resolution_due_at, sla_met_recorded
--
-- Headers may be the labels of the fields (an Excel export) or their names (a CSV export). What has no line `needs
-- column` may be absent and is empty then. Where the list shows no Opened, Created stands for it; where it shows no
-- priority, the urgency does.
-- Times are those of the person who exported, whose zone is the data source's `timezone`, in the format of their
-- settings. Where it does not start with the year, the file itself must prove which number is the day: one above 12.
-- Unproven times are left as they are, so that the checks name the rows.
-- The same number twice (overlapping exports in one folder) is one record: the last row in the order of the files.
-- All rows are taken, whatever the period.
-- Fulfilled: closed, unless the state is Closed Incomplete or Closed Skipped; skipped and canceled ones are cancelled.
-- The category is the item of the catalogue; the due date is ServiceNow's own deadline.
-- Not here: the first response, pauses, reopening.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS "Number",
        NULL AS "Opened", NULL AS opened_at, NULL AS "Created", NULL AS sys_created_on,
        NULL AS "Closed", NULL AS closed_at,
        NULL AS "State",
        NULL AS "Priority",
        NULL AS "Urgency",
        NULL AS short_description, NULL AS "Short description",
        NULL AS business_service, NULL AS "Service", NULL AS "Business service",
        NULL AS "Company",
        NULL AS assignment_group, NULL AS "Assignment group",
        NULL AS "Item", NULL AS cat_item,
        NULL AS "Due date", NULL AS due_date,
        NULL AS "Made SLA", NULL AS made_sla
    WHERE FALSE
),

named AS (
    SELECT
        "Number" AS number,
        COALESCE("Opened", opened_at, "Created", sys_created_on) AS opened,
        COALESCE("Closed", closed_at) AS closed,
        "State" AS state,
        CASE WHEN COUNT("Priority") OVER () > 0 THEN "Priority" ELSE "Urgency" END AS priority,
        COALESCE(short_description, "Short description") AS title,
        COALESCE(business_service, "Service", "Business service") AS service,
        "Company" AS customer,
        COALESCE(assignment_group, "Assignment group") AS assignment_group,
        COALESCE("Item", cat_item) AS item,
        COALESCE("Due date", due_date) AS due,
        COALESCE("Made SLA", made_sla) AS made_sla
    FROM wide
    QUALIFY number IS NULL OR ROW_NUMBER() OVER (PARTITION BY number ORDER BY _row DESC) = 1
),

moments AS (
    SELECT UNNEST([opened, closed, due]) AS moment
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
                REGEXP_REPLACE(due, '^(\d+)[-/.](\d+)[-/.](\d{4})', forms.form), '%Y-%m-%d %I:%M:%S %p'
            ) AS due
        )
    FROM named, forms
)

SELECT
    number AS id,
    COALESCE(title, item) AS title,
    service,
    customer,
    item AS category,
    REGEXP_REPLACE(priority, '^\d+ - ', '') AS priority,
    state,
    assignment_group,
    opened AS opened_at,
    CASE
        WHEN NOT COALESCE(REGEXP_MATCHES(state, '(?i)^(closed (incomplete|skipped)|cancell?ed|4|7)$'), FALSE)
            THEN closed
    END AS resolved_at,
    closed AS closed_at,
    COALESCE(REGEXP_MATCHES(state, '(?i)^(closed skipped|cancell?ed|7)$'), FALSE) AS is_cancelled,
    due AS resolution_due_at,
    made_sla AS sla_met_recorded
FROM timed
