-- It stands for others.
SELECT 1;
