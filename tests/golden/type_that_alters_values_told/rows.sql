INSERT INTO ticket (id, price, number, due, "it's") VALUES (1, 1.5, '007', '2024-03-04 12:34:56+00:00', 7);
