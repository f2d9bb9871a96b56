INSERT INTO person DEFAULT VALUES;
INSERT INTO help.ticket (person, title) VALUES (1, 'a');
