-- The tables of GLPI 11 that the queries read: names, types and keys of the public schema, columns as far as needed.
CREATE TABLE glpi_entities (
    id int unsigned NOT NULL AUTO_INCREMENT, name varchar(255), entities_id int unsigned DEFAULT 0,
    completename text, level int NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);
CREATE TABLE glpi_itilcategories (
    id int unsigned NOT NULL AUTO_INCREMENT, entities_id int unsigned NOT NULL DEFAULT 0,
    itilcategories_id int unsigned NOT NULL DEFAULT 0, name varchar(255), completename text, code varchar(255),
    level int NOT NULL DEFAULT 0, is_incident tinyint NOT NULL DEFAULT 1, is_request tinyint NOT NULL DEFAULT 1,
    PRIMARY KEY (id)
);
CREATE TABLE glpi_groups (
    id int unsigned NOT NULL AUTO_INCREMENT, entities_id int unsigned NOT NULL DEFAULT 0, name varchar(255),
    groups_id int unsigned NOT NULL DEFAULT 0, completename text,
    PRIMARY KEY (id)
);
CREATE TABLE glpi_tickets (
    id int unsigned NOT NULL AUTO_INCREMENT, entities_id int unsigned NOT NULL DEFAULT 0, name varchar(255),
    date timestamp NULL DEFAULT NULL, closedate timestamp NULL DEFAULT NULL, solvedate timestamp NULL DEFAULT NULL,
    takeintoaccountdate timestamp NULL DEFAULT NULL, date_mod timestamp NULL DEFAULT NULL,
    status int NOT NULL DEFAULT 1, content longtext, urgency int NOT NULL DEFAULT 1, impact int NOT NULL DEFAULT 1,
    priority int NOT NULL DEFAULT 1, itilcategories_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    global_validation int NOT NULL DEFAULT 1, slas_id_ttr int unsigned NOT NULL DEFAULT 0,
    slas_id_tto int unsigned NOT NULL DEFAULT 0, time_to_resolve timestamp NULL DEFAULT NULL,
    time_to_own timestamp NULL DEFAULT NULL, begin_waiting_date timestamp NULL DEFAULT NULL,
    sla_waiting_duration int NOT NULL DEFAULT 0, waiting_duration int NOT NULL DEFAULT 0,
    close_delay_stat int NOT NULL DEFAULT 0, solve_delay_stat int NOT NULL DEFAULT 0,
    takeintoaccount_delay_stat int NOT NULL DEFAULT 0, actiontime int NOT NULL DEFAULT 0,
    is_deleted tinyint NOT NULL DEFAULT 0, date_creation timestamp NULL DEFAULT NULL, externalid varchar(255),
    PRIMARY KEY (id), KEY date (date), KEY closedate (closedate), KEY solvedate (solvedate), KEY status (status),
    KEY priority (priority), KEY type (type), KEY is_deleted (is_deleted), KEY entities_id (entities_id)
);
CREATE TABLE glpi_problems (
    id int unsigned NOT NULL AUTO_INCREMENT, name varchar(255), entities_id int unsigned NOT NULL DEFAULT 0,
    is_deleted tinyint NOT NULL DEFAULT 0, status int NOT NULL DEFAULT 1, content longtext,
    date_creation timestamp NULL DEFAULT NULL,
    date_mod timestamp NULL DEFAULT NULL, date timestamp NULL DEFAULT NULL, solvedate timestamp NULL DEFAULT NULL,
    closedate timestamp NULL DEFAULT NULL, time_to_resolve timestamp NULL DEFAULT NULL, urgency int NOT NULL DEFAULT 1,
    impact int NOT NULL DEFAULT 1, priority int NOT NULL DEFAULT 1, itilcategories_id int unsigned NOT NULL DEFAULT 0,
    impactcontent longtext, causecontent longtext, symptomcontent longtext, actiontime int NOT NULL DEFAULT 0,
    begin_waiting_date timestamp NULL DEFAULT NULL, waiting_duration int NOT NULL DEFAULT 0,
    PRIMARY KEY (id), KEY date (date), KEY closedate (closedate), KEY solvedate (solvedate), KEY status (status)
);
CREATE TABLE glpi_changes (
    id int unsigned NOT NULL AUTO_INCREMENT, name varchar(255), entities_id int unsigned NOT NULL DEFAULT 0,
    is_deleted tinyint NOT NULL DEFAULT 0, status int NOT NULL DEFAULT 1, content longtext,
    date_creation timestamp NULL DEFAULT NULL,
    date_mod timestamp NULL DEFAULT NULL, date timestamp NULL DEFAULT NULL, solvedate timestamp NULL DEFAULT NULL,
    closedate timestamp NULL DEFAULT NULL, time_to_resolve timestamp NULL DEFAULT NULL, urgency int NOT NULL DEFAULT 1,
    impact int NOT NULL DEFAULT 1, priority int NOT NULL DEFAULT 1, itilcategories_id int unsigned NOT NULL DEFAULT 0,
    rolloutplancontent longtext, backoutplancontent longtext, global_validation int NOT NULL DEFAULT 1,
    actiontime int NOT NULL DEFAULT 0, begin_waiting_date timestamp NULL DEFAULT NULL,
    waiting_duration int NOT NULL DEFAULT 0,
    PRIMARY KEY (id), KEY date (date), KEY closedate (closedate), KEY solvedate (solvedate), KEY status (status)
);
CREATE TABLE glpi_changetasks (
    id int unsigned NOT NULL AUTO_INCREMENT, changes_id int unsigned NOT NULL DEFAULT 0, state int NOT NULL DEFAULT 0,
    date timestamp NULL DEFAULT NULL, begin timestamp NULL DEFAULT NULL, end timestamp NULL DEFAULT NULL,
    content longtext, actiontime int NOT NULL DEFAULT 0,
    PRIMARY KEY (id), KEY changes_id (changes_id)
);
CREATE TABLE glpi_groups_tickets (
    id int unsigned NOT NULL AUTO_INCREMENT, tickets_id int unsigned NOT NULL DEFAULT 0,
    groups_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (tickets_id, type, groups_id)
);
CREATE TABLE glpi_groups_problems (
    id int unsigned NOT NULL AUTO_INCREMENT, problems_id int unsigned NOT NULL DEFAULT 0,
    groups_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (problems_id, type, groups_id)
);
CREATE TABLE glpi_changes_groups (
    id int unsigned NOT NULL AUTO_INCREMENT, changes_id int unsigned NOT NULL DEFAULT 0,
    groups_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (changes_id, type, groups_id)
);
CREATE TABLE glpi_tickets_tickets (
    id int unsigned NOT NULL AUTO_INCREMENT, tickets_id_1 int unsigned NOT NULL DEFAULT 0,
    tickets_id_2 int unsigned NOT NULL DEFAULT 0, link int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (tickets_id_1, tickets_id_2), KEY tickets_id_2 (tickets_id_2)
);
CREATE TABLE glpi_changes_tickets (
    id int unsigned NOT NULL AUTO_INCREMENT, changes_id int unsigned NOT NULL DEFAULT 0,
    tickets_id int unsigned NOT NULL DEFAULT 0, link int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (changes_id, tickets_id), KEY tickets_id (tickets_id)
);
CREATE TABLE glpi_problems_tickets (
    id int unsigned NOT NULL AUTO_INCREMENT, problems_id int unsigned NOT NULL DEFAULT 0,
    tickets_id int unsigned NOT NULL DEFAULT 0, link int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), UNIQUE KEY unicity (problems_id, tickets_id), KEY tickets_id (tickets_id)
);
CREATE TABLE glpi_itilsolutions (
    id int unsigned NOT NULL AUTO_INCREMENT, itemtype varchar(100) NOT NULL, items_id int unsigned NOT NULL DEFAULT 0,
    solutiontypes_id int unsigned NOT NULL DEFAULT 0, content longtext, date_creation timestamp NULL DEFAULT NULL,
    status int NOT NULL DEFAULT 1,
    PRIMARY KEY (id), KEY item (itemtype, items_id)
);
CREATE TABLE glpi_ticketsatisfactions (
    id int unsigned NOT NULL AUTO_INCREMENT, tickets_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    date_begin timestamp NULL DEFAULT NULL, date_answered timestamp NULL DEFAULT NULL, satisfaction int,
    satisfaction_scaled_to_5 float, comment text,
    PRIMARY KEY (id), UNIQUE KEY tickets_id (tickets_id)
);
CREATE TABLE glpi_changesatisfactions (
    id int unsigned NOT NULL AUTO_INCREMENT, changes_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1,
    date_begin timestamp NULL DEFAULT NULL, date_answered timestamp NULL DEFAULT NULL, satisfaction int,
    satisfaction_scaled_to_5 float, comment text,
    PRIMARY KEY (id), UNIQUE KEY changes_id (changes_id)
);
CREATE TABLE glpi_logs (
    id int unsigned NOT NULL AUTO_INCREMENT, itemtype varchar(100) NOT NULL DEFAULT '',
    items_id int unsigned NOT NULL DEFAULT 0, itemtype_link varchar(100) NOT NULL DEFAULT '',
    linked_action int NOT NULL DEFAULT 0, user_name varchar(255), date_mod timestamp NULL DEFAULT NULL,
    id_search_option int NOT NULL DEFAULT 0, old_value varchar(255), new_value varchar(255), old_id int unsigned,
    new_id int unsigned,
    PRIMARY KEY (id), KEY date_mod (date_mod), KEY item (itemtype, items_id), KEY id_search_option (id_search_option)
);
