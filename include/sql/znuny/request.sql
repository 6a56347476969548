-- Service requests of Znuny (OTRS) with the package ITSMIncidentProblemManagement, in PostgreSQL: the tickets of type
-- ServiceRequest, once named Incident::ServiceRequest.
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same.
-- Resolved: the last time the state became one of type closed (also closed unsuccessful, as Znuny itself counts), as
-- long as it is closed now; a correction between two closed states is no second resolution. Only rows of the history
-- types NewTicket and StateUpdate tell states: a note on a closed ticket repeats its state. A merge moves the articles
-- and their history into the main ticket: whatever is older than the ticket is not its own.
-- Response: the first article of an agent that the customer can see; automatic replies are of the sender type system.
-- Pauses: the time in states of type pending reminder and pending auto. Merged and removed tickets are cancelled.
-- Not here: breaches and deadlines. escalation_*_time hold the next one only and are set to 0 once met, and Znuny's
-- working hours are in its configuration, not in tables. Breaches are recomputed from these rows by the agreement's
-- service hours and its targets by priority. Where yours go by SLA, return the SLA's name as priority in a copy.
-- Effort is not here either: time_accounting counts units that each installation gives its own length.
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
        AND ticket_type.name IN ('ServiceRequest', 'Incident::ServiceRequest')
        -- what ended before the history begins was not changed since
        AND (ticket_state_type.name NOT IN ('closed', 'removed', 'merged') OR ticket.change_time >= :start)
),

moves AS (
    SELECT
        chosen.id,
        ticket_history.create_time AS moved_at,
        ticket_state_type.name AS kind,
        LAG(ticket_state_type.name) OVER in_order AS kind_before,
        LEAD(ticket_history.create_time) OVER in_order AS left_at
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
        ) AS ended_at,
        MIN(moved_at) FILTER (
            WHERE kind_before = 'closed' AND kind NOT IN ('closed', 'removed', 'merged')
        ) AS reopened_at,
        COUNT(*) FILTER (
            WHERE kind_before = 'closed' AND kind NOT IN ('closed', 'removed', 'merged')
        ) AS reopen_count,
        STRING_AGG(
            TO_CHAR(moved_at, 'YYYY-MM-DD HH24:MI:SS') || '/'
            || COALESCE(TO_CHAR(left_at, 'YYYY-MM-DD HH24:MI:SS'), ''), ';' ORDER BY moved_at
        ) FILTER (WHERE kind LIKE 'pending%' AND left_at IS DISTINCT FROM moved_at) AS pauses
    FROM moves
    GROUP BY id
),

responses AS (
    SELECT
        chosen.id,
        MIN(article.create_time) AS responded_at
    FROM chosen
    INNER JOIN article ON article.ticket_id = chosen.id
    INNER JOIN article_sender_type ON article_sender_type.id = article.article_sender_type_id
    WHERE
        article_sender_type.name = 'agent'
        AND article.is_visible_for_customer = 1
        AND article.create_time >= chosen.create_time
    GROUP BY chosen.id
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
    responses.responded_at,
    CASE WHEN chosen.state_type = 'closed' THEN COALESCE(life.ended_at, chosen.change_time) END AS resolved_at,
    CASE
        WHEN chosen.state_type IN ('closed', 'removed', 'merged') THEN COALESCE(life.ended_at, chosen.change_time)
    END AS closed_at,
    life.pauses,
    life.reopened_at,
    life.reopen_count,
    chosen.state_type IN ('removed', 'merged') AS is_cancelled
FROM chosen
INNER JOIN queue ON queue.id = chosen.queue_id
INNER JOIN ticket_priority ON ticket_priority.id = chosen.ticket_priority_id
LEFT JOIN service ON service.id = chosen.service_id
LEFT JOIN life ON life.id = chosen.id
LEFT JOIN responses ON responses.id = chosen.id
WHERE
    chosen.state_type NOT IN ('closed', 'removed', 'merged')
    OR COALESCE(life.ended_at, chosen.change_time) >= :start
