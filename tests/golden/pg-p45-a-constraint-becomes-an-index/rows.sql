INSERT INTO ticket VALUES (1, 1, 1, 1, 1), (2, 1, NULL, 2, 2);
