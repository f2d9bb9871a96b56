INSERT INTO a_table_whose_name_takes_all_the_bytes_that_postgresql_has_for_ ("order", "od""d %") VALUES ('it''s', 5), ('a "quote"', NULL);
