-- The same iTop with the simple modules: incidents are user requests, changes have no classes.
INSERT INTO ticket_request
    (id, status, request_type, priority, service_id, assignment_date, resolution_date, tto_timespent, tto_stopped,
     ttr_timespent, ttr_stopped, ttr_100_passed, cumulatedpending_timespent, parent_change_id)
VALUES
    (61, 'resolved', 'incident', '2', 1, '2026-09-15 09:30:00', '2026-09-15 12:00:00', 1800, '2026-09-15 09:30:00',
     10800, '2026-09-15 12:00:00', 0, 0, 51);
INSERT INTO ticket_change (id, status, category, creation_date, outage) VALUES
    (51, 'closed', 'software', '2026-09-10 09:00:00', 'yes'), (52, 'rejected', 'network', '2026-09-08 09:00:00', 'no');
DROP TABLE ticket_incident;
DROP TABLE `change`;
