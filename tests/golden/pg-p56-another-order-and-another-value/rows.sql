INSERT INTO box VALUES (1, 'small', '{small,large}'), (2, 'large', NULL);
