-- Improvement items of the canonical tables: raised before the end and not closed before the history begins.
--
-- present value: title, service, priority, process, owner, state, due_at, is_cancelled, cause, action
SELECT
    number AS id,
    title,
    service,
    priority,
    process,
    owner,
    state,
    raised AS opened_at,
    due AS due_at,
    closed AS closed_at,
    withdrawn AS is_cancelled,
    cause,
    action
FROM improvement
WHERE raised < :end AND (due IS NULL OR due >= :start OR closed IS NULL OR closed >= :start)
