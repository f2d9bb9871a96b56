INSERT INTO ticket VALUES (1, 'open', 'open'); INSERT INTO archive VALUES (1, 'new');
