-- Incidents of Znuny (OTRS) with the package ITSMIncidentProblemManagement, in PostgreSQL: the tickets of type Incident
-- and Incident::…, of which Incident::Major and Incident::Disaster are major.
--
-- needs: postgresql
-- present value: service, customer, assignment_group, caused_by_change, problem
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same.
-- States and priorities come from ticket_history, each row of which holds type, state and priority as they were then.
-- Only rows of the history types NewTicket, StateUpdate, PriorityUpdate and TypeUpdate tell a change: a note on a
-- closed ticket repeats its state. A merge moves the articles and their history into the main ticket: whatever is older
-- than the ticket is not its own. Closed, also unsuccessful, is resolved, as Znuny itself counts; pending reminder and
-- pending auto are pauses; merged, removed and of another type are cancelled, since then. A ticket whose history was
-- lost has no states, and its last change speaks. A ticket that was deleted outright is gone from the past, too.
-- Response: the first article of an agent that the customer can see; automatic replies are of the sender type system.
-- Not here: breaches and deadlines. escalation_*_time hold the next one only and are set to 0 once met, and Znuny's
-- working hours are in its configuration, not in tables. Breaches are recomputed from these rows by the agreement's
-- service hours and its targets by priority. Where yours go by SLA, return the SLA's name as priority in a copy.
-- Effort is not here either: time_accounting counts units that each installation gives its own length.
-- Problem: the ticket of type Problem that it is linked with. Change: a link says no cause, so only a linked change
-- whose work had begun when the incident was opened counts as its cause; one begun later is its remedy.
WITH kinds AS (
    SELECT
        id,
        (name = 'Incident' OR name LIKE 'Incident::%') AND name <> 'Incident::ServiceRequest' AS is_ours,
        name IN ('Incident::Major', 'Incident::Disaster') AS is_major
    FROM ticket_type
),

-- queue and priority are joined here, where PostgreSQL has statistics: a join on a CTE it takes for selective, and then
-- it reads the histories of all tickets again for each of them
chosen AS (
    SELECT
        ticket.*,
        kinds.is_ours,
        kinds.is_major,
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
        kinds.is_major,
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
        (ARRAY_AGG(is_major ORDER BY moved_at DESC, step DESC) FILTER (WHERE moved_at < :end))[1] AS was_major,
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
),

links AS (
    SELECT
        link_relation.source_key AS ticket_key,
        target.name AS other_kind,
        link_relation.target_key AS other_key
    FROM link_relation
    INNER JOIN link_object AS source ON source.id = link_relation.source_object_id
    INNER JOIN link_object AS target ON target.id = link_relation.target_object_id
    INNER JOIN link_state ON link_state.id = link_relation.state_id
    WHERE source.name = 'Ticket' AND link_state.name = 'Valid'
    UNION ALL
    SELECT
        link_relation.target_key,
        source.name,
        link_relation.source_key
    FROM link_relation
    INNER JOIN link_object AS source ON source.id = link_relation.source_object_id
    INNER JOIN link_object AS target ON target.id = link_relation.target_object_id
    INNER JOIN link_state ON link_state.id = link_relation.state_id
    WHERE target.name = 'Ticket' AND link_state.name = 'Valid'
),

begun AS (
    SELECT
        change_item.id,
        change_item.change_number,
        MIN(change_workorder.actual_start_time) AS started_at
    FROM change_item
    INNER JOIN change_workorder ON change_workorder.change_id = change_item.id
    GROUP BY change_item.id
),

causes AS (
    SELECT DISTINCT ON (chosen.id)
        chosen.id,
        begun.change_number
    FROM chosen
    INNER JOIN links ON links.ticket_key = CAST(chosen.id AS varchar) AND links.other_kind = 'ITSMChange'
    INNER JOIN begun ON CAST(begun.id AS varchar) = links.other_key
    WHERE begun.started_at <= chosen.create_time
    ORDER BY chosen.id, begun.started_at DESC, begun.change_number
),

problems AS (
    SELECT
        chosen.id,
        MIN(problem.tn) AS tn
    FROM chosen
    INNER JOIN links ON links.ticket_key = CAST(chosen.id AS varchar) AND links.other_kind = 'Ticket'
    INNER JOIN ticket AS problem ON CAST(problem.id AS varchar) = links.other_key
    INNER JOIN ticket_type ON ticket_type.id = problem.type_id
    WHERE ticket_type.name = 'Problem' OR ticket_type.name LIKE 'Problem::%'
    GROUP BY chosen.id
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
    responses.responded_at,
    CASE WHEN chosen.state_type = 'closed' THEN COALESCE(life.ended_at, chosen.change_time) END AS resolved_at,
    CASE
        WHEN chosen.state_type IN ('closed', 'removed', 'merged') THEN COALESCE(life.ended_at, chosen.change_time)
    END AS closed_at,
    life.states,
    life.priorities,
    chosen.state_type IN ('removed', 'merged') OR NOT chosen.is_ours AS is_cancelled,
    COALESCE(life.was_major, chosen.is_major) AS is_major,
    causes.change_number AS caused_by_change,
    problems.tn AS problem
FROM chosen
LEFT JOIN service ON service.id = chosen.service_id
LEFT JOIN life ON life.id = chosen.id
LEFT JOIN responses ON responses.id = chosen.id
LEFT JOIN causes ON causes.id = chosen.id
LEFT JOIN problems ON problems.id = chosen.id
WHERE
    chosen.state_type NOT IN ('closed', 'removed', 'merged')
    OR COALESCE(life.ended_at, chosen.change_time) >= :start
