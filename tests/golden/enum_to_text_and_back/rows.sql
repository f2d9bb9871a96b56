INSERT INTO ticket (id, other) VALUES (1, 'closed'), (2, NULL);
