-- September 2026 in Shanghai, with every trap once. Times are local; the period is [1 September, 1 October).
SET time_zone = '+08:00';
SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO');
INSERT INTO glpi_entities (id, name, entities_id, completename) VALUES
    (0, 'Root', NULL, 'Root'), (1, '甲公司', 0, 'Root > 甲公司'), (2, '总部', 1, 'Root > 甲公司 > 总部'),
    (3, '总部', 0, 'Root > 总部');
INSERT INTO glpi_itilcategories (id, name, completename) VALUES
    (1, '邮件', '邮件'), (2, '收不到', '邮件 > 收不到'), (3, 'ERP', 'ERP');
INSERT INTO glpi_groups (id, name, completename) VALUES (1, '一线', '服务台 > 一线'), (2, '二线', '服务台 > 二线');
INSERT INTO glpi_tickets
    (id, entities_id, name, date, takeintoaccountdate, solvedate, closedate, status, priority, itilcategories_id, type,
     time_to_own, time_to_resolve, begin_waiting_date, waiting_duration, solve_delay_stat, actiontime, is_deleted)
VALUES
    -- 1 in time, 2 both late, 3 open and late (its solve_delay_stat is 0), 4 open and running, its response overdue
    (1, 1, '收不到邮件', '2026-09-01 09:00:00', '2026-09-01 09:10:00', '2026-09-01 12:00:00', '2026-09-03 12:00:00',
     6, 4, 2, 1, '2026-09-01 09:30:00', '2026-09-01 13:00:00', NULL, 0, 10800, 1800, 0),
    (2, 1, 'late', '2026-09-02 09:00:00', '2026-09-02 11:00:00', '2026-09-03 09:00:00', NULL,
     5, 4, 1, 1, '2026-09-02 10:00:00', '2026-09-02 17:00:00', '2026-09-03 09:00:00', 0, 86400, 0, 0),
    (3, 2, 'open and late', '2026-08-30 10:00:00', '2026-08-30 10:05:00', NULL, NULL,
     2, 3, 3, 1, '2026-08-30 11:00:00', '2026-09-05 10:00:00', NULL, 0, 0, 0, 0),
    (4, 3, 'running', '2026-09-29 09:00:00', NULL, NULL, NULL,
     1, 3, 3, 1, '2026-09-30 09:00:00', '2026-10-02 09:00:00', NULL, 0, 0, 0, 0),
    -- 5 in the bin, 6 a duplicate of 1, 7 waits since before its deadline
    (5, 1, 'deleted', '2026-09-04 09:00:00', NULL, '2026-09-04 10:00:00', '2026-09-04 10:00:00',
     6, 3, 1, 1, NULL, NULL, NULL, 0, 0, 0, 1),
    (6, 1, 'duplicate', '2026-09-01 09:30:00', NULL, '2026-09-01 12:00:00', '2026-09-01 12:00:00',
     6, 3, 1, 1, NULL, '2026-09-01 10:00:00', NULL, 0, 0, 0, 0),
    (7, 1, 'waits', '2026-09-10 09:00:00', '2026-09-10 09:00:00', NULL, NULL,
     4, 3, 1, 1, '2026-09-10 10:00:00', '2026-09-12 09:00:00', '2026-09-11 09:00:00', 0, 0, 0, 0),
    -- 8 reopened and solved again: 24 h between solution and reopening and 6 h pending, both in waiting_duration
    (8, 1, 'reopened', '2026-09-03 09:00:00', '2026-09-03 09:30:00', '2026-09-06 09:00:00', '2026-09-08 09:00:00',
     6, 5, 1, 1, '2026-09-03 10:00:00', '2026-09-06 12:00:00', NULL, 108000, 151200, 7200, 0),
    -- 9 reopened and open, its old solvedate and closedate still there
    (9, 1, 'reopened, open', '2026-09-07 09:00:00', '2026-09-07 09:00:00', '2026-09-08 09:00:00', '2026-09-09 09:00:00',
     2, 3, 1, 1, NULL, '2026-09-20 09:00:00', NULL, 0, 86400, 0, 0),
    -- 10 major, after change 1; 11 the last second of the period; 12 its end
    (10, 2, 'ERP is down', '2026-09-15 02:00:00', '2026-09-15 02:05:00', '2026-09-15 06:00:00', '2026-09-16 09:00:00',
     6, 6, 3, 1, '2026-09-15 02:15:00', '2026-09-15 06:00:00', NULL, 0, 14400, 36000, 0),
    (11, 1, 'last second', '2026-09-30 23:59:59', NULL, NULL, NULL, 1, 2, 1, 1, NULL, NULL, NULL, 0, 0, 0, 0),
    (12, 1, 'after', '2026-10-01 00:00:00', NULL, NULL, NULL, 1, 2, 1, 1, NULL, NULL, NULL, 0, 0, 0, 0),
    -- 13 made in the state pending; 14 with its history purged; 15 closed before; 16 reopened, then closed without solution
    (13, 1, 'made pending', '2026-09-20 09:00:00', '2026-09-20 09:00:00', '2026-09-22 09:00:00', NULL,
     5, 1, 0, 1, NULL, NULL, '2026-09-22 09:00:00', 86400, 86400, 0, 0),
    (14, 1, 'purged', '2026-09-21 09:00:00', '2026-09-21 09:00:00', '2026-09-21 19:00:00', '2026-09-21 19:00:00',
     6, 3, 1, 1, NULL, NULL, NULL, 7200, 28800, 0, 0),
    (15, 1, 'before', '2026-07-01 09:00:00', '2026-07-01 09:00:00', '2026-07-01 10:00:00', '2026-07-02 10:00:00',
     6, 3, 1, 1, NULL, NULL, NULL, 0, 3600, 0, 0),
    (16, 1, 'closed after reopening', '2026-09-23 09:00:00', '2026-09-23 09:00:00', '2026-09-23 10:00:00',
     '2026-09-25 09:00:00', 6, 3, 1, 1, NULL, '2026-09-24 09:00:00', NULL, 0, 3600, 0, 0),
    -- requests: 21 fulfilled in time, 22 waits for its approval, 23 late, 24 new
    (21, 1, 'new laptop', '2026-09-01 09:00:00', '2026-09-01 10:00:00', '2026-09-04 09:00:00', '2026-09-05 09:00:00',
     6, 3, 3, 2, '2026-09-01 13:00:00', '2026-09-05 09:00:00', NULL, 0, 0, 5400, 0),
    (22, 1, 'new licence', '2026-09-20 09:00:00', NULL, NULL, NULL, 10, 3, 3, 2, NULL, NULL, NULL, 0, 0, 0, 0),
    (23, 1, 'new account', '2026-09-02 09:00:00', '2026-09-02 10:00:00', '2026-09-12 09:00:00', NULL,
     5, 3, 3, 2, '2026-09-02 13:00:00', '2026-09-05 09:00:00', '2026-09-12 09:00:00', 0, 0, 0, 0),
    (24, 1, 'new chair', '2026-09-30 10:00:00', NULL, NULL, NULL, 1, 3, 3, 2, NULL, NULL, NULL, 0, 0, 0, 0);
