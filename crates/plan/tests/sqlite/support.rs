//! A database that migrations are run on as the runner does, and short ways to write down tables.
//!
//! Foreign keys are enforced, as an application has it: that is when a careless rebuild deletes rows.

use makemigrations_plan::{
    dialect,
    model::{
        Action, Check, Column, DataType, DefaultValue, Dialect, Domain, ForeignKey, Identity, Index, IndexColumn,
        Match, Object, PrimaryKey, Schema, Table, Unique, View,
    },
    operation::{Add, AddColumn, AlterColumn, CreateTable, DropColumn, Operation, apply_all, inverse},
};
use makemigrations_sql::quote_identifier;
use rusqlite::{Connection, types::Value};

pub(crate) struct Database {
    pub(crate) schema: Schema,
    connection: Connection,
}

/// What a script came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    InTransaction,
    OnItsOwn,
}

impl Database {
    pub(crate) fn new(tables: impl IntoIterator<Item = Table>) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        let mut database = Self { schema: Schema::empty(Dialect::Sqlite), connection };
        let creates: Vec<_> = tables.into_iter().map(create).collect();
        database.up(&creates);
        database
    }

    pub(crate) fn script(&self, operations: &[Operation]) -> (String, bool) {
        let script = dialect::script(Dialect::Sqlite, &self.schema, operations).unwrap();
        let mut text = String::new();
        for block in script.blocks {
            text.push_str(&format!("-- {}\n", block.comment));
            block.statements.iter().for_each(|statement| text.push_str(&format!("{statement};\n")));
        }
        (text, script.in_transaction)
    }

    /// Runs operations; after an error everything is as before.
    pub(crate) fn run(&mut self, operations: &[Operation]) -> Result<Ran, String> {
        let (text, in_transaction) = self.script(operations);
        let batch = if in_transaction { format!("BEGIN;\n{text}COMMIT;") } else { text };
        if let Err(error) = self.connection.execute_batch(&batch) {
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK").unwrap();
            }
            self.connection.execute_batch("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON").unwrap();
            return Err(format!("{error}\n{batch}"));
        }
        assert!(self.connection.is_autocommit());
        assert_eq!(self.rows("PRAGMA foreign_keys"), "1");
        assert_eq!(self.rows("PRAGMA legacy_alter_table"), "0");
        assert_eq!(self.rows("SELECT name FROM sqlite_temp_master"), "");
        self.schema = apply_all(&self.schema, operations).unwrap();
        Ok(if in_transaction { Ran::InTransaction } else { Ran::OnItsOwn })
    }

    pub(crate) fn up(&mut self, operations: &[Operation]) -> Ran {
        self.run(operations).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Up, then down; the database must be what it was.
    pub(crate) fn up_and_down(&mut self, operations: &[Operation]) -> (Ran, Ran) {
        let before = self.everything();
        let back = inverse(&self.schema, operations).unwrap();
        let up = self.up(operations);
        let down = self.up(&back);
        assert_eq!(self.everything(), before);
        (up, down)
    }

    /// The same for scripts that rename: SQLite then writes names anew, in quotes.
    pub(crate) fn up_and_down_in_substance(&mut self, operations: &[Operation]) -> (Ran, Ran) {
        let substance = |database: &Self| {
            let kept = |c: &char| *c != '"' && !c.is_whitespace();
            database.everything().chars().filter(kept).collect::<String>()
        };
        let before = substance(self);
        let back = inverse(&self.schema, operations).unwrap();
        let up = self.up(operations);
        let down = self.up(&back);
        assert_eq!(substance(self), before);
        (up, down)
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    pub(crate) fn refused(&self, sql: &str) -> String {
        self.connection.execute_batch(sql).unwrap_err().to_string()
    }

    /// Values with `|` between, rows with line ends between.
    pub(crate) fn rows(&self, query: &str) -> String {
        let mut statement = self.connection.prepare(query).unwrap_or_else(|error| panic!("{error}\n{query}"));
        let width = statement.column_count();
        let text = |value| match value {
            Value::Null => "NULL".to_owned(),
            Value::Integer(value) => value.to_string(),
            Value::Real(value) => value.to_string(),
            Value::Text(value) => value,
            Value::Blob(value) => format!("{value:?}"),
        };
        let rows = statement
            .query_map([], |row| (0..width).map(|index| row.get(index).map(text)).collect::<Result<Vec<_>, _>>());
        rows.unwrap().map(|row| row.unwrap().join("|")).collect::<Vec<_>>().join("\n")
    }

    /// All texts of the schema and all rows. `DROP COLUMN` takes the line end before the last parenthesis along.
    pub(crate) fn everything(&self) -> String {
        let mut text = self.rows(
            "SELECT type, name, tbl_name, replace(sql, char(10) || ')', ')') FROM sqlite_master ORDER BY type, name",
        );
        for table in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").lines() {
            text.push_str(&format!(
                "\n{table}\n{}",
                self.rows(&format!("SELECT * FROM {} ORDER BY 1", quote_identifier(table)))
            ));
        }
        text
    }
}

