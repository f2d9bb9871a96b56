INSERT INTO place VALUES (1, '(5,6)', '[(1,2),(3,4)]', NULL);
