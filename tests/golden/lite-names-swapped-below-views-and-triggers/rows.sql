INSERT INTO house (street, number) VALUES ('a', 1), ('b', 2);
INSERT INTO garden (house) VALUES (2), (1);