INSERT INTO glpi_groups_tickets (tickets_id, groups_id, type) VALUES (1, 2, 1), (1, 1, 2), (1, 2, 2), (2, 2, 2);
INSERT INTO glpi_tickets_tickets (tickets_id_1, tickets_id_2, link) VALUES (1, 6, 2), (2, 3, 1), (8, 5, 2);
INSERT INTO glpi_logs (itemtype, items_id, date_mod, id_search_option, old_value, new_value) VALUES
    ('Ticket', 1, '2026-09-01 09:10:00', 12, '1', '2'), ('Ticket', 1, '2026-09-01 12:00:00', 12, '2', '5'),
    ('Ticket', 1, '2026-09-01 12:00:00', 24, '', 'x'), ('Ticket', 1, '2026-09-03 12:00:00', 12, '5', '6'),
    ('Ticket', 2, '2026-09-02 11:00:00', 12, '1', '2'), ('Ticket', 2, '2026-09-03 09:00:00', 12, '2', '5'),
    ('Change', 2, '2026-09-03 09:00:00', 12, '5', '2'),
    ('Ticket', 3, '2026-08-30 10:05:00', 12, '1', '2'),
    ('Ticket', 6, '2026-09-01 12:00:00', 12, '1', '5'), ('Ticket', 6, '2026-09-01 12:00:00', 12, '5', '6'),
    ('Ticket', 7, '2026-09-11 09:00:00', 12, '1', '4'),
    ('Ticket', 8, '2026-09-03 09:30:00', 12, '1', '2'), ('Ticket', 8, '2026-09-04 09:00:00', 12, '2', '5'),
    ('Ticket', 8, '2026-09-05 09:00:00', 12, '5', '2'), ('Ticket', 8, '2026-09-05 10:00:00', 12, '2', '4'),
    ('Ticket', 8, '2026-09-05 16:00:00', 12, '4', '2'), ('Ticket', 8, '2026-09-06 09:00:00', 12, '2', '5'),
    ('Ticket', 8, '2026-09-08 09:00:00', 12, '5', '6'),
    ('Ticket', 9, '2026-09-07 09:00:00', 12, '1', '2'), ('Ticket', 9, '2026-09-08 09:00:00', 12, '2', '5'),
    ('Ticket', 9, '2026-09-09 09:00:00', 12, '5', '6'), ('Ticket', 9, '2026-09-10 09:00:00', 12, '6', '2'),
    ('Ticket', 10, '2026-09-15 06:00:00', 12, '2', '5'), ('Ticket', 10, '2026-09-16 09:00:00', 12, '5', '6'),
    ('Ticket', 13, '2026-09-21 09:00:00', 12, '4', '2'), ('Ticket', 13, '2026-09-22 09:00:00', 12, '2', '5'),
    ('Ticket', 16, '2026-09-23 10:00:00', 12, '1', '5'), ('Ticket', 16, '2026-09-23 12:00:00', 12, '5', '2'),
    ('Ticket', 16, '2026-09-25 09:00:00', 12, '2', '6'),
    ('Ticket', 21, '2026-09-04 09:00:00', 12, '1', '5'), ('Ticket', 21, '2026-09-05 09:00:00', 12, '5', '6'),
    ('Ticket', 23, '2026-09-12 09:00:00', 12, '1', '5'),
    ('Problem', 1, '2026-09-18 09:00:00', 61, '', '&nbsp;'), ('Problem', 1, '2026-09-20 09:00:00', 61, '<p></p>', '<p>内存泄漏</p>'),
    ('Problem', 1, '2026-09-21 09:00:00', 61, '<p>内存泄漏</p>', '<p>内存 泄漏</p>'),
    ('Change', 4, '2026-09-09 09:00:00', 12, '10', '13');
