INSERT INTO person (id) VALUES ('00000000-0000-0000-0000-000000000001');
INSERT INTO house (owner) SELECT id FROM person;
UPDATE person SET boss = id, house = (SELECT id FROM house);
