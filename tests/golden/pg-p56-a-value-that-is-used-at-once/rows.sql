INSERT INTO box VALUES (1, 'small');
