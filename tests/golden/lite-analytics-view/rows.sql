INSERT INTO house (street, owner) VALUES ('a', 'b');
