INSERT INTO a (name) VALUES ('x');
