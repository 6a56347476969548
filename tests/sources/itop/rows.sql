-- September 2026 in Shanghai, with every trap once. Times are local; the period is [1 September, 1 October).
-- The history is written as (class, key, time, attribute, old, new) and spread over iTop's tables at the end.
INSERT INTO organization (id, name) VALUES (1, '甲公司'), (2, '乙公司');
INSERT INTO contact (id, name, finalclass) VALUES (10, '一线', 'Team'), (11, '二线', 'Team');
INSERT INTO service (id, name) VALUES (1, '邮件'), (2, 'ERP');
INSERT INTO servicesubcategory (id, name, service_id) VALUES (1, '收不到', 1);
-- 甲公司: mail incidents of priority 2 are owned in 1 h and resolved in 8 h (a second SLA says 600 minutes); ERP incidents of
-- priority 1 are resolved in 4 h; mail requests of priority 3 in 72 h, owned in 4 h. 乙公司 has 1 h for the same.
INSERT INTO slt (id, priority, request_type, metric, value, unit) VALUES
    (1, '2', 'incident', 'tto', 60, 'minutes'), (2, '2', 'incident', 'ttr', 8, 'hours'),
    (3, '2', 'incident', 'ttr', 600, 'minutes'), (4, '1', 'incident', 'ttr', 4, 'hours'),
    (5, '3', 'service_request', 'ttr', 72, 'hours'), (6, '3', 'service_request', 'tto', 4, 'hours'),
    (7, '2', 'incident', 'ttr', 1, 'hours');
INSERT INTO lnkslatoslt (sla_id, slt_id) VALUES (1, 1), (1, 2), (2, 3), (3, 4), (1, 5), (1, 6), (4, 7);
INSERT INTO contract (id, name, org_id, finalclass) VALUES
    (1, 'a', 1, 'CustomerContract'), (2, 'b', 1, 'CustomerContract'), (3, 'c', 2, 'CustomerContract');
INSERT INTO lnkcustomercontracttoservice (customercontract_id, service_id, sla_id) VALUES
    (1, 1, 1), (2, 1, 2), (1, 2, 3), (3, 1, 4);
