//! The keys of the snapshot format: what each is called, what it takes, what it is for.
//!
//! The parser names the section of every table that it reads (`read_keys!`), and does not compile when it reads a key
//! that is not here, or the other way round. The editor's JSON Schema is written from the same constants.

/// A kind of table in a snapshot file.
#[derive(Debug)]
pub struct Section {
    /// Its name among the definitions of the JSON Schema.
    pub name: &'static str,
    /// What it describes: one sentence.
    pub description: &'static str,
    /// Its keys, in the order of the documentation.
    pub keys: &'static [Key],
    /// Keys of which exactly one has to be there.
    pub one_of: &'static [&'static str],
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it means: a sentence or two.
    pub description: &'static str,
    /// What it takes.
    pub value: Form,
    /// Whether it has to be there.
    pub is_required: bool,
    /// What holds when it is not there, as JSON.
    pub default: Option<&'static str>,
    /// Values that people write, as JSON.
    pub examples: &'static [&'static str],
}

/// What a key takes.
#[derive(Debug)]
pub enum Form {
    /// The number of the format.
    Version,
    /// Any text.
    Text,
    /// A text with something in it.
    Name,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of texts with something in it.
    Names,
    /// One of some words.
    Word(&'static [&'static str]),
    /// SQL text, or a text for each dialect.
    Sql,
    /// A text for each dialect, without a common one.
    DialectTexts,
    /// A text, a number, `true`, `false`, or SQL.
    Literal,
    /// A list of columns or expressions of an index.
    IndexElements,
    /// `true`, or a table.
    Switch(&'static Section),
    /// Names with texts, numbers or switches.
    Parameters,
    /// Names with texts.
    Renames,
    /// A table.
    Table(&'static Section),
    /// A list of tables, which may have to have one.
    List(&'static Section, bool),
    /// Names with tables.
    Map(&'static Section),
    /// Names with columns or their types; at least one.
    Columns,
    /// One of several forms.
    Either(&'static [Form]),
}

const fn key(name: &'static str, value: Form, description: &'static str) -> Key {
    Key { name, description, value, is_required: false, default: None, examples: &[] }
}

impl Key {
    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    const fn default(self, json: &'static str) -> Self {
        Self { default: Some(json), ..self }
    }

    const fn examples(self, json: &'static [&'static str]) -> Self {
        Self { examples: json, ..self }
    }
}

/// Whether the names that a reader knows are those of the section, in any order. Runs while the crate is compiled.
pub(crate) const fn has_exactly(section: &Section, names: &[&str]) -> bool {
    if names.len() != section.keys.len() {
        return false;
    }
    let mut place = 0;
    while place < names.len() {
        let mut found = false;
        let mut other = 0;
        while other < section.keys.len() {
            found = found || is_equal(names[place], section.keys[other].name);
            other += 1;
        }
        if !found {
            return false;
        }
        place += 1;
    }
    true
}

const fn is_equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut place = 0;
    while place < a.len() {
        if a[place] != b[place] {
            return false;
        }
        place += 1;
    }
    true
}

const ACTIONS: &[&str] = &["no_action", "restrict", "cascade", "set_null", "set_default"];
/// What a foreign key has, whether it is a column's or a table's.
const FOREIGN_KEY_NAME: Key = key("name", Form::Text, CONSTRAINT_NAME);
const ON_DELETE: Key =
    key("on_delete", Form::Word(ACTIONS), "What happens to referencing rows when the referenced row is deleted.")
        .default("\"no_action\"");
const ON_UPDATE: Key =
    key("on_update", Form::Word(ACTIONS), "What happens to referencing rows when the referenced key changes.")
        .default("\"no_action\"");
const DEFERRABLE: Key = key(
    "deferrable",
    Form::Word(&["immediate", "deferred"]),
    "Lets checking wait for the commit: `\"immediate\"` by request, `\"deferred\"` by default.",
);
const MATCH: Key = key(
    "match",
    Form::Word(&["simple", "full"]),
    "How a composite key with some NULLs is matched: `\"simple\"` passes, `\"full\"` asks for all or none.",
)
.default("\"simple\"");
const CONSTRAINT_NAME: &str = "The constraint's name, instead of the automatic one.";
const COMMENT: &str = "A comment that the database keeps (PostgreSQL).";
const SCHEMA: &str = "The SQL schema; created when it is the first object in it. On SQLite a prefix of the name.";
const SQL_NAME: &str = "The name in SQL, when it differs from the key.";
const RENAMED_FROM: &str = "Hint: the key that it had before. Used once; delete it after the migration is merged.";
const INCLUDE: &str = "Further columns that the index carries (PostgreSQL).";

/// A snapshot file.
pub static FILE: Section = Section {
    name: "snapshot",
    description: "What one domain's part of the database must look like.",
    keys: &[
        key("format", Form::Version, "The version of the snapshot format.").required().examples(&["1"]),
        key("extensions", Form::Texts, "PostgreSQL extensions that must exist.").examples(&["[\"citext\"]"]),
        key("depends_on", Form::Texts, "The domains that this one may reference. Without it, all of them.")
            .examples(&["[\"organization\"]"]),
        key("enums", Form::Map(&ENUM), "Enumerated types by key."),
        key("tables", Form::Map(&TABLE), "Tables by key."),
        key("views", Form::Map(&VIEW), "Views by key."),
        key("objects", Form::Map(&OBJECT), "Any other SQL objects by key: functions, triggers, policies, sequences."),
    ],
    one_of: &[],
};

/// `enums.<name>`.
pub static ENUM: Section = Section {
    name: "enum",
    description: "An enumerated type.",
    keys: &[
        key("values", Form::Names, "The values in their sort order.").required().examples(&["[\"new\", \"open\"]"]),
        key("schema", Form::Text, SCHEMA),
        key("comment", Form::Text, COMMENT),
        key("renamed_from", Form::Name, RENAMED_FROM),
        key(
            "renamed_values",
            Form::Renames,
            "Hint: values that have another name now, `{ old = \"new\" }`. Used once.",
        ),
    ],
    one_of: &[],
};

/// `tables.<name>`.
pub static TABLE: Section = Section {
    name: "table",
    description: "A table.",
    keys: &[
        key("name", Form::Text, SQL_NAME),
        key("schema", Form::Text, SCHEMA),
        key("columns", Form::Columns, "The columns in their order, by name.").required(),
        key(
            "primary_key",
            Form::Either(&[Form::Names, Form::Table(&PRIMARY_KEY)]),
            "The primary key, instead of `primary_key = true` on its columns.",
        )
        .examples(&["[\"ticket\", \"user\"]"]),
        key("unique", Form::List(&UNIQUE, false), "Unique constraints."),
        key("indexes", Form::List(&INDEX, false), "Indexes."),
        key(
            "foreign_keys",
            Form::List(&FOREIGN_KEY, false),
            "Foreign keys, where a column's `references` is not enough.",
        ),
        key("checks", Form::List(&CHECK, false), "Check constraints."),
        key("exclusions", Form::List(&EXCLUSION, false), "Exclusion constraints (PostgreSQL)."),
        key("depends_on", Form::Texts, "Keys of `objects` that must exist before the table."),
        key("comment", Form::Text, COMMENT),
        key("analytics_view", Form::Flag, "Keep a view of this table with every `sensitive` column as NULL.")
            .default("false"),
        key(
            "options",
            Form::Either(&[Form::Text, Form::DialectTexts]),
            "Text after the closing parenthesis of CREATE TABLE. It cannot change later.",
        )
        .examples(&["\"PARTITION BY RANGE (created_at)\"", "{ \"sqlite\": \"WITHOUT ROWID\" }"]),
        key("renamed_from", Form::Name, RENAMED_FROM),
    ],
    one_of: &[],
};

/// An entry of `columns`.
pub static COLUMN: Section = Section {
    name: "column",
    description: "A column. A text alone is its type.",
    keys: &[
        key("type", Form::Either(&[Form::Name, Form::Table(&SQL_TYPE)]), "The type.").required().examples(&[
            "\"text\"",
            "\"numeric(12, 2)\"",
            "\"timestamptz\"",
            "{ \"sql\": \"vector(3)\", \"diesel\": \"pgvector::sql_types::Vector\" }",
        ]),
        key("nullable", Form::Flag, "Whether NULL is allowed.").default("false"),
        key("primary_key", Form::Flag, "Whether the column alone is the primary key.").default("false"),
        key("default", Form::Literal, "The default: a literal, or `{ sql = \"...\" }`.").examples(&[
            "0",
            "\"new\"",
            "{ \"sql\": \"now()\", \"sqlite\": \"CURRENT_TIMESTAMP\" }",
        ]),
        key("unique", Form::Switch(&NAMED), "A unique constraint on the column.").default("false"),
        key("index", Form::Switch(&NAMED), "An index on the column.").default("false"),
        key(
            "references",
            Form::Either(&[Form::Name, Form::Table(&COLUMN_REFERENCE)]),
            "A foreign key: a table's key, `table.column`, or a table with more.",
        )
        .examples(&["\"organization\"", "{ \"table\": \"organization\", \"on_delete\": \"cascade\" }"]),
        key("check", Form::Sql, "A check constraint on the column.").examples(&["\"price > 0\""]),
        key("auto_increment", Form::Flag, "The database counts: an identity on PostgreSQL, AUTOINCREMENT on SQLite.")
            .default("false"),
        key(
            "identity",
            Form::Word(&["always", "by_default"]),
            "PostgreSQL: GENERATED ALWAYS or BY DEFAULT AS IDENTITY.",
        ),
        key("generated", Form::Either(&[Form::Sql, Form::Table(&GENERATED)]), "The expression of a computed column."),
        key("collation", Form::Name, "The collation."),
        key("comment", Form::Text, COMMENT),
        key("sensitive", Form::Flag, "NULL in analytics views, and marked in reports.").default("false"),
        key("renamed_from", Form::Name, RENAMED_FROM),
        key("backfill", Form::Literal, "Hint: what existing rows get. Used once."),
        key("using", Form::Sql, "Hint: the SQL expression that turns old values into the new type. Used once."),
    ],
    one_of: &[],
};

/// `{ sql, diesel }` as a type.
pub static SQL_TYPE: Section = Section {
    name: "sql_type",
    description: "A type that the format does not know, as SQL text.",
    keys: &[
        key("sql", Form::Name, "The type as SQL.").required().examples(&["\"vector(3)\""]),
        key("diesel", Form::Text, "The path of the Diesel type for `schema.rs`.")
            .examples(&["\"pgvector::sql_types::Vector\""]),
    ],
    one_of: &[],
};

/// `generated` as a table.
pub static GENERATED: Section = Section {
    name: "generated",
    description: "A computed column.",
    keys: &[
        key("sql", Form::Text, "The expression."),
        key("postgres", Form::Text, "The expression on PostgreSQL."),
        key("sqlite", Form::Text, "The expression on SQLite."),
        key("mysql", Form::Text, "The expression on MySQL."),
        key("stored", Form::Flag, "Stored on disk, or computed when it is read (SQLite).").default("true"),
    ],
    one_of: &[],
};

/// SQL text for each dialect.
pub static SQL_TEXTS: Section = Section {
    name: "sql",
    description: "SQL text; the dialect's own key wins.",
    keys: &[
        key("sql", Form::Text, "The text on every database."),
        key("postgres", Form::Text, "The text on PostgreSQL."),
        key("sqlite", Form::Text, "The text on SQLite."),
        key("mysql", Form::Text, "The text on MySQL."),
    ],
    one_of: &[],
};

/// `options` for each dialect.
pub static OPTIONS: Section = Section {
    name: "options",
    description: "Options of a table for each dialect.",
    keys: &[
        key("postgres", Form::Text, "On PostgreSQL."),
        key("sqlite", Form::Text, "On SQLite."),
        key("mysql", Form::Text, "On MySQL."),
    ],
    one_of: &[],
};

/// `{ name = "..." }` of `unique` and `index` of a column.
pub static NAMED: Section = Section {
    name: "named",
    description: "A constraint or index with a name of its own.",
    keys: &[key("name", Form::Text, "The name, instead of the automatic one.")],
    one_of: &[],
};

/// `references` of a column as a table.
pub static COLUMN_REFERENCE: Section = Section {
    name: "column_reference",
    description: "The foreign key of a column.",
    keys: &[
        key("table", Form::Text, "The key of the referenced table.").required(),
        key("column", Form::Text, "The referenced column; without it the table's primary key of one column."),
        FOREIGN_KEY_NAME,
        ON_DELETE,
        ON_UPDATE,
        DEFERRABLE,
        MATCH,
    ],
    one_of: &[],
};

/// `primary_key` as a table.
pub static PRIMARY_KEY: Section = Section {
    name: "primary_key",
    description: "A primary key with a name of its own.",
    keys: &[
        key("columns", Form::Names, "The columns in the order of the key.").required(),
        key("name", Form::Text, CONSTRAINT_NAME),
    ],
    one_of: &[],
};

/// An element of `unique`.
pub static UNIQUE: Section = Section {
    name: "unique",
    description: "A unique constraint.",
    keys: &[
        key("columns", Form::Names, "The columns.").required(),
        key("name", Form::Text, CONSTRAINT_NAME),
        key("where", Form::Sql, "Only rows for which this is true: it becomes a partial unique index."),
        key("nulls_not_distinct", Form::Flag, "NULLs are equal to each other (PostgreSQL 15).").default("false"),
        DEFERRABLE,
        key("include", Form::Texts, INCLUDE),
    ],
    one_of: &[],
};

/// An element of `indexes`.
pub static INDEX: Section = Section {
    name: "index",
    description: "An index.",
    keys: &[
        key("columns", Form::IndexElements, "Columns and expressions in their order.").required(),
        key("name", Form::Text, "The index's name, instead of the automatic one."),
        key("unique", Form::Flag, "Whether no two rows may have the same values.").default("false"),
        key("where", Form::Sql, "Only rows for which this is true are in the index."),
        key("using", Form::Name, "The index method (PostgreSQL).")
            .default("\"btree\"")
            .examples(&["\"gin\"", "\"hash\""]),
        key("include", Form::Texts, INCLUDE),
        key("with", Form::Parameters, "Storage parameters (PostgreSQL).").examples(&["{ \"fillfactor\": 70 }"]),
    ],
    one_of: &[],
};

/// An element of an index.
pub static INDEX_ELEMENT: Section = Section {
    name: "index_element",
    description: "A column or an expression of an index.",
    keys: &[
        key("column", Form::Text, "The column."),
        key("expression", Form::Sql, "The expression, instead of a column."),
        key("order", Form::Word(&["asc", "desc"]), "The order.").default("\"asc\""),
        key("nulls", Form::Word(&["first", "last"]), "Where NULLs sort."),
        key("opclass", Form::Name, "The operator class (PostgreSQL)."),
        key("collation", Form::Name, "The collation."),
    ],
    one_of: &["column", "expression"],
};

/// An element of `foreign_keys`.
pub static FOREIGN_KEY: Section = Section {
    name: "foreign_key",
    description: "A foreign key.",
    keys: &[
        key("columns", Form::Names, "The referencing columns.").required(),
        key("references", Form::Table(&TABLE_REFERENCE), "What they reference.").required(),
        FOREIGN_KEY_NAME,
        ON_DELETE,
        ON_UPDATE,
        DEFERRABLE,
        MATCH,
    ],
    one_of: &[],
};

/// `references` of a foreign key.
pub static TABLE_REFERENCE: Section = Section {
    name: "table_reference",
    description: "What a foreign key references.",
    keys: &[
        key("table", Form::Text, "The key of the referenced table.").required(),
        key("columns", Form::Names, "The referenced columns; without them the table's primary key."),
    ],
    one_of: &[],
};

/// An element of `checks`.
pub static CHECK: Section = Section {
    name: "check",
    description: "A check constraint.",
    keys: &[
        key("name", Form::Text, "The constraint's name.").required(),
        key("expression", Form::Sql, "What has to be true for every row.").required(),
    ],
    one_of: &[],
};

/// An element of `exclusions`.
pub static EXCLUSION: Section = Section {
    name: "exclusion",
    description: "An exclusion constraint (PostgreSQL).",
    keys: &[
        key("name", Form::Text, "The constraint's name.").required(),
        key("using", Form::Name, "The index method.").required().examples(&["\"gist\""]),
        key("elements", Form::List(&EXCLUSION_ELEMENT, true), "What is compared, and how.").required(),
        key("where", Form::Sql, "Only rows for which this is true."),
    ],
    one_of: &[],
};

/// An element of an exclusion constraint.
pub static EXCLUSION_ELEMENT: Section = Section {
    name: "exclusion_element",
    description: "A column or an expression, and the operator that must not hold between two rows.",
    keys: &[
        key("column", Form::Text, "The column."),
        key("expression", Form::Sql, "The expression, instead of a column."),
        key("with", Form::Sql, "The operator.").required().examples(&["\"&&\"", "\"=\""]),
    ],
    one_of: &["column", "expression"],
};

/// `views.<name>`.
pub static VIEW: Section = Section {
    name: "view",
    description: "A view.",
    keys: &[
        key("query", Form::Sql, "The query.").required(),
        key("name", Form::Text, SQL_NAME),
        key("schema", Form::Text, SCHEMA),
        key("materialized", Form::Flag, "Whether its rows are kept (PostgreSQL).").default("false"),
        key("comment", Form::Text, COMMENT),
        key("depends_on", Form::Texts, "Tables and views that it reads; without it they are found in the query."),
        key("indexes", Form::List(&INDEX, false), "Indexes of a materialized view."),
    ],
    one_of: &[],
};

/// `objects.<name>`.
pub static OBJECT: Section = Section {
    name: "object",
    description: "Any other SQL object, tracked by its text: a change runs the old `drop`, then the new `create`.",
    keys: &[
        key("create", Form::Sql, "The SQL that creates it.").required(),
        key("drop", Form::Sql, "The SQL that drops it.").required(),
        key("depends_on", Form::Texts, "Keys of tables, views and objects that must exist before it."),
    ],
    one_of: &[],
};
