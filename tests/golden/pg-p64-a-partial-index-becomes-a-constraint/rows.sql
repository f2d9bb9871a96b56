INSERT INTO ticket VALUES (1, 1, 'a', false), (2, 2, 'b', true);
