INSERT INTO ticket (id, owner, price) VALUES (1, 'a', 5);
