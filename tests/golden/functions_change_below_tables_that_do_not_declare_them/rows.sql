INSERT INTO item (id, title) VALUES (1, 'A');
INSERT INTO note (title) VALUES ('b');