INSERT INTO ticket (id, ref, org_id, team_id, title, start_date, end_date, last_update, close_date, finalclass) VALUES
    (1, 'I-000001', 1, 10, '收不到邮件', '2026-09-01 09:00:00', NULL, NULL, '2026-09-03 12:00:00', 'Incident'),
    (2, 'I-000002', 1, 11, 'late', '2026-09-02 09:00:00', NULL, NULL, NULL, 'Incident'),
    (3, 'I-000003', 1, 10, 'open and late', '2026-08-30 10:00:00', NULL, NULL, NULL, 'Incident'),
    (4, 'I-000004', 2, 0, 'no target', '2026-09-29 09:00:00', NULL, NULL, NULL, 'Incident'),
    (5, 'I-000005', 1, 10, 'waits', '2026-09-10 09:00:00', NULL, NULL, NULL, 'Incident'),
    (6, 'I-000006', 1, 10, 'reopened', '2026-09-03 09:00:00', NULL, NULL, '2026-09-08 09:00:00', 'Incident'),
    (7, 'I-000007', 1, 10, 'reopened, open', '2026-09-07 09:00:00', NULL, NULL, NULL, 'Incident'),
    (8, 'I-000008', 1, 10, 'ERP is down', '2026-09-15 02:00:00', NULL, NULL, '2026-09-16 09:00:00', 'Incident'),
    (9, 'I-000009', 1, 0, 'last second', '2026-09-30 23:59:59', NULL, NULL, NULL, 'Incident'),
    (10, 'I-000010', 1, 0, 'after', '2026-10-01 00:00:00', NULL, NULL, NULL, 'Incident'),
    (11, 'I-000011', 1, 10, 'before', '2026-07-01 09:00:00', NULL, NULL, '2026-07-02 09:00:00', 'Incident'),
    (12, 'I-000012', 1, 10, 'purged, no target', '2026-09-20 09:00:00', NULL, NULL, '2026-09-25 09:00:00', 'Incident'),
    (13, 'I-000013', 1, 10, 'goal lowered since', '2026-09-16 09:00:00', NULL, NULL, NULL, 'Incident'),
    (21, 'R-000021', 1, 10, 'new laptop', '2026-09-01 09:00:00', NULL, NULL, '2026-09-05 09:00:00', 'UserRequest'),
    (22, 'R-000022', 1, 0, 'waits for approval', '2026-09-20 09:00:00', NULL, NULL, NULL, 'UserRequest'),
    (23, 'R-000023', 1, 0, 'refused', '2026-09-20 09:00:00', NULL, '2026-09-22 09:00:00', NULL, 'UserRequest'),
    (24, 'R-000024', 1, 10, 'late', '2026-09-02 09:00:00', NULL, NULL, NULL, 'UserRequest'),
    (25, 'R-000025', 1, 0, 'new chair', '2026-09-30 10:00:00', NULL, NULL, NULL, 'UserRequest'),
    (31, 'P-000031', 1, 11, 'memory', '2026-09-15 09:00:00', NULL, NULL, NULL, 'Problem'),
    (32, 'P-000032', 1, 11, 'taken up again', '2026-09-01 09:00:00', NULL, NULL, NULL, 'Problem'),
    (33, 'P-000033', 1, 11, 'closed', '2026-09-05 09:00:00', NULL, NULL, '2026-09-10 09:00:00', 'Problem'),
    (41, 'C-000041', 1, 11, 'ERP patch', '2026-09-14 22:00:00', '2026-09-15 00:00:00', NULL, '2026-09-20 09:00:00',
     'NormalChange'),
    (42, 'C-000042', 1, 11, 'cure', '2026-09-21 22:00:00', '2026-09-21 23:00:00', NULL, NULL, 'RoutineChange'),
    (43, 'C-000043', 1, 11, 'at once', '2026-09-07 08:00:00', '2026-09-07 10:00:00', NULL, '2026-09-08 09:00:00',
     'EmergencyChange'),
    (44, 'C-000044', 1, 11, 'refused', NULL, NULL, '2026-09-30 09:00:00', NULL, 'NormalChange'),
    (45, 'C-000045', 1, 11, 'to be planned anew', NULL, NULL, NULL, NULL, 'NormalChange'),
    (46, 'C-000046', 1, 11, 'purged', '2026-09-24 09:00:00', '2026-09-25 09:00:00', NULL, '2026-09-25 09:00:00',
     'RoutineChange'),
    (51, 'C-000051', 1, 11, 'simple', '2026-09-14 22:00:00', '2026-09-15 00:00:00', NULL, '2026-09-14 23:00:00', 'Change'),
    (52, 'C-000052', 1, 11, 'simple, refused', NULL, NULL, NULL, NULL, 'Change'),
    (61, 'R-000061', 1, 10, 'an incident', '2026-09-15 09:00:00', NULL, NULL, NULL, 'UserRequest');
-- 1 owned and resolved in time: its stop-watches have forgotten their deadlines. 2 was late: they have kept them.
INSERT INTO ticket_incident
    (id, status, priority, service_id, servicesubcategory_id, escalation_flag, assignment_date, resolution_date,
     tto_timespent, tto_laststart, tto_stopped, tto_100_deadline, tto_100_passed, tto_100_overrun,
     ttr_timespent, ttr_laststart, ttr_stopped, ttr_100_deadline, ttr_100_passed, ttr_100_overrun,
     cumulatedpending_timespent, time_spent, solution, parent_problem_id, parent_change_id, user_satisfaction, user_commment)
