INSERT INTO house (street) VALUES ('a');
