INSERT INTO a VALUES (1, 'kept'), (2, 'too');
INSERT INTO b VALUES (1, 5), (2, 6);
