INSERT INTO house (id, number) VALUES (7, 1), (9, 2);
INSERT INTO garden (id) VALUES (3);
INSERT INTO tree DEFAULT VALUES;
INSERT INTO flat (house) VALUES (7), (9);
