-- The tables of Znuny 7 that its SQL files read, with column names and types of its public schema (znuny/Znuny,
-- ITSMChangeManagement, Survey, GeneralCatalog), some neighbours left out.
CREATE TABLE queue (id serial PRIMARY KEY, name varchar(200) NOT NULL, group_id integer NOT NULL,
    first_response_time integer, update_time integer, solution_time integer, calendar_name varchar(100),
    valid_id smallint NOT NULL);
CREATE TABLE ticket_priority (id serial PRIMARY KEY, name varchar(200) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE ticket_type (id serial PRIMARY KEY, name varchar(200) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE ticket_state_type (id serial PRIMARY KEY, name varchar(200) NOT NULL);
CREATE TABLE ticket_state (id serial PRIMARY KEY, name varchar(200) NOT NULL, comments varchar(250),
    type_id smallint NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE service (id serial PRIMARY KEY, name varchar(200) NOT NULL, valid_id smallint NOT NULL,
    type_id integer, criticality varchar(200));
CREATE TABLE sla (id serial PRIMARY KEY, name varchar(200) NOT NULL, calendar_name varchar(100),
    first_response_time integer NOT NULL, update_time integer NOT NULL, solution_time integer NOT NULL,
    valid_id smallint NOT NULL);
CREATE TABLE ticket (id bigserial PRIMARY KEY, tn varchar(50) NOT NULL UNIQUE, title varchar(255),
    queue_id integer NOT NULL, ticket_lock_id smallint NOT NULL, type_id smallint, service_id integer, sla_id integer,
    user_id integer NOT NULL, responsible_user_id integer NOT NULL, ticket_priority_id smallint NOT NULL,
    ticket_state_id smallint NOT NULL, customer_id varchar(150), customer_user_id varchar(250),
    timeout integer NOT NULL, until_time integer NOT NULL, escalation_time integer NOT NULL,
    escalation_update_time integer NOT NULL, escalation_response_time integer NOT NULL,
    escalation_solution_time integer NOT NULL, archive_flag smallint DEFAULT 0 NOT NULL,
    create_time timestamp(0) NOT NULL, create_by integer NOT NULL, change_time timestamp(0) NOT NULL,
    change_by integer NOT NULL);
CREATE TABLE ticket_history_type (id serial PRIMARY KEY, name varchar(200) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE ticket_history (id bigserial PRIMARY KEY, name varchar(200) NOT NULL, history_type_id smallint NOT NULL,
    ticket_id bigint NOT NULL, article_id bigint, type_id smallint NOT NULL, queue_id integer NOT NULL,
    owner_id integer NOT NULL, priority_id smallint NOT NULL, state_id smallint NOT NULL,
    create_time timestamp(0) NOT NULL, create_by integer NOT NULL, change_time timestamp(0) NOT NULL,
    change_by integer NOT NULL);
CREATE TABLE article_sender_type (id serial PRIMARY KEY, name varchar(200) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE article (id bigserial PRIMARY KEY, ticket_id bigint NOT NULL, article_sender_type_id smallint NOT NULL,
    communication_channel_id bigint NOT NULL, is_visible_for_customer smallint NOT NULL,
    search_index_needs_rebuild smallint DEFAULT 1 NOT NULL, create_time timestamp(0) NOT NULL,
    create_by integer NOT NULL, change_time timestamp(0) NOT NULL, change_by integer NOT NULL);
CREATE TABLE link_type (id serial PRIMARY KEY, name varchar(50) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE link_state (id serial PRIMARY KEY, name varchar(50) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE link_object (id serial PRIMARY KEY, name varchar(100) NOT NULL);
CREATE TABLE link_relation (source_object_id smallint NOT NULL, source_key varchar(50) NOT NULL,
    target_object_id smallint NOT NULL, target_key varchar(50) NOT NULL, type_id smallint NOT NULL,
    state_id smallint NOT NULL, create_time timestamp(0) NOT NULL, create_by integer NOT NULL);
CREATE TABLE general_catalog (id serial PRIMARY KEY, general_catalog_class varchar(100) NOT NULL,
    name varchar(100) NOT NULL, valid_id smallint NOT NULL, comments varchar(200));
CREATE TABLE change_item (id bigserial PRIMARY KEY, change_number varchar(100) NOT NULL UNIQUE, title varchar(250),
    description varchar, change_state_id integer NOT NULL, change_manager_id integer,
    change_builder_id integer NOT NULL, category_id integer NOT NULL, impact_id integer NOT NULL,
    priority_id integer NOT NULL, requested_time timestamp(0), create_time timestamp(0) NOT NULL,
    create_by integer NOT NULL, change_time timestamp(0) NOT NULL, change_by integer NOT NULL);
CREATE TABLE change_workorder (id bigserial PRIMARY KEY, change_id bigint NOT NULL, workorder_number integer NOT NULL,
    title varchar(250), workorder_state_id integer NOT NULL, workorder_type_id integer NOT NULL,
    workorder_agent_id integer, planned_start_time timestamp(0) DEFAULT '9999-01-01 00:00:00' NOT NULL,
    planned_end_time timestamp(0) DEFAULT '9999-01-01 00:00:00' NOT NULL,
    actual_start_time timestamp(0) DEFAULT '9999-01-01 00:00:00' NOT NULL,
    actual_end_time timestamp(0) DEFAULT '9999-01-01 00:00:00' NOT NULL,
    planned_effort numeric(10, 2) DEFAULT 0 NOT NULL, accounted_time numeric(10, 2) DEFAULT 0 NOT NULL,
    create_time timestamp(0) NOT NULL, create_by integer NOT NULL, change_time timestamp(0) NOT NULL,
    change_by integer NOT NULL);
CREATE TABLE change_history_type (id serial PRIMARY KEY, name varchar(100) NOT NULL, valid_id smallint NOT NULL);
CREATE TABLE change_history (id bigserial PRIMARY KEY, change_id bigint NOT NULL, workorder_id bigint,
    type_id integer NOT NULL, content_new varchar, content_old varchar, fieldname varchar(250),
    create_time timestamp(0) NOT NULL, create_by integer NOT NULL);
CREATE TABLE survey (id bigserial PRIMARY KEY, surveynumber varchar(50), title varchar(250), status varchar(50));
CREATE TABLE survey_question (id bigserial PRIMARY KEY, survey_id bigint NOT NULL, question varchar(250) NOT NULL,
    question_type varchar(50) NOT NULL, position smallint NOT NULL, answer_required smallint);
CREATE TABLE survey_answer (id bigserial PRIMARY KEY, question_id bigint NOT NULL, answer varchar(250) NOT NULL,
    position integer NOT NULL);
CREATE TABLE survey_request (id bigserial PRIMARY KEY, ticket_id bigint NOT NULL, survey_id bigint NOT NULL,
    valid_id smallint NOT NULL, public_survey_key varchar(250) NOT NULL, send_to varchar(250) NOT NULL,
    send_time timestamp(0), vote_time timestamp(0), create_time timestamp(0));
CREATE TABLE survey_vote (id bigserial PRIMARY KEY, request_id bigint NOT NULL, question_id bigint NOT NULL,
    vote_value varchar(1000) NOT NULL, create_time timestamp(0));
