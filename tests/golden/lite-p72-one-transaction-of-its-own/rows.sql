INSERT INTO house (street) VALUES ('a');
INSERT INTO garden (area) VALUES (NULL), (7);
