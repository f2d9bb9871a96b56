INSERT INTO owner DEFAULT VALUES;
INSERT INTO house (street) VALUES ('a'), ('b');
