-- The tables of iTop 3 that the queries read: names and types as its data model makes them, columns as far as needed.
-- The order of ENUM values is what a grown installation may have: not that of the data model.
CREATE TABLE organization (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', code varchar(255) DEFAULT '',
    status enum('active', 'inactive') DEFAULT 'active', parent_id int(11) DEFAULT 0,
    PRIMARY KEY (id)
);
CREATE TABLE contact (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', status enum('active', 'inactive') DEFAULT 'active',
    org_id int(11) DEFAULT 0, email varchar(255) DEFAULT '', finalclass varchar(255) DEFAULT 'Contact',
    PRIMARY KEY (id)
);
CREATE TABLE service (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', org_id int(11) DEFAULT 0,
    status enum('implementation', 'obsolete', 'production'), PRIMARY KEY (id)
);
CREATE TABLE servicesubcategory (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', service_id int(11) DEFAULT 0,
    request_type enum('incident', 'service_request'), PRIMARY KEY (id)
);
CREATE TABLE slt (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', priority enum('4', '3', '2', '1'),
    request_type enum('incident', 'service_request'), metric enum('tto', 'ttr'), value int(11),
    unit enum('hours', 'minutes'), PRIMARY KEY (id)
);
CREATE TABLE lnkslatoslt (
    id int(11) NOT NULL AUTO_INCREMENT, sla_id int(11) DEFAULT 0, slt_id int(11) DEFAULT 0,
    PRIMARY KEY (id), KEY sla_id (sla_id), KEY slt_id (slt_id)
);
CREATE TABLE contract (
    id int(11) NOT NULL AUTO_INCREMENT, name varchar(255) DEFAULT '', org_id int(11) DEFAULT 0,
    finalclass varchar(255) DEFAULT 'Contract', PRIMARY KEY (id), KEY org_id (org_id)
);
CREATE TABLE lnkcustomercontracttoservice (
    id int(11) NOT NULL AUTO_INCREMENT, customercontract_id int(11) DEFAULT 0, service_id int(11) DEFAULT 0,
    sla_id int(11) DEFAULT 0, PRIMARY KEY (id), KEY service_id (service_id), KEY sla_id (sla_id)
);
CREATE TABLE ticket (
    id int(11) NOT NULL AUTO_INCREMENT, operational_status enum('closed', 'ongoing', 'resolved') DEFAULT 'ongoing',
    ref varchar(255) DEFAULT '', org_id int(11) DEFAULT 0, caller_id int(11) DEFAULT 0, team_id int(11) DEFAULT 0,
    agent_id int(11) DEFAULT 0, title varchar(255) DEFAULT '', description text, start_date datetime, end_date datetime,
    last_update datetime, close_date datetime, finalclass varchar(255) DEFAULT 'Ticket',
    PRIMARY KEY (id), KEY ref (ref), KEY org_id (org_id), KEY team_id (team_id), KEY finalclass (finalclass)
);
CREATE TABLE ticket_incident (
    id int(11) NOT NULL AUTO_INCREMENT,
    status enum('assigned', 'closed', 'escalated_tto', 'escalated_ttr', 'new', 'pending', 'resolved') DEFAULT 'new',
    impact enum('1', '2', '3') DEFAULT '1', priority enum('4', '1', '2', '3') DEFAULT '4',
    urgency enum('1', '2', '3', '4') DEFAULT '4', service_id int(11) DEFAULT 0, servicesubcategory_id int(11) DEFAULT 0,
    escalation_flag enum('no', 'yes') DEFAULT 'no', assignment_date datetime, resolution_date datetime,
    last_pending_date datetime, cumulatedpending_timespent int(11) unsigned, cumulatedpending_started datetime,
    cumulatedpending_laststart datetime, cumulatedpending_stopped datetime, tto_timespent int(11) unsigned,
    tto_started datetime, tto_laststart datetime, tto_stopped datetime, tto_100_deadline datetime,
    tto_100_passed tinyint(1) unsigned, tto_100_triggered tinyint(1), tto_100_overrun int(11) unsigned,
    ttr_timespent int(11) unsigned, ttr_started datetime, ttr_laststart datetime, ttr_stopped datetime,
    ttr_100_deadline datetime, ttr_100_passed tinyint(1) unsigned, ttr_100_triggered tinyint(1),
    ttr_100_overrun int(11) unsigned, time_spent int(11) unsigned, solution text, pending_reason text,
    parent_incident_id int(11) DEFAULT 0, parent_problem_id int(11) DEFAULT 0, parent_change_id int(11) DEFAULT 0,
    user_satisfaction enum('4', '3', '2', '1') DEFAULT '1', user_commment text,
    PRIMARY KEY (id), KEY service_id (service_id), KEY parent_change_id (parent_change_id)
);
CREATE TABLE ticket_request LIKE ticket_incident;
ALTER TABLE ticket_request
    MODIFY status enum('approved', 'assigned', 'closed', 'escalated_tto', 'escalated_ttr', 'new', 'pending', 'rejected',
        'resolved', 'waiting_for_approval') DEFAULT 'new',
    ADD request_type enum('incident', 'service_request'), ADD approver_id int(11) DEFAULT 0,
    ADD parent_request_id int(11) DEFAULT 0;
