//! Layouts of real projects, written anew: how they name their migrations, and what is in them. It must not run anything.

use makemigrations_tests::database::Engine;

/// A migrations folder as somebody else left it.
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    pub(crate) engine: Engine,
    /// Paths below the migrations folder, and texts.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// A change of the snapshot that was written: what is replaced, and by what.
    pub(crate) change: (&'static str, &'static str),
    /// What `makemigrations` is told about it.
    pub(crate) flags: &'static [&'static str],
}

/// Time stamps behind the setup of `diesel setup`, as crates.io and lemmy have them.
pub(crate) const TIMESTAMPS: Layout = Layout {
    name: "timestamps",
    engine: Engine::Postgres,
    files: &[
        (".gitkeep", ""),
        ("00000000000000_diesel_initial_setup/up.sql", SETUP_UP),
        ("00000000000000_diesel_initial_setup/down.sql", SETUP_DOWN),
        (
            "20140924113530_dumped_migration_1/up.sql",
            "CREATE TABLE users (\n    id              SERIAL PRIMARY KEY,\n    email           VARCHAR NOT NULL UNIQUE,\n    \
             gh_login varchar(39) NOT NULL,\n    balance numeric(12, 2) DEFAULT 0.00,\n    \
             created_at TIMESTAMP NOT NULL DEFAULT now(), updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP\n);\n\
             SELECT diesel_manage_updated_at('users');\n",
        ),
        ("20140924113530_dumped_migration_1/down.sql", "DROP TABLE users;"),
        (
            "2019-02-27-170003_create_community/up.sql",
            "create type listing_type_enum as enum ('All', 'Local', 'Subscribed');\n\n\
             create table community (\n  id bigint generated always as identity primary key,\n  name varchar(20) not null,\n  \
             \"creatorId\" int references users on update cascade on delete cascade not null,\n  \
             listing listing_type_enum default 'Local'::listing_type_enum not null,\n  \
             removed boolean default false not null,\n  tags text[] not null default '{}',\n  \
             search tsvector,\n  constraint community_name_ok check (name ~ '^[a-z]+$'),\n  \
             unique(name, \"creatorId\")\n);\n\n\
             create index idx_community_name on community (lower(name)) where not removed;\n\n\
             create or replace function community_search() returns trigger language plpgsql as $$\nbegin\n  \
             new.search := to_tsvector('pg_catalog.english', coalesce(new.name, ''));\n  return new;\nend; $$;\n\n\
             create trigger trigger_community_search before insert or update on community\n\
             for each row execute procedure community_search();\n",
        ),
        (
            "2019-02-27-170003_create_community/down.sql",
            "drop table community;\ndrop function community_search();\ndrop type listing_type_enum;\n",
        ),
        (
            "2019-04-03-155205_create_community_view/up.sql",
            "create view community_view as\nselect c.*, (select u.gh_login from users u where c.\"creatorId\" = u.id) as \
             creator_name\nfrom community c;\n\ncreate materialized view community_mview as select * from community_view;\n\
             create unique index idx_community_mview_id on community_mview (id);\n",
        ),
        (
            "2019-04-03-155205_create_community_view/down.sql",
            "drop materialized view community_mview;\ndrop view community_view;\n",
        ),
        // Nobody can go back over it.
        ("2021-08-04-223559_fix_emails/up.sql", "update users set email = lower(email);\n"),
        ("README.md", "# Migrations\n"),
    ],
    change: (
        "search    = { type = \"tsvector\", nullable = true }",
        "search    = { type = \"tsvector\", nullable = true }\nhidden    = { type = \"boolean\", default = false }",
    ),
    flags: &[],
};

/// Numbers, as small programs have them.
pub(crate) const NUMBERS: Layout = Layout {
    name: "numbers",
    engine: Engine::Sqlite,
    files: &[
        (
            "0001_init/up.sql",
            "CREATE TABLE feed (\n  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,\n  url TEXT UNIQUE NOT NULL,\n  \
             title TEXT NOT NULL DEFAULT '' CHECK (length(title) < 200),\n  CHECK (url <> '')\n);\n",
        ),
        ("0001_init/down.sql", "DROP TABLE feed;\n"),
        (
            "0002_items/up.sql",
            "CREATE TABLE item (\n  id INTEGER PRIMARY KEY NOT NULL,\n  feed INT NOT NULL REFERENCES feed(id) ON DELETE \
             CASCADE,\n  guid VARCHAR(255) NOT NULL,\n  at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,\n  read BOOLEAN NOT \
             NULL DEFAULT 0,\n  UNIQUE (feed, guid)\n);\nCREATE INDEX item_at ON item(at DESC);\n\
             CREATE VIEW unread AS SELECT * FROM item WHERE NOT read;\n",
        ),
        ("0010_more/up.sql", "ALTER TABLE item ADD COLUMN note TEXT;\n"),
        ("0010_more/down.sql", ""),
    ],
    change: ("unique = true, check = \"url <> ''\"", "check = \"url <> ''\""),
    flags: &[],
};

