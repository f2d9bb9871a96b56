INSERT INTO house (id, street, number, size, code, base) VALUES (1, 's', 1, 5, 'c', 3);
INSERT INTO flat VALUES (1, 's', 1, 'c');
