-- Problems of Znuny (OTRS) with the package ITSMIncidentProblemManagement, in PostgreSQL: the tickets of type Problem
-- and Problem::….
--
-- needs: postgresql
-- present value: service, customer, assignment_group
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same.
-- States and priorities come from ticket_history, each row of which holds type, state and priority as they were then.
-- Only rows of the history types NewTicket, StateUpdate, PriorityUpdate and TypeUpdate tell a change: a note on a
-- closed ticket repeats its state. A merge moves the articles and their history into the main ticket: whatever is older
-- than the ticket is not its own. Closed, also unsuccessful, is resolved, as Znuny itself counts; pending reminder and
-- pending auto are pauses; merged, removed and of another type are cancelled, since then. A ticket whose history was
-- lost has no states, and its last change speaks. A ticket that was deleted outright is gone from the past, too.
-- Not here: the cause and when it was known, which no table holds; effort, whose units have no fixed length.
WITH kinds AS (
    SELECT
        id,
        name = 'Problem' OR name LIKE 'Problem::%' AS is_ours
    FROM ticket_type
),

-- queue and priority are joined here, where PostgreSQL has statistics: a join on a CTE it takes for selective, and then
-- it reads the histories of all tickets again for each of them
chosen AS (
    SELECT
        ticket.*,
        kinds.is_ours,
        ticket_priority.name AS priority_name,
        queue.name AS queue_name,
        ticket_state.name AS state_name,
        ticket_state_type.name AS state_type
    FROM ticket
    INNER JOIN kinds ON kinds.id = ticket.type_id
    INNER JOIN ticket_state ON ticket_state.id = ticket.ticket_state_id
    INNER JOIN ticket_state_type ON ticket_state_type.id = ticket_state.type_id
    INNER JOIN ticket_priority ON ticket_priority.id = ticket.ticket_priority_id
    INNER JOIN queue ON queue.id = ticket.queue_id
    WHERE
        ticket.create_time < :end
        -- what ended before the history begins, or became another type before, was not changed since
        AND (ticket_state_type.name NOT IN ('closed', 'removed', 'merged') OR ticket.change_time >= :start)
        AND (
            kinds.is_ours
            OR (
                ticket.change_time >= :start
                AND EXISTS (
                    SELECT 1
                    FROM ticket_history
                    INNER JOIN kinds AS once ON once.id = ticket_history.type_id
                    WHERE ticket_history.ticket_id = ticket.id AND once.is_ours
                )
            )
        )
),

moves AS (
    SELECT
        chosen.id,
        ticket_history.id AS step,
        ticket_history_type.name = 'NewTicket' AS is_first,
        CASE WHEN ticket_history_type.name = 'NewTicket' THEN chosen.create_time ELSE ticket_history.create_time END
            AS moved_at,
        ticket_priority.name AS priority,
        CASE
            WHEN NOT kinds.is_ours OR ticket_state_type.name IN ('removed', 'merged') THEN 'cancelled'
            WHEN ticket_state_type.name = 'closed' THEN 'closed'
            WHEN ticket_state_type.name LIKE 'pending%' THEN 'paused'
            ELSE 'open'
        END AS word
    FROM chosen
    INNER JOIN ticket_history ON ticket_history.ticket_id = chosen.id
    INNER JOIN ticket_history_type ON ticket_history_type.id = ticket_history.history_type_id
    INNER JOIN kinds ON kinds.id = ticket_history.type_id
    INNER JOIN ticket_priority ON ticket_priority.id = ticket_history.priority_id
    INNER JOIN ticket_state ON ticket_state.id = ticket_history.state_id
    INNER JOIN ticket_state_type ON ticket_state_type.id = ticket_state.type_id
    WHERE
        ticket_history_type.name IN ('NewTicket', 'StateUpdate', 'PriorityUpdate', 'TypeUpdate')
        AND ticket_history.create_time >= chosen.create_time
),

changed AS (
    SELECT
        moves.*,
        LAG(word) OVER in_order AS word_before,
        LAG(priority) OVER in_order AS priority_before
    FROM moves
    WINDOW in_order AS (PARTITION BY id ORDER BY moved_at, step)
),

life AS (
    SELECT
        id,
        MAX(moved_at) FILTER (
            WHERE word IN ('closed', 'cancelled') AND COALESCE(word_before, 'open') NOT IN ('closed', 'cancelled')
        ) AS ended_at,
        CASE
            WHEN BOOL_OR(is_first) THEN STRING_AGG(
                TO_CHAR(moved_at, 'YYYY-MM-DD HH24:MI:SS') || '=' || word, ';' ORDER BY moved_at, step
            ) FILTER (WHERE word IS DISTINCT FROM word_before)
        END AS states,
        CASE
            WHEN BOOL_OR(is_first) THEN STRING_AGG(
                TO_CHAR(moved_at, 'YYYY-MM-DD HH24:MI:SS') || '=' || priority, ';' ORDER BY moved_at, step
            ) FILTER (WHERE priority IS DISTINCT FROM priority_before)
        END AS priorities
    FROM changed
    GROUP BY id
)

SELECT
    chosen.tn AS id,
    chosen.title,
    service.name AS service,
    NULLIF(chosen.customer_id, '') AS customer,
    chosen.priority_name AS priority,
    chosen.state_name AS state,
    chosen.queue_name AS assignment_group,
    chosen.create_time AS opened_at,
    CASE WHEN chosen.state_type = 'closed' THEN COALESCE(life.ended_at, chosen.change_time) END AS resolved_at,
    CASE
        WHEN chosen.state_type IN ('closed', 'removed', 'merged') THEN COALESCE(life.ended_at, chosen.change_time)
    END AS closed_at,
    life.states,
    life.priorities,
    chosen.state_type IN ('removed', 'merged') OR NOT chosen.is_ours AS is_cancelled
FROM chosen
LEFT JOIN service ON service.id = chosen.service_id
LEFT JOIN life ON life.id = chosen.id
WHERE
    chosen.state_type NOT IN ('closed', 'removed', 'merged')
    OR COALESCE(life.ended_at, chosen.change_time) >= :start
