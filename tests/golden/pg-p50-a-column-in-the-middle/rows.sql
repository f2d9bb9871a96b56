INSERT INTO ticket VALUES (1, 'b', 's');
