INSERT INTO region (parent) VALUES (NULL), (1);
INSERT INTO city VALUES (1, 'a');
UPDATE region SET chief = 1;
INSERT INTO house VALUES (1, 7);
INSERT INTO flat VALUES (1, 1, 7);
