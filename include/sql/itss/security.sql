-- Vulnerabilities of the canonical tables: found before the end and not fixed before the history begins.
--
-- present value: title, service, severity, due_at, asset
SELECT
    number AS id,
    title,
    service,
    severity,
    found AS found_at,
    due AS due_at,
    fixed AS fixed_at,
    asset
FROM security
WHERE found < :end AND (fixed IS NULL OR fixed >= :start)
