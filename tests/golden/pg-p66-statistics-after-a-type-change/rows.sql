INSERT INTO house VALUES (1, 'a');
INSERT INTO street VALUES (1, 'b');
INSERT INTO tree VALUES (1, 'c');
