ALTER TABLE ticket ADD COLUMN priority integer;
