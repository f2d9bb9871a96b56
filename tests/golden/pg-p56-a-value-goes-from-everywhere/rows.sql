INSERT INTO ticket VALUES (1, 'new', NULL, '{new}'), (2, 'open', 'new', '{new,open}');
INSERT INTO step VALUES (1, 1, 'new'), (2, 2, 'open');
