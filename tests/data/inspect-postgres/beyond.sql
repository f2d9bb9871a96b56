CREATE TABLE entry (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE entry_2026 PARTITION OF entry FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE entry_2026 ADD CONSTRAINT entry_2026_pkey PRIMARY KEY (at);
CREATE INDEX entry_what ON entry (what);
CREATE TABLE pointer (at date REFERENCES entry_2026);

CREATE UNLOGGED TABLE fast (id integer);
CREATE TABLE child () INHERITS (fast);
CREATE TYPE pair AS (a integer, b integer);
CREATE TABLE pairs OF pair;
CREATE TABLE nothing ();
CREATE TYPE empty AS ENUM ();
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('low');
CREATE TYPE other.mood AS ENUM ('high');
CREATE TYPE shell;
CREATE EXTENSION citext SCHEMA other;

CREATE TABLE item (
    id integer, number serial, "order" integer GENERATED ALWAYS AS IDENTITY (INCREMENT BY 10), part integer, kind text,
    during int4range, CONSTRAINT item_pkey PRIMARY KEY (id) INCLUDE (part) DEFERRABLE,
    CONSTRAINT unordered EXCLUDE USING gist (during WITH &&) DEFERRABLE,
    CONSTRAINT packed UNIQUE (part, kind) WITH (fillfactor = 50),
    CONSTRAINT alone CHECK (part > 0) NO INHERIT
);
ALTER SEQUENCE item_number_seq RENAME TO item_counter;
ALTER TABLE item ADD CONSTRAINT late CHECK (part > 1) NOT VALID;
ALTER TABLE item ALTER kind SET STATISTICS 500, ALTER kind SET STORAGE EXTERNAL;
ALTER TABLE item REPLICA IDENTITY FULL;
CREATE INDEX item_kind ON item (kind);
CREATE INDEX item_broken ON item (kind);
CREATE INDEX item_half ON item ((part / 2));
ALTER INDEX item_half ALTER COLUMN 1 SET STATISTICS 200;
CLUSTER item USING item_kind;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'item_broken'::regclass;
COMMENT ON INDEX item_kind IS 'By kind';
COMMENT ON CONSTRAINT late ON item IS 'Later';
CREATE SEQUENCE codes;
CREATE TABLE coded (code integer DEFAULT nextval('codes'), item integer, kind text);
ALTER TABLE coded ADD FOREIGN KEY (item) REFERENCES item_key ON DELETE SET NULL (item); -- since 15
ALTER SEQUENCE codes OWNED BY coded.code;
CREATE STATISTICS item_parts ON part, kind FROM item;

CREATE VIEW items WITH (security_barrier) AS SELECT id, kind FROM item;
ALTER VIEW items ALTER kind SET DEFAULT 'x';
COMMENT ON COLUMN items.id IS 'Its number';

CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER far FOREIGN DATA WRAPPER wrapper;
CREATE USER MAPPING FOR PUBLIC SERVER far;
CREATE FOREIGN TABLE remote (id integer CHECK (id > 0)) SERVER far;

CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR FAMILY loose USING btree;
CREATE OPERATOR CLASS loose_ops FOR TYPE integer USING hash AS OPERATOR 1 =;
CREATE CAST (mood AS integer) WITH INOUT;
CREATE COLLATION plain (LOCALE = 'C');
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
CREATE ACCESS METHOD tree TYPE INDEX HANDLER bthandler;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION on_ddl();
CREATE PUBLICATION changes FOR TABLE item;
CREATE SUBSCRIPTION feed CONNECTION '' PUBLICATION changes WITH (connect = false, slot_name = NONE);
GRANT SELECT ON item TO PUBLIC;
GRANT UPDATE (kind) ON item TO PUBLIC;
REVOKE EXECUTE ON FUNCTION same(text, text) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
