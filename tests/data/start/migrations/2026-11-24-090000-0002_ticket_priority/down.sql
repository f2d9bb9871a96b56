ALTER TABLE ticket DROP COLUMN priority;
