//! What the planner says of changes of a type, against real databases: values of every type become every other type and
//! come back, with the SQL that migrations have. It must not decide itself what a conversion does.

use makemigrations_plan::{
    dialect,
    model::{Cast, Column, Conversion, DataType, Dialect, Domain, Schema, Table},
    operation::{AlterColumn, CreateTable, Operation, apply_all, inverse},
};
use makemigrations_tests::database::{Database, Engine};

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Held,
    Altered,
    Failed,
    /// It could not be converted back.
    OneWay,
}

fn table(dialect: Dialect, data_type: &DataType) -> Schema {
    let mut table = Table::new(Domain::new("d").unwrap(), "t");
    table.columns.insert("v".to_owned(), Column::new(data_type.clone(), true));
    Schema { tables: [("t".to_owned(), table)].into(), ..Schema::empty(dialect) }
}

fn retype(to: &DataType) -> Vec<Operation> {
    let definition = Column::new(to.clone(), true);
    vec![AlterColumn { table: "t".into(), column: "v".into(), definition, backfill: None, using: None }.into()]
}

/// A script as one text, and whether it needs a transaction around it.
fn script(dialect: Dialect, before: &Schema, operations: &[Operation]) -> (String, bool) {
    let script = dialect::script(dialect, before, operations).unwrap();
    let statements = script.blocks.into_iter().flat_map(|block| block.statements);
    (statements.map(|statement| format!("{statement};\n")).collect(), script.in_transaction)
}

fn scripts(dialect: Dialect, from: &DataType, to: &DataType) -> [(String, bool); 3] {
    let (before, up) = (table(dialect, from), retype(to));
    let definition = before.tables["t"].clone();
    let create: Operation = CreateTable { key: "t".into(), definition }.into();
    let (after, down) = (apply_all(&before, &up).unwrap(), inverse(&before, &up).unwrap());
    [script(dialect, &Schema::empty(dialect), &[create]), script(dialect, &before, &up), script(dialect, &after, &down)]
}

/// Complains when the database does something else than the planner says.
fn judge(dialect: Dialect, from: &DataType, to: &DataType, values: &[&str], outcomes: &[Outcome]) -> Vec<String> {
    let said = from.conversion_to(to, dialect);
    let wrong = values.iter().zip(outcomes).filter(|(value, outcome)| match (said, outcome) {
        (_, Outcome::Held) | (Conversion::Unknown, _) => false,
        (Conversion::Holds, Outcome::Failed | Outcome::Altered | Outcome::OneWay) => true,
        // Blanks at the end are cut in silence, by the SQL standard's rule.
        (Conversion::Refuses, Outcome::Altered) => {
            !(value.ends_with(" '") && matches!(to, DataType::Varchar(Some(_))) && dialect == Dialect::Postgres)
        }
        (Conversion::Refuses, Outcome::Failed | Outcome::OneWay) => false,
        (Conversion::Alters(alteration), Outcome::Failed) => !alteration.may_fail,
        (Conversion::Alters(_), Outcome::Altered | Outcome::OneWay) => false,
    });
    let mut found: Vec<_> =
        wrong.map(|(value, outcome)| format!("{from} -> {to}, {value}: {said:?}, and it is {outcome:?}")).collect();
    let is_lossy = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Altered | Outcome::OneWay));
    // Short texts spell nothing that could be spelled in another way.
    let is_short = matches!(from, DataType::Varchar(Some(3)) | DataType::Char(_));
    if said.alteration().is_some() && !is_lossy && !is_short {
        found.push(format!("{from} -> {to}: {said:?}, and no value of {values:?} is altered"));
    }
    found
}

fn numeric(precision: u16, scale: i16) -> DataType {
    DataType::Numeric(Some((precision, Some(scale))))
}

