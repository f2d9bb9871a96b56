INSERT INTO t VALUES (1, 'a2', 'b1', 'c1');
