INSERT INTO ticket (id, title, price) VALUES (1, 'a', 5), (2, 'b', 500);
