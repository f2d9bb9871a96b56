INSERT INTO house (price, sold, taken, built, plan) VALUES (1.5, TRUE, 'yes', '2024-02-29', x'6162');
