INSERT INTO House (Street) VALUES ('a');
INSERT INTO flat (house) VALUES (1);
