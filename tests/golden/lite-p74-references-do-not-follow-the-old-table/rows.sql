INSERT INTO house (street, beside) VALUES ('a', NULL), ('b', 1);
INSERT INTO flat (house, street) VALUES (2, 'b');
