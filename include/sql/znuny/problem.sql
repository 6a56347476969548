-- Problems of Znuny (OTRS) with the package ITSMIncidentProblemManagement, in PostgreSQL: the tickets of type Problem
-- and Problem::….
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same.
-- Resolved: the last time the state became one of type closed (also closed unsuccessful, as Znuny itself counts), as
-- long as it is closed now; a correction between two closed states is no second resolution. Only rows of the history
-- types NewTicket and StateUpdate tell states: a note on a closed ticket repeats its state. A merge moves the articles
-- and their history into the main ticket: whatever is older than the ticket is not its own.
-- Not here: the cause and when it was known, which no table holds; effort, whose units have no fixed length.
WITH chosen AS (
    SELECT
        ticket.*,
        ticket_type.name AS type_name,
        ticket_state.name AS state_name,
        ticket_state_type.name AS state_type
    FROM ticket
    INNER JOIN ticket_type ON ticket_type.id = ticket.type_id
    INNER JOIN ticket_state ON ticket_state.id = ticket.ticket_state_id
    INNER JOIN ticket_state_type ON ticket_state_type.id = ticket_state.type_id
    WHERE
        ticket.create_time < :end
        AND (ticket_type.name = 'Problem' OR ticket_type.name LIKE 'Problem::%')
        -- what ended before the history begins was not changed since
        AND (ticket_state_type.name NOT IN ('closed', 'removed', 'merged') OR ticket.change_time >= :start)
),

moves AS (
    SELECT
        chosen.id,
        ticket_history.create_time AS moved_at,
        ticket_state_type.name AS kind,
        LAG(ticket_state_type.name) OVER in_order AS kind_before
    FROM chosen
    INNER JOIN ticket_history ON ticket_history.ticket_id = chosen.id
    INNER JOIN ticket_history_type ON ticket_history_type.id = ticket_history.history_type_id
    INNER JOIN ticket_state ON ticket_state.id = ticket_history.state_id
    INNER JOIN ticket_state_type ON ticket_state_type.id = ticket_state.type_id
    WHERE
        ticket_history_type.name IN ('NewTicket', 'StateUpdate')
        AND ticket_history.create_time >= chosen.create_time
    WINDOW in_order AS (PARTITION BY chosen.id ORDER BY ticket_history.create_time, ticket_history.id)
),

life AS (
    SELECT
        id,
        MAX(moved_at) FILTER (
            WHERE
                kind IN ('closed', 'removed', 'merged')
                AND COALESCE(kind_before, 'new') NOT IN ('closed', 'removed', 'merged')
        ) AS ended_at
    FROM moves
    GROUP BY id
)

SELECT
    chosen.tn AS id,
    chosen.title,
    service.name AS service,
    NULLIF(chosen.customer_id, '') AS customer,
    ticket_priority.name AS priority,
    chosen.state_name AS state,
    queue.name AS assignment_group,
    chosen.create_time AS opened_at,
    CASE WHEN chosen.state_type = 'closed' THEN COALESCE(life.ended_at, chosen.change_time) END AS resolved_at,
    CASE
        WHEN chosen.state_type IN ('closed', 'removed', 'merged') THEN COALESCE(life.ended_at, chosen.change_time)
    END AS closed_at,
    chosen.state_type IN ('removed', 'merged') AS is_cancelled
FROM chosen
INNER JOIN queue ON queue.id = chosen.queue_id
INNER JOIN ticket_priority ON ticket_priority.id = chosen.ticket_priority_id
LEFT JOIN service ON service.id = chosen.service_id
LEFT JOIN life ON life.id = chosen.id
WHERE
    chosen.state_type NOT IN ('closed', 'removed', 'merged')
    OR COALESCE(life.ended_at, chosen.change_time) >= :start
