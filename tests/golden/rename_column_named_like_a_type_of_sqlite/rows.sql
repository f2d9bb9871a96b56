INSERT INTO item (id, text, n) VALUES (1, 'a', '007');
