INSERT INTO ticket (id, size, kind, note, day, other) VALUES (1, 4, 'new', NULL, '2024-02-29', 1), (2, 6, 'old', 'seen', '2019-01-01', 2);
