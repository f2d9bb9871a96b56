INSERT INTO t VALUES (1, 'good', 'loud'), (2, 'bad', 'loud');
