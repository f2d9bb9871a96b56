INSERT INTO ticket VALUES (1, 'gone', 'open'); INSERT INTO archive VALUES (1, 'gone');
