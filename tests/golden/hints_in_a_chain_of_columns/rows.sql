INSERT INTO t VALUES (1, 'a', 'b', 3), (2, NULL, NULL, 4);