INSERT INTO glpi_itilsolutions (itemtype, items_id, content, status) VALUES
    ('Ticket', 10, '<p>restarted</p>', 4), ('Ticket', 10, '<p>rolled&nbsp;back</p>', 3), ('Change', 10, 'other', 3);
INSERT INTO glpi_problems
    (id, entities_id, name, date, solvedate, closedate, status, priority, itilcategories_id, causecontent, is_deleted)
VALUES
    (1, 1, 'ERP runs out of memory', '2026-09-15 09:00:00', NULL, NULL, 2, 5, 3, '<p>内存 泄漏</p>', 0),
    (2, 1, 'emptied cause', '2026-09-01 09:00:00', '2026-09-02 09:00:00', '2026-09-03 09:00:00', 2, 3, 1, '<p></p>', 0),
    (3, 1, 'cause from the start', '2026-09-05 09:00:00', '2026-09-10 09:00:00', NULL, 8, 3, 1, '<p>disk</p>', 0),
    (4, 1, 'deleted', '2026-09-05 09:00:00', NULL, NULL, 1, 3, 1, NULL, 1);
INSERT INTO glpi_problems_tickets (problems_id, tickets_id) VALUES (1, 10), (4, 2), (3, 10);
INSERT INTO glpi_changes
    (id, entities_id, name, date, solvedate, closedate, date_mod, status, priority, itilcategories_id, time_to_resolve,
     global_validation, actiontime, is_deleted)
