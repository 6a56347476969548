-- Audit log of a ServiceNow incident table: one row per update, so an incident is its last row in file order.
-- '?' is null; times are d/m/yyyy HH:MM without zone; priority is '1 - Critical'.
-- There is no response time, no target and no pause: the measures that need them read "not available".
-- All rows are taken, whatever the period: an update log is small, and a date that does not parse must be seen.
--
-- needs: files
-- present value: category, priority, assignment_group, sla_met_recorded, caused_by_change
--
-- Its rows would give a history of states, too; the log's own resolved_at, which says otherwise of 53 of the 1,000
-- incidents of the public extract, is what counts here. For a log without such columns there is status_log.
SELECT
    number AS id,
    NULLIF(category, '?') AS category,
    REGEXP_REPLACE(NULLIF(priority, '?'), '^\d+ - ', '') AS priority,
    incident_state AS state,
    NULLIF(assignment_group, '?') AS assignment_group,
    AS_INSTANT(NULLIF(opened_at, '?'), '%d/%m/%Y %H:%M') AS opened_at,
    AS_INSTANT(NULLIF(resolved_at, '?'), '%d/%m/%Y %H:%M') AS resolved_at,
    AS_INSTANT(NULLIF(closed_at, '?'), '%d/%m/%Y %H:%M') AS closed_at,
    NULLIF(reopen_count, '?') AS reopen_count,
    NULLIF(made_sla, '?') AS sla_met_recorded,
    NULLIF(caused_by, '?') AS caused_by_change
FROM source
QUALIFY ROW_NUMBER() OVER (PARTITION BY number ORDER BY _row DESC) = 1
