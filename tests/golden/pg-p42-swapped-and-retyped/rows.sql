INSERT INTO ticket (opened, closed, note) VALUES ('a', 1, 'x'), ('b', NULL, 'y');