VALUES
    -- 1 followed by incident 10; 2 good; 3 implemented though refused; 4 refused; 5 deleted; 6 open; 7 cured incident 3
    (1, 1, 'ERP patch', '2026-09-10 09:00:00', '2026-09-14 23:00:00', '2026-09-20 09:00:00', NULL, 6, 6, 3, NULL, 3, 7200, 0),
    (2, 1, 'mail quota', '2026-09-01 09:00:00', '2026-09-05 09:00:00', NULL, NULL, 8, 3, 1, '2026-09-06 09:00:00', 1, 0, 0),
    (3, 1, 'unasked', '2026-09-01 09:00:00', '2026-09-07 09:00:00', '2026-09-08 09:00:00', NULL, 6, 3, 1, NULL, 4, 0, 0),
    (4, 1, 'refused', '2026-09-08 09:00:00', NULL, NULL, '2026-09-30 09:00:00', 13, 3, 1, NULL, 4, 0, 0),
    (5, 1, 'deleted', '2026-09-08 09:00:00', '2026-09-09 09:00:00', NULL, NULL, 5, 3, 1, NULL, 1, 0, 1),
    (6, 1, 'reopened', '2026-09-08 09:00:00', '2026-09-09 09:00:00', '2026-09-10 09:00:00', NULL, 11, 3, 1, NULL, 2, 0, 0),
    (7, 1, 'cure', '2026-09-01 09:00:00', '2026-09-04 09:00:00', NULL, NULL, 5, 3, 3, NULL, 3, 0, 0);
INSERT INTO glpi_changetasks (changes_id, begin, end) VALUES
    (1, '2026-09-14 22:00:00', '2026-09-14 22:30:00'), (1, '2026-09-14 22:30:00', '2026-09-15 00:00:00'), (1, NULL, NULL);
INSERT INTO glpi_changes_tickets (changes_id, tickets_id) VALUES (1, 10), (2, 10), (7, 3), (3, 23);
INSERT INTO glpi_ticketsatisfactions
    (tickets_id, type, date_begin, date_answered, satisfaction, satisfaction_scaled_to_5, comment)
VALUES
    (1, 1, '2026-09-03 12:00:00', '2026-09-04 08:00:00', 5, 5, '很好'),
    (8, 1, '2026-09-08 09:00:00', '2026-09-09 08:00:00', 8, 4, 'ten stars'),
    (10, 1, '2026-09-16 09:00:00', '2026-09-16 10:00:00', 0, 0, 'zero stars'),
    (14, 1, '2026-09-21 19:00:00', NULL, 3, NULL, NULL),
    (16, 2, '2026-09-25 09:00:00', NULL, NULL, NULL, NULL),
    (5, 1, '2026-09-04 10:00:00', '2026-09-04 11:00:00', 1, 1, 'deleted'),
    (21, 1, '2026-09-05 09:00:00', '2026-10-02 09:00:00', 1, 1, 'answered later');
INSERT INTO glpi_changesatisfactions (changes_id, type, date_begin, date_answered, satisfaction, satisfaction_scaled_to_5)
VALUES (1, 1, '2026-09-20 09:00:00', '2026-09-21 09:00:00', 3, 3);
