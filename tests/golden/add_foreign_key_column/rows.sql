INSERT INTO organization (id, name) VALUES (1, 'one'), (2, 'two');
INSERT INTO ticket (id, title, details, organization) VALUES (1, 'first', 'some', 1), (2, 'second', NULL, NULL);
