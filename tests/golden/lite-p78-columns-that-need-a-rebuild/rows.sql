INSERT INTO town (code) VALUES ('x');
