INSERT INTO house (street) VALUES ('a'), ('a'), ('b');
INSERT INTO flat (house) VALUES (1), (1), (2);
