-- Monthly measurements of the canonical tables against their targets.
--
-- present value: service, target, achieved, comparison, unit
SELECT
    number AS id,
    service,
    indicator,
    measured AS measured_at,
    target,
    achieved,
    direction AS comparison,
    unit
FROM service_level
WHERE measured >= :start AND measured < :end
