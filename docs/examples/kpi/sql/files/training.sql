-- Trainings of the yearly plan: planned, held, how many people were examined and how many passed.
--
-- present value: examined, passed
SELECT
    id,
    registered_at,
    title,
    planned_at,
    held_at,
    examined,
    passed
FROM source