CREATE TABLE ticket_problem (
    id int(11) NOT NULL AUTO_INCREMENT, status enum('assigned', 'closed', 'new', 'resolved') DEFAULT 'new',
    service_id int(11) DEFAULT 0, servicesubcategory_id int(11) DEFAULT 0, product varchar(255) DEFAULT '',
    impact enum('1', '2', '3') DEFAULT '1', urgency enum('1', '2', '3', '4') DEFAULT '1',
    priority enum('4', '1', '2', '3') DEFAULT '4', related_change_id int(11) DEFAULT 0, assignment_date datetime,
    resolution_date datetime, PRIMARY KEY (id)
);
CREATE TABLE `change` (
    id int(11) NOT NULL AUTO_INCREMENT,
    status enum('approved', 'assigned', 'closed', 'implemented', 'monitored', 'new', 'notapproved', 'plannedscheduled',
        'rejected', 'validated') DEFAULT 'new',
    reason varchar(255) DEFAULT '', creation_date datetime, impact varchar(255) DEFAULT '',
    outage enum('no', 'yes') DEFAULT 'no', fallback text, parent_id int(11) DEFAULT 0, PRIMARY KEY (id)
);
CREATE TABLE ticket_change (
    id int(11) NOT NULL AUTO_INCREMENT,
    status enum('approved', 'assigned', 'closed', 'new', 'planned', 'rejected') DEFAULT 'new',
    category enum('application', 'hardware', 'network', 'other', 'software', 'system') DEFAULT 'hardware',
    reject_reason text, parent_id int(11) DEFAULT 0, creation_date datetime, approval_date datetime, fallback_plan text,
    outage enum('no', 'yes') DEFAULT 'no', PRIMARY KEY (id)
);
CREATE TABLE priv_change (
    id int(11) NOT NULL AUTO_INCREMENT, date datetime, userinfo varchar(255), user_id int(11) DEFAULT 0,
    origin enum('csv-import.php', 'csv-interactive', 'custom-extension', 'email-processing', 'interactive',
        'synchro-data-source', 'webservice-rest', 'webservice-soap') DEFAULT 'interactive',
    PRIMARY KEY (id), KEY origin (origin)
);
CREATE TABLE priv_changeop (
    id int(11) NOT NULL AUTO_INCREMENT, changeid int(11) DEFAULT 0, objclass varchar(255) DEFAULT '',
    objkey int(11) DEFAULT 0, optype varchar(255) DEFAULT 'CMDBChangeOp',
    PRIMARY KEY (id), KEY changeid (changeid), KEY objclass_objkey (objclass, objkey)
);
CREATE TABLE priv_changeop_setatt (
    id int(11) NOT NULL AUTO_INCREMENT, attcode varchar(255) DEFAULT '', PRIMARY KEY (id)
);
CREATE TABLE priv_changeop_setatt_scalar (
    id int(11) NOT NULL AUTO_INCREMENT, oldvalue varchar(255), newvalue varchar(255), PRIMARY KEY (id)
);
