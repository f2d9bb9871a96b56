//! An enum type that loses a value or gets another order: it is made anew, and its columns move over.
//!
//! What the rows must not have any more is counted before anything is touched.

use makemigrations_sql::{TokenKind, quote_identifier, tokens};

use super::{column, comment, data_type, dependents, enumeration, guard, privilege, run};
use crate::{
    dialect::text::qualified,
    model::{Column, DataType, DefaultValue, Dialect, Enum, Schema, name::limit},
    operation::{AlterColumn, Contradiction, Operation, SetEnumValues, inverse},
};

/// The type with these values. Expressions over its columns, computed columns and foreign keys
/// between them are dropped and re-created.
pub(super) fn with_values(schema: &Schema, key: &str, values: &[String]) -> Result<Vec<String>, Contradiction> {
    let before = enumeration::find(schema, key)?;
    let definition = Enum { values: values.to_vec(), ..before.clone() };
    let lost: Vec<_> = before.values.iter().filter(|value| !values.contains(value)).map(String::as_str).collect();
    let is_stored = |(table, name): &(&str, &str)| schema.tables[*table].columns[*name].generated.is_none();
    let columns: Vec<_> = schema.columns_of_enum(key).filter(is_stored).collect();
    let mut sql: Vec<_> = guard::of_labels(schema, &columns, &lost).into_iter().collect();

    let dependents = dependents::of_enum(schema, key);
    let back = inverse(schema, &dependents)?;
    let mut current = schema.clone();
    sql.extend(run(&mut current, &dependents)?);
    let (name, old) = (enumeration::sql_name(key, &definition), free_name(schema, key));
    let old_type = qualified(definition.schema.as_deref(), &old);
    sql.push(format!("ALTER TYPE {name} RENAME TO {}", quote_identifier(&old)));
    sql.push(enumeration::create_type(key, &definition));
    for (table, column) in current.columns_of_enum(key) {
        sql.extend(move_over(&current, table, column, &name, values));
    }
    sql.push(privilege::of_type(&old_type, &name));
    sql.push(format!("DROP TYPE {old_type}"));
    let text = definition.comment.as_deref();
    sql.extend(text.map(|text| comment::on_enum(key, &definition, Some(text))));

    current.enums.insert(key.to_owned(), definition);
    sql.extend(run(&mut current, &back)?);
    Ok(sql)
}

/// A default that the new type does not have stays away: what changes it comes later.
fn move_over(schema: &Schema, table: &str, name: &str, enum_name: &str, values: &[String]) -> Vec<String> {
    let (owner, quoted) = (&schema.tables[table], quote_identifier(name));
    let used = &owner.columns[name];
    let to = data_type::sql(schema, &used.data_type);
    let text = to.replacen(enum_name, "text", 1);
    let mut sql = Vec::new();
    if used.default.is_some() {
        sql.push(column::alter_column(owner, name, "DROP DEFAULT"));
    }
    sql.push(column::alter_column(owner, name, &format!("TYPE {to} USING {quoted}::{text}::{to}")));
    let default = used.default.iter().filter(|_| labels(used).iter().all(|label| values.contains(label)));
    sql.extend(default.map(|default| column::set_default(owner, name, default)));
    sql
}

/// The operation that does the work of consecutive ones, each of which would make the same type anew: once is enough.
pub(super) fn together(schema: &Schema, operation: &Operation, later: &[Operation]) -> Option<Operation> {
    let key = remakes(operation)?;
    let mut values = schema.enums.get(key)?.values.clone();
    let same = later.iter().take_while(|later| remakes(later) == Some(key));
    for operation in std::iter::once(operation).chain(same) {
        if let Operation::DropEnumValue(drop) = operation {
            values.retain(|value| value != &drop.value);
        } else if let Operation::SetEnumValues(set) = operation {
            values.clone_from(&set.values);
        }
    }
    Some(SetEnumValues { key: key.to_owned(), values }.into())
}

/// Whether the operation before this one has done its work, see [`together`].
pub(super) fn is_done(previous: Option<&Operation>, operation: &Operation) -> bool {
    remakes(operation).is_some_and(|key| previous.and_then(remakes) == Some(key))
}

/// The enum that the operation makes anew.
pub(super) fn remakes(operation: &Operation) -> Option<&str> {
    if let Operation::DropEnumValue(drop) = operation {
        Some(&drop.key)
    } else if let Operation::SetEnumValues(set) = operation {
        Some(&set.key)
    } else {
        None
    }
}

