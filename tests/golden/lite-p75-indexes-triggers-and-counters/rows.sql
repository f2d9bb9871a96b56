INSERT INTO total (houses) VALUES (0);
INSERT INTO house (street, number) VALUES ('a', 1), ('b', NULL), ('c', 3);
DELETE FROM house WHERE street = 'c';
