INSERT INTO house (kind) VALUES ('hut'), ('house');
INSERT INTO plan (kind) VALUES (NULL), ('hut');
