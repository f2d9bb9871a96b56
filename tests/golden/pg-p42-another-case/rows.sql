INSERT INTO "Ticket" ("Title") VALUES ('a');
