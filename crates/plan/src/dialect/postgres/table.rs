//! Tables, with everything that hangs on a new one.
//!
//! Changes to what hangs on a table afterwards have files of their own.

use makemigrations_sql::quote_identifier;

use super::{
    check, column, comment, drop_constraint, exclusion, find_table, foreign_key, index, primary_key, schema, sequence,
    unique,
};
use crate::{
    dialect::text::{body, closed, table_name},
    model::{Schema, name},
    operation::{Contradiction, CreateTable, DropTable, Operation, RenameTable, SetTableComment, SetTableSchema},
};

/// The statements, and the names of the foreign keys that are among them; the others must wait for their tables.
pub(super) fn create<'a>(
    schema: &Schema,
    change: &'a CreateTable,
    later: &[Operation],
) -> Result<(Vec<String>, Vec<&'a String>), Contradiction> {
    let table = &change.definition;
    let mut items = column::definitions(schema, table);
    items.extend(table.primary_key.iter().map(primary_key::constraint));
    let (twins, single): (Vec<_>, Vec<_>) = table.unique.iter().partition(|(name, _)| unique::has_twin(table, name));
    items.extend(single.into_iter().map(|(name, unique)| unique::constraint(name, unique)));
    items.extend(table.checks.iter().map(|(name, check)| check::constraint(name, check)));
    let (equal, different): (Vec<_>, Vec<_>) =
        table.exclusions.iter().partition(|(name, _)| exclusion::has_twin(table, name));
    items.extend(different.into_iter().map(|(name, exclusion)| exclusion::constraint(name, exclusion)));
    let mut inline = Vec::new();
    for (name, key) in &table.foreign_keys {
        let target = if key.table == change.key {
            foreign_key::is_constrained_at_once(table, &key.references).then_some(table)
        } else {
            schema.tables.get(&key.table).filter(|_| foreign_key::can_stand(schema, key, later))
        };
        if let Some(target) = target {
            items.push(foreign_key::constraint(name, key, target));
            inline.push(name);
        }
    }
    let options = table.options.as_deref().map_or_else(String::new, |text| format!(" {}", closed(text)));
    let mut sql = vec![format!("CREATE TABLE {} {}{options}", table_name(table), body(&items))];
    let loose = table.columns.iter().filter(|(_, column)| column.nullable && column.data_type.is_serial());
    sql.extend(loose.map(|(name, _)| column::drop_not_null(table, name)));
    let twins = twins.into_iter().map(|(name, definition)| unique::constraint(name, definition));
    let twins = twins.chain(equal.into_iter().map(|(name, definition)| exclusion::constraint(name, definition)));
    sql.extend(twins.map(|constraint| format!("ALTER TABLE {} ADD {constraint}", table_name(table))));
    sql.extend(table.indexes.iter().map(|(name, definition)| index::create(&table_name(table), name, definition)));
    sql.extend(table.comment.iter().map(|text| comment::on_table(table, Some(text))));
    for (name, column) in &table.columns {
        sql.extend(column.comment.iter().map(|text| comment::on_column(table, name, Some(text))));
    }
    Ok((sql, inline))
}

/// Foreign keys of other tables that still point at it go first: theirs are the next tables to go.
pub(super) fn drop(schema: &Schema, change: &DropTable) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.key)?;
    let references = schema.references_to(&change.key);
    let mut sql =
        references.map(|(owner, name)| drop_constraint(schema, owner, name)).collect::<Result<Vec<_>, _>>()?;
    sql.push(format!("DROP TABLE {}", table_name(table)));
    Ok(sql)
}

/// Sequences behind columns follow: their names are made of the table's.
pub(super) fn rename(schema: &Schema, change: &RenameTable) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.from)?;
    if table.name == change.name {
        return Ok(Vec::new());
    }
    let mut sql = vec![format!("ALTER TABLE {} RENAME TO {}", table_name(table), quote_identifier(&change.name))];
    let counted = table.columns.iter().filter(|(_, column)| sequence::is_counted(column));
    sql.extend(counted.filter_map(|(name, _)| {
        let from = name::sequence(&table.name, name);
        sequence::rename(table, &from, &name::sequence(&change.name, name))
    }));
    Ok(sql)
}

/// Indexes, constraints and the sequences behind columns go along by themselves.
pub(super) fn set_schema(schema: &Schema, change: &SetTableSchema) -> Result<String, Contradiction> {
    let table = table_name(find_table(schema, &change.key)?);
    Ok(schema::move_into(&format!("TABLE {table}"), change.schema.as_deref()))
}

pub(super) fn set_comment(schema: &Schema, change: &SetTableComment) -> Result<String, Contradiction> {
    Ok(comment::on_table(find_table(schema, &change.key)?, change.comment.as_deref()))
}
