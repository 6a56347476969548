-- ServiceNow change requests as its list exports them: one row per change.
--
-- Headers may be the names of the fields (a CSV export) or their labels (an Excel export). A column of `named` that the
-- export lacks is an error that names it; what `wide` lists may be absent and is empty then.
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
        NULL AS short_description, NULL AS "Short description",
        NULL AS business_service, NULL AS "Service", NULL AS "Business service",
        NULL AS company,
        NULL AS category,
        NULL AS priority,
        NULL AS assignment_group, NULL AS "Assignment group",
        NULL AS close_notes, NULL AS "Close notes"
    WHERE FALSE
),

named AS (
    SELECT
        COLUMNS('(?i)^(number)$') AS number,
        COLUMNS('(?i)^(opened(_at)?)$') AS opened,
        COLUMNS('(?i)^(closed(_at)?)$') AS closed,
        COLUMNS('(?i)^(state)$') AS state,
        COLUMNS('(?i)^(type)$') AS kind,
        COLUMNS('(?i)^((planned )?start[_ ]date)$') AS planned_start,
        COLUMNS('(?i)^((planned )?end[_ ]date)$') AS planned_end,
        COLUMNS('(?i)^(work_start|actual start( date)?)$') AS actual_start,
        COLUMNS('(?i)^(work_end|actual end( date)?)$') AS actual_end,
        COLUMNS('(?i)^(close[_ ]code)$') AS close_code,
        COALESCE(short_description, "Short description") AS title,
        COALESCE(business_service, "Service", "Business service") AS service,
        company AS customer,
        category,
        priority,
        COALESCE(assignment_group, "Assignment group") AS assignment_group,
        COALESCE(close_notes, "Close notes") AS action
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
    TRUE AS is_outcome_recorded,
    assignment_group,
    action
FROM timed