/// Types that both databases have, with values of each.
fn types() -> Vec<(DataType, Vec<&'static str>)> {
    const INTEGERS: [&str; 5] = ["0", "1", "-7", "2", "32767"];
    const NUMBERS: [&str; 5] = ["0", "1", "-1.5", "2.25", "0.1"];
    const TEXTS: [&str; 18] = [
        "'007'",
        "'yes'",
        "'abc'",
        "'1.50'",
        "' 5'",
        "''",
        "'2024-1-5'",
        "'ab   '",
        "'a\\\\b'",
        "'{\"b\":1,\"a\":2,\"a\":3}'",
        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        "'10:00:00.123456'",
        "'10:00'",
        "' 10.0.0.1'",
        "'[1,5]'",
        "'{1, 2}'",
        "'x1'",
        "'ABCD::1'",
    ];
    const MOMENTS: [&str; 2] = ["'2024-03-04 12:34:56.789123'", "'2024-03-04 00:00:00'"];
    vec![
        (DataType::Smallint, INTEGERS.to_vec()),
        (DataType::Integer, [&INTEGERS[..], &["2147483647", "16777217"]].concat()),
        (DataType::Bigint, [&INTEGERS[..], &["9223372036854775807", "9007199254740993"]].concat()),
        (DataType::Real, [&NUMBERS[..], &["1.2345678", "3e20"]].concat()),
        (DataType::Double, [&NUMBERS[..], &["0.30000000000000004", "1.2345678901234567", "3e200"]].concat()),
        (DataType::Numeric(None), [&NUMBERS[..], &["12345678901234567890.125", "1.50", "9007199254740993"]].concat()),
        (numeric(6, 2), [&NUMBERS[..4], &["1234.56"]].concat()),
        (numeric(12, 4), [&NUMBERS[..], &["12345678.1234", "1.2345"]].concat()),
        (numeric(30, 0), vec!["0", "123456789012345678901234567890", "9007199254740993"]),
        (DataType::Boolean, vec!["true", "false"]),
        (DataType::Text, TEXTS.to_vec()),
        (DataType::Varchar(None), TEXTS.to_vec()),
        (DataType::Varchar(Some(40)), TEXTS.to_vec()),
        (DataType::Varchar(Some(3)), vec!["'abc'", "'007'", "'a  '", "''"]),
        (DataType::Date, vec!["'2024-03-04'"]),
        (DataType::Time(None), vec!["'12:34:56.789123'", "'00:00:00'"]),
        (DataType::Timestamp(None), MOMENTS.to_vec()),
        (DataType::Timestamptz(None), MOMENTS.to_vec()),
        (DataType::Uuid, vec!["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
        (DataType::Json, vec!["'{\"b\":1,\"a\":2,\"a\":3}'", "'1'", "'\"a\"'", "'[1, 2]'"]),
        (DataType::Jsonb, vec!["'{\"a\":1}'", "'1'", "'\"a\"'"]),
    ]
}

fn postgres_types() -> Vec<(DataType, Vec<&'static str>)> {
    let array = |element: DataType| DataType::Array(Box::new(element));
    let mut types = types();
    types.extend([
        (DataType::Char(3), vec!["'abc'", "'a'", "'1'"]),
        (DataType::Char(40), vec!["'abc'", "'a'"]),
        (DataType::Bytes, vec!["'\\x6162'", "'\\x00ff'"]),
        (DataType::Time(Some(0)), vec!["'12:34:56'"]),
        (DataType::Timetz(None), vec!["'12:34:56.789+02'", "'00:00:00+00'"]),
        (DataType::Timestamp(Some(0)), vec!["'2024-03-04 12:34:56'"]),
        (DataType::Timestamptz(Some(3)), vec!["'2024-03-04 12:34:56.789'"]),
        (DataType::Interval(None), vec!["'1 day 02:03:04.567891'", "'02:00:00'"]),
        (DataType::Interval(Some(0)), vec!["'1 day 02:03:04'"]),
        (DataType::Bit(3), vec!["B'101'"]),
        (DataType::Varbit(Some(5)), vec!["B'101'", "B'10101'"]),
        (DataType::Postgres("inet"), vec!["'192.168.1.5/24'", "'10.0.0.1'"]),
        (DataType::Postgres("cidr"), vec!["'192.168.1.0/24'"]),
        (DataType::Postgres("tsvector"), vec!["'a:1 b:2'"]),
        (DataType::Postgres("money"), vec!["'12.34'"]),
        (DataType::Postgres("int4range"), vec!["'[1,5)'"]),
        (array(DataType::Integer), vec!["'{1,70000}'", "'{}'"]),
        (array(DataType::Smallint), vec!["'{1,2}'"]),
        (array(DataType::Text), vec!["'{a,007}'", "'{1}'", "'{007}'"]),
        (array(numeric(6, 2)), vec!["'{1.25,2.5}'"]),
    ]);
    types
}

#[test]
fn postgres_does_what_is_said() {
    let database = Database::new(Engine::Postgres, "conversions");
    database.execute(
        "CREATE FUNCTION tried(made text, value text, up text, down text) RETURNS text LANGUAGE plpgsql AS $$
         DECLARE was text; became text;
         BEGIN
             DROP TABLE IF EXISTS t;
             EXECUTE made;
             EXECUTE 'INSERT INTO t VALUES (' || value || ')';
             EXECUTE 'SELECT v::text FROM t' INTO was;
             BEGIN EXECUTE up; EXCEPTION WHEN OTHERS THEN RETURN 'Failed'; END;
             BEGIN EXECUTE down; EXCEPTION WHEN OTHERS THEN RETURN 'OneWay'; END;
             EXECUTE 'SELECT v::text FROM t' INTO became;
             RETURN CASE WHEN was = became THEN 'Held' ELSE 'Altered' END;
         END $$",
    );
    let types = postgres_types();
    let mut wrong = Vec::new();
    for (from, values) in &types {
        for (to, _) in types.iter().filter(|(to, _)| from != to && from.cast_to(to) != Cast::None) {
            let [made, up, down] = scripts(Dialect::Postgres, from, to).map(|(text, _)| quoted(&text));
            let tries: Vec<_> =
                values.iter().map(|value| format!("tried({made}, {}, {up}, {down})", quoted(value))).collect();
            let rows = database.rows(&format!("SELECT {}", tries.join(", ")));
            let outcomes: Vec<_> = rows[0].iter().map(|text| outcome(text.as_deref().unwrap())).collect();
            wrong.extend(judge(Dialect::Postgres, from, to, values, &outcomes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn quoted(text: &str) -> String {
    format!("$quoted${text}$quoted$")
}

fn outcome(text: &str) -> Outcome {
    match text {
        "Held" => Outcome::Held,
        "Altered" => Outcome::Altered,
        "Failed" => Outcome::Failed,
        "OneWay" => Outcome::OneWay,
        other => panic!("{other}"),
    }
}

#[test]
fn sqlite_does_what_is_said() {
    let types = types();
    let mut wrong = Vec::new();
    for (from, values) in &types {
        for (to, _) in types.iter().filter(|(to, _)| from != to && from.cast_to(to) != Cast::None) {
            let [made, up, down] = scripts(Dialect::Sqlite, from, to);
            let outcomes: Vec<_> = values.iter().map(|value| on_sqlite(&made.0, value, &up, &down)).collect();
            wrong.extend(judge(Dialect::Sqlite, from, to, values, &outcomes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn on_sqlite(made: &str, value: &str, up: &(String, bool), down: &(String, bool)) -> Outcome {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let run = |(text, in_transaction): &(String, bool)| {
        database.execute_batch(&if *in_transaction { format!("BEGIN;\n{text}COMMIT;") } else { text.clone() })
    };
    let value_now = || database.query_row("SELECT quote(v) FROM t", [], |row| row.get::<_, String>(0)).unwrap();
    database.execute_batch(made).unwrap();
    database.execute_batch(&format!("INSERT INTO t VALUES ({value})")).unwrap();
    let was = value_now();
    if run(up).is_err() {
        return Outcome::Failed;
    }
    if run(down).is_err() {
        return Outcome::OneWay;
    }
    if value_now() == was { Outcome::Held } else { Outcome::Altered }
}
