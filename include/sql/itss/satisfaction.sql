-- Surveys of the canonical tables, by the day they were sent; an unanswered one has no score. Scale: 1 to 5, 5 is best.
--
-- present value: service, customer, incident, comment
SELECT
    number AS id,
    service,
    customer,
    incident_number AS incident,
    sent AS sent_at,
    answered AS answered_at,
    score,
    1 AS scale_min,
    5 AS scale_max,
    remark AS comment
FROM satisfaction
WHERE sent < :end AND COALESCE(answered, sent) >= :start
