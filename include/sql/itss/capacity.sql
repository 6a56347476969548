-- Utilisation samples of the canonical tables: percent there, shares of 1 here.
--
-- present value: resource, service, kind, threshold
SELECT
    number AS id,
    resource,
    service,
    kind,
    sampled AS sampled_at,
    percent / 100.0 AS utilisation,
    threshold_percent / 100.0 AS threshold
FROM capacity
WHERE sampled >= :start AND sampled < :end