/// The change without its default, when the type gets the value only from a later operation, which then sets it.
pub(super) fn without_early_default(schema: &Schema, operation: &Operation, later: &[Operation]) -> Option<Operation> {
    let Operation::AlterColumn(alter) = operation else { return None };
    let key = alter.definition.data_type.enum_key()?;
    let known = &schema.enums.get(key)?.values;
    let comes = |label: &String| {
        later.iter().any(|later| {
            if let Operation::SetEnumValues(set) = later { set.key == key && set.values.contains(label) } else { false }
        })
    };
    let is_early = labels(&alter.definition).iter().any(|label| !known.contains(label) && comes(label));
    let definition = Column { default: None, ..alter.definition.clone() };
    is_early.then(|| AlterColumn { definition, ..alter.clone() }.into())
}

/// The labels that the default consists of; none when it is more than one literal.
fn labels(column: &Column) -> Vec<String> {
    let text = match &column.default {
        Some(DefaultValue::Text(text)) => Some(text.clone()),
        Some(DefaultValue::Expression(text)) => literal(text),
        Some(DefaultValue::Number(_) | DefaultValue::Boolean(_)) | None => None,
    };
    let Some(text) = text else { return Vec::new() };
    match &column.data_type {
        DataType::Array(_) => items(&text),
        _ => vec![text],
    }
}

/// The items of an array's text, `{a,"b c",{d}}`; what is between braces of its own counts like the rest.
fn items(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut item = String::new();
    let (mut is_quoted, mut was_quoted) = (false, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => item.extend(characters.next()),
            '"' => {
                if !was_quoted {
                    item.clear();
                }
                (is_quoted, was_quoted) = (!is_quoted, true);
            }
            '{' if !is_quoted => {}
            ',' | '}' if !is_quoted => {
                let plain = item.trim();
                if was_quoted {
                    found.push(std::mem::take(&mut item));
                } else if !plain.is_empty() && !plain.eq_ignore_ascii_case("null") {
                    found.push(plain.to_owned());
                }
                item.clear();
                was_quoted = false;
            }
            character if is_quoted || !character.is_whitespace() || !was_quoted => item.push(character),
            _ => {}
        }
    }
    found
}

/// The value of a string that stands alone or under a cast.
fn literal(text: &str) -> Option<String> {
    let mut tokens = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank());
    let first = tokens.next().filter(|token| token.kind == TokenKind::String && token.text.starts_with('\''))?;
    let is_alone = tokens.next().is_none_or(|token| token.text.starts_with(':'));
    is_alone.then(|| first.text.trim_matches('\'').replace("''", "'"))
}

/// A name for the type on its way out that no type, table or view has.
fn free_name(schema: &Schema, key: &str) -> String {
    let mut name = format!("{key}_old");
    let is_taken = |name: &str| {
        let short = limit(Dialect::Postgres, name);
        schema.enums.contains_key(&short)
            || schema.tables.values().any(|table| table.name == short)
            || schema.views.values().any(|view| view.name == short)
    };
    while is_taken(&name) {
        name.push_str("_old");
    }
    limit(Dialect::Postgres, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_s_labels_are_read_from_text_casts_and_arrays() {
        let of =
            |data_type: DataType, default| labels(&Column { default: Some(default), ..Column::new(data_type, false) });
        let (one, many) = (DataType::Enum("e".into()), DataType::Array(Box::new(DataType::Enum("e".into()))));
        let sql = |text: &str| DefaultValue::Expression(text.into());
        assert_eq!(of(one.clone(), DefaultValue::Text("{a}".into())), ["{a}"]);
        assert_eq!(of(one.clone(), sql("'it''s'::e")), ["it's"]);
        assert_eq!(of(one, sql("lower('a')::e")), [""; 0]);
        assert_eq!(of(many.clone(), sql("'{a, \"b c\"}'")), ["a", "b c"]);
        assert_eq!(
            of(many.clone(), sql(r#"'{{"a,b","\"q\"" , NULL},{ c d ,"}"}}'::e[]"#)),
            ["a,b", "\"q\"", "c d", "}"]
        );
        assert_eq!(of(many, DefaultValue::Text("{}".into())), [""; 0]);
    }
}
