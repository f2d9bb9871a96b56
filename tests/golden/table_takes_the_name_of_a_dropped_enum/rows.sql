INSERT INTO a VALUES (1, 'a', 'a', 'a');
INSERT INTO old VALUES (1);
