-- Dispatches of the service desk, exported as CSV: one row each.
--
-- present value: is_returned
SELECT
    id,
    dispatched_at,
    incident,
    team AS assignment_group,
    returned AS is_returned
FROM source