/// With `metadata.toml`, and files that Diesel ran as they are.
pub(crate) const METADATA: Layout = Layout {
    name: "metadata",
    engine: Engine::Postgres,
    files: &[
        (
            "2023-01-01-000000_packages/up.sql",
            "BEGIN;\nCREATE TABLE packages (id SERIAL PRIMARY KEY, name TEXT NOT NULL, size int4, owner int8);\nCOMMIT;\n",
        ),
        ("2023-01-01-000000_packages/down.sql", "DROP TABLE packages;\n"),
        (
            "2023-02-01-000000_index names/up.sql",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS packages_name ON packages (name);\n",
        ),
        ("2023-02-01-000000_index names/down.sql", "DROP INDEX CONCURRENTLY packages_name;\n"),
        ("2023-02-01-000000_index names/metadata.toml", "run_in_transaction = false\n"),
        ("2023-03-01-000000-0001_a/up.sql", "COMMENT ON TABLE packages IS 'what is published';\n"),
        ("2023-03-01-000000-0001_a/metadata.toml", "# nothing is said\n"),
        ("2023-03-01-000001-0001_b/up.sql", "ALTER TABLE packages ADD CHECK (size > 0);\n"),
        ("2023-03-01-000001-0001_b/notes.md", "why\n"),
    ],
    change: ("{ type = \"text\", index", "{ type = \"text\", unique = true, index"),
    flags: &[],
};

pub(crate) const ALL: [&Layout; 3] = [&TIMESTAMPS, &NUMBERS, &METADATA];

/// One schema in a folder for each dialect, as vaultwarden has it: names in the same words, ways back that are empty.
pub(crate) const DIALECTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "sqlite",
        &[
            (
                "2018-01-14-171611_create_tables/up.sql",
                "CREATE TABLE users (\n  uuid                TEXT        NOT NULL PRIMARY KEY,\n  email               TEXT UNIQUE \
                 NOT NULL,\n  password_hash       BLOB        NOT NULL,\n  password_hint       TEXT\n);\n\n\
                 CREATE TABLE devices (\n  uuid          TEXT        NOT NULL PRIMARY KEY,\n  user_uuid     TEXT        NOT \
                 NULL REFERENCES users (uuid),\n  name          TEXT        NOT NULL\n);\n",
            ),
            ("2018-01-14-171611_create_tables/down.sql", ""),
            ("2020-03-13-205045_add_kdf/up.sql", "ALTER TABLE users ADD COLUMN kdf INTEGER NOT NULL DEFAULT 0;\n"),
            ("2020-03-13-205045_add_kdf/down.sql", ""),
        ],
    ),
    (
        "postgresql",
        &[
            (
                "2019-09-12-100000_create_tables/up.sql",
                "CREATE TABLE users (\n  uuid          TEXT NOT NULL PRIMARY KEY,\n  email         TEXT NOT NULL UNIQUE,\n  \
                 password_hash BYTEA NOT NULL,\n  password_hint TEXT,\n  kdf INTEGER NOT NULL DEFAULT 0\n);\n\n\
                 CREATE TABLE devices (\n  uuid      TEXT NOT NULL PRIMARY KEY,\n  user_uuid TEXT NOT NULL REFERENCES users \
                 (uuid),\n  name      TEXT NOT NULL\n);\n",
            ),
            ("2019-09-12-100000_create_tables/down.sql", "DROP TABLE devices;\nDROP TABLE users;\n"),
        ],
    ),
    (
        "mysql",
        &[("2018-01-14-171611_create_tables/up.sql", "CREATE TABLE users (uuid CHAR(36) NOT NULL PRIMARY KEY);\n")],
    ),
];

const SETUP_UP: &str = "-- This file was automatically created by Diesel to setup helper functions\n-- and other internal \
bookkeeping. This file is safe to edit, any future\n-- changes will be added to existing projects as new migrations.\n\n\n\n\n\
-- Sets up a trigger for the given table to automatically set a column called\n-- `updated_at` whenever the row is modified \
(unless `updated_at` was included\n-- in the modified columns)\n\
CREATE OR REPLACE FUNCTION diesel_manage_updated_at(_tbl regclass) RETURNS VOID AS $$\nBEGIN\n    EXECUTE format('CREATE \
TRIGGER set_updated_at BEFORE UPDATE ON %s\n                    FOR EACH ROW EXECUTE PROCEDURE diesel_set_updated_at()', \
_tbl);\nEND;\n$$ LANGUAGE plpgsql;\n\n\
CREATE OR REPLACE FUNCTION diesel_set_updated_at() RETURNS trigger AS $$\nBEGIN\n    IF (\n        NEW IS DISTINCT FROM OLD \
AND\n        NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at\n    ) THEN\n        NEW.updated_at := current_timestamp;\n    \
END IF;\n    RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n";

const SETUP_DOWN: &str = "DROP FUNCTION IF EXISTS diesel_manage_updated_at(_tbl regclass);\n\
DROP FUNCTION IF EXISTS diesel_set_updated_at();\n";
