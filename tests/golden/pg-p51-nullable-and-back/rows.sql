INSERT INTO ticket VALUES (1, 'a', NULL, NULL), (2, 'b', 'b', 7);
