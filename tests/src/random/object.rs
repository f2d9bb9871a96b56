//! The SQL of objects. It must not know what else is in a snapshot.

use super::draft::{Draft, Id, Object, ObjectForm};
use super::text::{literal, quoted, table_name, written};

/// What the object is about.
pub(crate) fn needs(object: &Object) -> Vec<Id> {
    match &object.form {
        ObjectForm::Function | ObjectForm::Sequence | ObjectForm::TriggerFunction => Vec::new(),
        ObjectForm::Trigger { table, function, .. } => [Some(*table), *function].into_iter().flatten().collect(),
        ObjectForm::Policy { table, .. } => vec![*table],
    }
}

/// A default that uses it.
pub(crate) fn call(draft: &Draft, id: Id) -> String {
    let object = &draft.objects[&id];
    match object.form {
        ObjectForm::Sequence => format!("nextval({})", literal(&quoted(&object.key))),
        _ => format!("{}()", quoted(&object.key)),
    }
}

/// The text of `create`.
pub(crate) fn create(draft: &Draft, object: &Object) -> String {
    let (name, version) = (quoted(&object.key), object.version);
    match &object.form {
        ObjectForm::Function => {
            format!("CREATE FUNCTION {name}() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT {version}'")
        }
        ObjectForm::Sequence => format!("CREATE SEQUENCE {name} AS bigint INCREMENT BY {}", version + 1),
        ObjectForm::TriggerFunction => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    -- version {version}; nothing to do\n    RETURN NEW;\nEND\n$$"
        ),
        ObjectForm::Trigger { table, function, column } => {
            let table = &draft.tables[table];
            let of = column.and_then(|id| table.column(id)).map(|column| format!(" OF {}", written(&column.name)));
            let events = format!("UPDATE{}", of.unwrap_or_default());
            match function {
                Some(function) => format!(
                    "CREATE TRIGGER {name} BEFORE INSERT OR {events} ON {} FOR EACH ROW WHEN ({version} > 0) EXECUTE FUNCTION {}()",
                    table_name(draft, table),
                    quoted(&draft.objects[function].key)
                ),
                None => format!(
                    "CREATE TRIGGER {name} AFTER {events} ON {} BEGIN\n    SELECT {version};\nEND",
                    table_name(draft, table)
                ),
            }
        }
        ObjectForm::Policy { table, column } => {
            let table = &draft.tables[table];
            let column = table.column(*column).map(|column| written(&column.name)).unwrap_or_default();
            let table = table_name(draft, table);
            format!(
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\nCREATE POLICY {name} ON {table} USING ({column} IS NOT NULL OR {version} = 0)"
            )
        }
    }
}

/// The text of `drop`.
pub(crate) fn drop(draft: &Draft, object: &Object) -> String {
    let name = quoted(&object.key);
    match &object.form {
        ObjectForm::Function | ObjectForm::TriggerFunction => format!("DROP FUNCTION {name}()"),
        ObjectForm::Sequence => format!("DROP SEQUENCE {name}"),
        ObjectForm::Trigger { table, .. } if draft.is_postgres() => {
            format!("DROP TRIGGER {name} ON {}", table_name(draft, &draft.tables[table]))
        }
        ObjectForm::Trigger { .. } => format!("DROP TRIGGER {name}"),
        ObjectForm::Policy { table, .. } => {
            let table = table_name(draft, &draft.tables[table]);
            format!("DROP POLICY {name} ON {table};\nALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        }
    }
}
