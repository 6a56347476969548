-- Surveys of Znuny (OTRS) with the package Survey, in PostgreSQL: one row per request that was sent for a ticket.
--
-- needs: postgresql
-- present value: service, customer
--
-- Times have no zone: they are in Znuny's OTRSTimeZone, UTC unless its configuration says otherwise; the data source's
-- `timezone` must say the same. A request waiting to be sent has no send_time and is left out.
-- Score: the number that the chosen answer begins with, such as `4` or `5 - very satisfied`, of the first question (by
-- position) of type Radio or NPS that has numbers; its scale is the least and the greatest number of its answers. Where
-- answers are words alone there is no score, since no table says which of them is the best: write the numbers in front,
-- or their order into a copy of this file. A vote for such an answer is the id of the answer, not its position.
-- The comment is the first text answer.
WITH answers AS (
    SELECT
        survey_answer.id,
        survey_answer.question_id,
        CAST(SUBSTRING(survey_answer.answer FROM '^\s*(\d+)') AS integer) AS score
    FROM survey_answer
),

scales AS (
    SELECT DISTINCT ON (survey_question.survey_id)
        survey_question.survey_id,
        survey_question.id AS question_id,
        MIN(answers.score) AS scale_min,
        MAX(answers.score) AS scale_max
    FROM survey_question
    INNER JOIN answers ON answers.question_id = survey_question.id
    WHERE survey_question.question_type IN ('Radio', 'NPS')
    GROUP BY survey_question.id
    HAVING COUNT(answers.score) = COUNT(*)
    ORDER BY survey_question.survey_id, survey_question.position, survey_question.id
)

SELECT
    survey_request.id,
    service.name AS service,
    NULLIF(ticket.customer_id, '') AS customer,
    ticket.tn AS incident,
    survey_request.send_time AS sent_at,
    survey_request.vote_time AS answered_at,
    (
        SELECT MAX(answers.score)
        FROM survey_vote
        INNER JOIN answers ON CAST(answers.id AS varchar) = survey_vote.vote_value
        WHERE survey_vote.request_id = survey_request.id AND survey_vote.question_id = scales.question_id
    ) AS score,
    scales.scale_min,
    scales.scale_max,
    (
        SELECT REPLACE(survey_vote.vote_value, '$html/text$', '')
        FROM survey_vote
        INNER JOIN survey_question ON survey_question.id = survey_vote.question_id
        WHERE survey_vote.request_id = survey_request.id AND survey_question.question_type = 'Textarea'
        ORDER BY survey_question.position, survey_vote.id
        LIMIT 1
    ) AS comment
FROM survey_request
INNER JOIN ticket ON ticket.id = survey_request.ticket_id
LEFT JOIN service ON service.id = ticket.service_id
LEFT JOIN scales ON scales.survey_id = survey_request.survey_id
WHERE survey_request.send_time < :end AND COALESCE(survey_request.vote_time, survey_request.send_time) >= :start
