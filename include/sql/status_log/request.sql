-- Service requests from a log with one row per change of status: a file with the columns id, changed_at and status, and
-- what is known of the request at that moment, as far as the log has it: title, service, customer, category, priority,
-- assignment_group. Everything is built from these rows: resolutions, reopenings, pauses, closing, cancellation.
--
-- needs: files
-- needs column: id
-- needs column: changed_at
-- needs column: status
-- present value: title, service, customer, category, assignment_group
--
-- Copy this file beside your list, as sql/<your name for it>/request.sql, and write your own words into the list of
-- states and your form of times into AS_INSTANT. A status that is not in the list is refused by name; rows may be in
-- any order, but of two of the same moment the later row counts. A ticket begins with its first row.
-- Attributes are those of the last row, priorities those of each. All rows are taken, whatever the period.
WITH wide AS (
    SELECT * FROM source
    UNION ALL BY NAME
    SELECT
        NULL AS title,
        NULL AS service,
        NULL AS customer,
        NULL AS category,
        NULL AS priority,
        NULL AS assignment_group
    WHERE FALSE
),

log AS (
    SELECT
        * REPLACE (
            AS_INSTANT(
                changed_at, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%dT%H:%M:%S%z', '%d/%m/%Y %H:%M']
            ) AS changed_at
        )
    FROM wide
)

SELECT
    id,
    ARG_MAX(title, ROW(changed_at, _row)) AS title,
    ARG_MAX(service, ROW(changed_at, _row)) AS service,
    ARG_MAX(customer, ROW(changed_at, _row)) AS customer,
    ARG_MAX(category, ROW(changed_at, _row)) AS category,
    ARG_MAX(priority, ROW(changed_at, _row)) AS priority,
    HISTORY_OF(changed_at, priority, _row) AS priorities,
    ARG_MAX(status, ROW(changed_at, _row)) AS state,
    STATES_OF(
        changed_at,
        status,
        MAP {
            'New': 'open', 'Assigned': 'open', 'In progress': 'open', 'Reopened': 'open',
            'On hold': 'paused', 'Pending': 'paused',
            'Resolved': 'solved', 'Closed': 'closed', 'Cancelled': 'cancelled'
        },
        _row
    ) AS states,
    ARG_MAX(assignment_group, ROW(changed_at, _row)) AS assignment_group,
    MIN(changed_at) AS opened_at
FROM log
GROUP BY id