VALUES
    (1, 'closed', '2', 1, 1, 'no', '2026-09-01 09:10:00', '2026-09-01 12:00:00',
     600, NULL, '2026-09-01 09:10:00', NULL, 0, 0, 10800, NULL, '2026-09-01 12:00:00', NULL, 0, 0,
     0, 10800, 'x', 0, 0, '1', NULL),
    (2, 'resolved', '2', 1, 0, 'no', '2026-09-02 11:00:00', '2026-09-03 09:00:00',
     7200, NULL, '2026-09-02 11:00:00', '2026-09-02 10:00:00', 1, 3600,
     86400, NULL, '2026-09-03 09:00:00', '2026-09-02 17:00:00', 1, 57600, 0, 86400, 'x', 0, 0, '1', NULL),
    (3, 'escalated_ttr', '2', 1, 0, 'no', '2026-08-30 10:05:00', NULL,
     300, NULL, '2026-08-30 10:05:00', NULL, 0, 0, 0, '2026-08-30 10:00:00', NULL, '2026-08-30 18:00:00', 1, 0,
     0, NULL, NULL, 0, 0, '1', NULL),
    (4, 'new', '3', 2, 0, 'no', NULL, NULL, 0, '2026-09-29 09:00:00', NULL, NULL, 0, 0,
     0, '2026-09-29 09:00:00', NULL, NULL, 0, 0, 0, NULL, NULL, 0, 0, '1', NULL),
    (5, 'pending', '2', 1, 0, 'no', '2026-09-10 09:00:00', NULL, 0, NULL, '2026-09-10 09:00:00', NULL, 0, 0,
     3600, NULL, '2026-09-10 10:00:00', NULL, 0, 0, 0, NULL, NULL, 0, 0, '1', NULL),
    (6, 'closed', '2', 1, 0, 'no', '2026-09-03 09:30:00', '2026-09-06 09:00:00',
     1800, NULL, '2026-09-03 09:30:00', NULL, 0, 0,
     151200, NULL, '2026-09-06 09:00:00', '2026-09-03 17:00:00', 1, 122400, 21600, 259200, 'x', 0, 0, '3', NULL),
    (7, 'assigned', '3', 2, 0, 'no', '2026-09-07 09:00:00', '2026-09-08 09:00:00', 0, NULL, '2026-09-07 09:00:00', NULL, 0, 0,
     86400, '2026-09-10 09:00:00', '2026-09-08 09:00:00', NULL, 0, 0, 0, 86400, NULL, 0, 0, '1', NULL),
    (8, 'closed', '1', 2, 0, 'yes', '2026-09-15 02:05:00', '2026-09-15 06:00:00', 300, NULL, '2026-09-15 02:05:00', NULL, 0, 0,
     14400, NULL, '2026-09-15 06:00:00', NULL, 0, 0, 0, 14400, '<p>rolled&nbsp;back</p>', 31, 41, '1', '谢谢'),
    (9, 'new', '3', 2, 0, 'no', NULL, NULL, 0, '2026-09-30 23:59:59', NULL, NULL, 0, 0,
     0, '2026-09-30 23:59:59', NULL, NULL, 0, 0, 0, NULL, NULL, 0, 0, '1', NULL),
    (10, 'new', '3', 2, 0, 'no', NULL, NULL, 0, '2026-10-01 00:00:00', NULL, NULL, 0, 0,
     0, '2026-10-01 00:00:00', NULL, NULL, 0, 0, 0, NULL, NULL, 0, 0, '1', NULL),
    (11, 'closed', '3', 2, 0, 'no', '2026-07-01 09:00:00', '2026-07-01 10:00:00', 0, NULL, '2026-07-01 09:00:00', NULL, 0, 0,
     3600, NULL, '2026-07-01 10:00:00', NULL, 0, 0, 0, 3600, 'x', 0, 0, '1', NULL),
    -- 12: two hours pending, and the history of it gone; change 42 is to cure it
    (12, 'closed', '4', 1, 0, 'no', '2026-09-20 09:00:00', '2026-09-22 09:00:00', 0, NULL, '2026-09-20 09:00:00', NULL, 0, 0,
     165600, NULL, '2026-09-22 09:00:00', NULL, 0, 0, 7200, 172800, 'x', 0, 42, '1', ''),
    -- 13: resolved in time after 30 000 s, when the goal was longer than today's 28 800 s
    (13, 'resolved', '2', 1, 0, 'no', '2026-09-16 09:00:00', '2026-09-16 17:20:00', 0, NULL, '2026-09-16 09:00:00', NULL, 0, 0,
     30000, NULL, '2026-09-16 17:20:00', NULL, 0, 0, 0, 30000, 'x', 0, 0, '1', NULL);
