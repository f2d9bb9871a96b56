INSERT INTO ticket VALUES (1, 'A'), (2, 'B');