pub(crate) fn domain() -> Domain {
    Domain::new("house").unwrap()
}

/// A table with a key `id` that counts, and columns.
pub(crate) fn table(name: &str, columns: &[(&str, Column)]) -> Table {
    let mut table = Table::new(domain(), name);
    table.columns.insert("id".to_owned(), counter());
    table.columns.extend(columns.iter().map(|(name, column)| ((*name).to_owned(), column.clone())));
    key(table, &["id"])
}

pub(crate) fn counter() -> Column {
    Column { identity: Some(Identity::AutoIncrement), ..Column::new(DataType::Bigint, false) }
}

pub(crate) fn key(mut table: Table, columns: &[&str]) -> Table {
    table.primary_key = Some(PrimaryKey { name: format!("{}_pkey", table.name), columns: names(columns) });
    table
}

pub(crate) fn unique(mut table: Table, columns: &[&str]) -> Table {
    let unique = Unique { columns: names(columns), nulls_not_distinct: false, deferrable: None, include: Vec::new() };
    table.unique.insert(format!("{}_{}_key", table.name, columns.join("_")), unique);
    table
}

pub(crate) fn indexed(mut table: Table, column: &str) -> Table {
    table.indexes.insert(format!("{}_{column}_idx", table.name), index(column));
    table
}

pub(crate) fn index(column: &str) -> Index {
    Index {
        columns: vec![IndexColumn::plain(column)],
        unique: false,
        nulls_not_distinct: false,
        predicate: None,
        method: None,
        include: Vec::new(),
        with: Default::default(),
    }
}

pub(crate) fn foreign_key(columns: &[&str], target: &str, references: &[&str], on_delete: Action) -> ForeignKey {
    ForeignKey {
        columns: names(columns),
        table: target.to_owned(),
        references: names(references),
        on_delete,
        on_update: Action::NoAction,
        deferrable: None,
        match_type: Match::Simple,
    }
}

/// `column` references `target.id`.
pub(crate) fn references(mut table: Table, column: &str, target: &str, on_delete: Action) -> Table {
    let name = format!("{}_{column}_fkey", table.name);
    table.foreign_keys.insert(name, foreign_key(&[column], target, &["id"], on_delete));
    table
}

pub(crate) fn checked(mut table: Table, name: &str, expression: &str) -> Table {
    table.checks.insert(name.to_owned(), Check { expression: expression.to_owned() });
    table
}

pub(crate) fn text() -> Column {
    Column::new(DataType::Text, false)
}

pub(crate) fn integer() -> Column {
    Column::new(DataType::Integer, false)
}

pub(crate) fn nullable(column: Column) -> Column {
    Column { nullable: true, ..column }
}

pub(crate) fn default(column: Column, sql: &str) -> Column {
    Column { default: Some(DefaultValue::Expression(sql.to_owned())), ..column }
}

pub(crate) fn create(table: Table) -> Operation {
    CreateTable { key: table.name.clone(), definition: table }.into()
}

pub(crate) fn add_column(table: &str, column: &str, definition: Column, backfill: Option<&str>) -> Operation {
    let (table, column) = (table.to_owned(), column.to_owned());
    AddColumn { table, column, definition, backfill: backfill.map(str::to_owned) }.into()
}

pub(crate) fn drop_column(table: &str, column: &str) -> Operation {
    DropColumn { table: table.to_owned(), column: column.to_owned() }.into()
}

pub(crate) fn alter_column(table: &str, column: &str, definition: Column) -> AlterColumn {
    AlterColumn { table: table.to_owned(), column: column.to_owned(), definition, backfill: None, using: None }
}

pub(crate) fn add<D>(table: &str, name: &str, definition: D) -> Operation
where
    Operation: From<Add<D>>,
{
    Add { table: table.to_owned(), name: name.to_owned(), definition }.into()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn column(data_type: DataType) -> Column {
    Column::new(data_type, false)
}

pub(crate) fn view(name: &str, query: &str) -> View {
    View {
        domain: domain(),
        name: name.to_owned(),
        schema: None,
        query: query.to_owned(),
        materialized: false,
        comment: None,
        depends_on: Default::default(),
        indexes: Default::default(),
    }
}

pub(crate) fn object(create: &str, drop: &str) -> Object {
    Object { domain: domain(), create: create.to_owned(), drop: drop.to_owned(), depends_on: Default::default() }
}
