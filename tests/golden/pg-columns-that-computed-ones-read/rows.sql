INSERT INTO line VALUES (1, 2, 3), (2, 3, 4);