INSERT INTO ticket_request
    (id, status, request_type, priority, service_id, assignment_date, resolution_date,
     tto_timespent, tto_laststart, tto_stopped, tto_100_deadline, tto_100_passed, tto_100_overrun,
     ttr_timespent, ttr_laststart, ttr_stopped, ttr_100_deadline, ttr_100_passed, ttr_100_overrun,
     cumulatedpending_timespent, parent_change_id, user_satisfaction)
VALUES
    (21, 'closed', 'service_request', '3', 1, '2026-09-01 10:00:00', '2026-09-04 09:00:00',
     3600, NULL, '2026-09-01 10:00:00', NULL, 0, 0, 259200, NULL, '2026-09-04 09:00:00', NULL, 0, 0, 0, 0, '2'),
    (22, 'waiting_for_approval', 'service_request', '3', 1, NULL, NULL,
     600, NULL, '2026-09-20 09:10:00', NULL, 0, 0, 600, NULL, '2026-09-20 09:10:00', NULL, 0, 0, 0, 0, '1'),
    (23, 'rejected', 'service_request', '3', 1, NULL, NULL,
     600, NULL, '2026-09-20 09:10:00', NULL, 0, 0, 600, NULL, '2026-09-20 09:10:00', NULL, 0, 0, 0, 0, '1'),
    (24, 'resolved', 'service_request', '3', 1, '2026-09-02 10:00:00', '2026-09-12 09:00:00',
     3600, NULL, '2026-09-02 10:00:00', NULL, 0, 0,
     864000, NULL, '2026-09-12 09:00:00', '2026-09-05 09:00:00', 1, 604800, 0, 0, '1'),
    (25, 'new', 'service_request', '4', 1, NULL, NULL,
     0, '2026-09-30 10:00:00', NULL, NULL, 0, 0, 0, '2026-09-30 10:00:00', NULL, NULL, 0, 0, 0, 0, '1');
INSERT INTO ticket_problem (id, status, priority, service_id, resolution_date) VALUES
    (31, 'assigned', '1', 2, NULL), (32, 'assigned', '3', 1, '2026-09-02 09:00:00'),
    (33, 'closed', '3', 1, '2026-09-08 09:00:00');
INSERT INTO `change` (id, status, creation_date, outage) VALUES
    (41, 'closed', '2026-09-10 09:00:00', 'yes'), (42, 'monitored', '2026-09-15 09:00:00', 'no'),
    (43, 'closed', '2026-09-07 07:00:00', 'no'), (44, 'rejected', '2026-09-08 09:00:00', 'no'),
    (45, 'notapproved', '2026-09-12 09:00:00', 'no'), (46, 'closed', '2026-09-20 09:00:00', 'no');
