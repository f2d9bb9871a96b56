INSERT INTO organization (name) VALUES ('a');
INSERT INTO request (parent, organization, price) VALUES (NULL, 1, 5), (1, 1, 7);
