INSERT INTO owner DEFAULT VALUES;
INSERT INTO house (street, floors, owner) VALUES ('a', 1, 1);
DELETE FROM house;
