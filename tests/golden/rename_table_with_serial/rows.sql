INSERT INTO ticket (name) VALUES ('x'), ('y');