CREATE TABLE told (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY, class varchar(40), ref int, at datetime, att varchar(40), old varchar(40),
    new varchar(40)
);
INSERT INTO told (class, ref, at, att, old, new) VALUES
    ('Incident', 1, '2026-09-01 09:10:00', 'status', 'new', 'assigned'),
    ('Incident', 1, '2026-09-01 12:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 1, '2026-09-01 12:00:00', 'title', 'pending', 'resolved'),
    ('Incident', 1, '2026-09-03 12:00:00', 'status', 'resolved', 'closed'),
    ('UserRequest', 1, '2026-09-02 12:00:00', 'status', 'resolved', 'pending'),
    ('Incident', 2, '2026-09-02 10:00:00', 'status', 'new', 'escalated_tto'),
    ('Incident', 2, '2026-09-02 11:00:00', 'status', 'escalated_tto', 'assigned'),
    ('Incident', 2, '2026-09-03 09:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 3, '2026-08-30 10:05:00', 'status', 'new', 'assigned'),
    ('Incident', 3, '2026-08-30 18:00:00', 'status', 'assigned', 'escalated_ttr'),
    ('Incident', 5, '2026-09-10 09:00:00', 'status', 'new', 'assigned'),
    ('Incident', 5, '2026-09-10 10:00:00', 'status', 'assigned', 'pending'),
    ('Incident', 6, '2026-09-03 09:30:00', 'status', 'new', 'assigned'),
    ('Incident', 6, '2026-09-04 09:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 6, '2026-09-05 09:00:00', 'status', 'resolved', 'assigned'),
    ('Incident', 6, '2026-09-05 10:00:00', 'status', 'assigned', 'pending'),
    ('Incident', 6, '2026-09-05 16:00:00', 'status', 'pending', 'assigned'),
    ('Incident', 6, '2026-09-06 09:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 6, '2026-09-08 09:00:00', 'user_satisfaction', '1', '3'),
    ('Incident', 6, '2026-09-08 09:00:00', 'status', 'resolved', 'closed'),
    ('Incident', 7, '2026-09-07 09:00:00', 'status', 'new', 'assigned'),
    ('Incident', 7, '2026-09-08 09:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 7, '2026-09-10 09:00:00', 'status', 'resolved', 'assigned'),
    ('Incident', 8, '2026-09-15 06:00:00', 'status', 'assigned', 'resolved'),
    ('Incident', 8, '2026-09-16 09:00:00', 'user_comment', NULL, NULL),
    ('Incident', 8, '2026-09-16 09:00:00', 'status', 'resolved', 'closed'),
    ('Incident', 13, '2026-09-16 17:20:00', 'status', 'assigned', 'resolved'),
    ('UserRequest', 21, '2026-09-01 10:00:00', 'status', 'approved', 'assigned'),
    ('UserRequest', 21, '2026-09-04 09:00:00', 'status', 'assigned', 'resolved'),
    ('UserRequest', 21, '2026-09-05 09:00:00', 'user_satisfaction', '1', '2'),
    ('UserRequest', 21, '2026-09-05 09:00:00', 'status', 'resolved', 'closed'),
    ('UserRequest', 22, '2026-09-20 09:10:00', 'status', 'new', 'waiting_for_approval'),
    ('UserRequest', 23, '2026-09-20 09:10:00', 'status', 'new', 'waiting_for_approval'),
    ('UserRequest', 23, '2026-09-21 09:00:00', 'status', 'waiting_for_approval', 'rejected'),
    ('UserRequest', 24, '2026-09-12 09:00:00', 'status', 'assigned', 'resolved'),
    ('NormalChange', 41, '2026-09-14 23:00:00', 'status', 'approved', 'implemented'),
    ('NormalChange', 41, '2026-09-20 09:00:00', 'status', 'implemented', 'closed'),
    ('RoutineChange', 42, '2026-09-21 23:30:00', 'status', 'plannedscheduled', 'implemented'),
    ('RoutineChange', 42, '2026-09-22 09:00:00', 'status', 'implemented', 'monitored'),
    ('EmergencyChange', 43, '2026-09-07 09:00:00', 'status', 'approved', 'implemented'),
    ('EmergencyChange', 43, '2026-09-08 09:00:00', 'status', 'implemented', 'closed'),
    ('NormalChange', 44, '2026-09-09 09:00:00', 'status', 'new', 'rejected'),
    ('NormalChange', 45, '2026-09-13 09:00:00', 'status', 'plannedscheduled', 'notapproved'),
    ('Change', 52, '2026-09-09 09:00:00', 'status', 'planned', 'rejected');
INSERT INTO priv_change (id, date) SELECT id + 100, at FROM told;
INSERT INTO priv_changeop (id, changeid, objclass, objkey, optype)
    SELECT id + 1000, id + 100, class, ref, 'CMDBChangeOpSetAttributeScalar' FROM told;
INSERT INTO priv_changeop_setatt (id, attcode) SELECT id + 1000, att FROM told;
INSERT INTO priv_changeop_setatt_scalar (id, oldvalue, newvalue)
    SELECT id + 1000, old, new FROM told WHERE att <> 'user_comment';
