-- Releases of the canonical tables.
SELECT
    number AS id,
    title,
    service,
    kind,
    state,
    team AS assignment_group,
    registered AS opened_at,
    planned AS planned_at,
    deployed AS deployed_at,
    confirmed AS outcome_at,
    result AS outcome,
    withdrawn AS cancelled_at,
    cause,
    action
FROM releases
WHERE
    registered < :end
    AND (COALESCE(confirmed, withdrawn) IS NULL OR COALESCE(confirmed, withdrawn) >= :start OR planned >= :start)
