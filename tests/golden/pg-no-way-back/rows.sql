INSERT INTO ticket VALUES (1, NULL, NULL, 'abc', 5);
