//! Columns, constraints and indexes as inline tables, and back: the snapshots' grammar with nothing left to resolve.
//!
//! Each kind is written and read side by side, so that the two cannot drift apart.

use crate::model::{
    Check, Column, DataType, Domain, Exclusion, ForeignKey, Identity, Index, IndexTarget, Match, PrimaryKey, Unique,
};
use crate::snapshot::parse::check::{self, CheckNode};
use crate::snapshot::parse::column::{self, TypeNode};
use crate::snapshot::parse::exclusion::{self, ExclusionNode};
use crate::snapshot::parse::foreign_key::{self, ForeignKeyNode, Referenced};
use crate::snapshot::parse::index::{self, IndexNode};
use crate::snapshot::parse::table::read_primary_key;
use crate::snapshot::parse::unique::{self, UniqueNode, owned};
use crate::snapshot::parse::{Name, Reader};
use crate::snapshot::write::{push_element, push_recorded_default, push_type};
use crate::toml::{Inline, Span, Table, Value, push_text, push_texts};

/// Something that is written with its name.
pub(super) trait Recorded: Sized {
    /// Writes the entries of an inline table, the name first.
    fn write(&self, name: &str, inline: &mut Inline<'_>);

    /// Reads an inline table.
    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)>;
}

/// The name, which a record always has.
fn named(reader: &mut Reader<'_, '_>, name: Option<Name<'_>>, span: Span) -> Option<String> {
    if name.is_none() {
        reader.report.missing(span, "a recorded object has a `name`");
    }
    name.map(|name| name.value.to_owned())
}

pub(super) fn push<T: Recorded>(out: &mut String, name: &str, object: &T) {
    let mut inline = Inline::open(out);
    object.write(name, &mut inline);
    inline.close();
}

impl Recorded for Unique {
    fn write(&self, name: &str, inline: &mut Inline<'_>) {
        let Self { columns, nulls_not_distinct, deferrable, include } = self;
        inline.text("name", name);
        inline.texts("columns", columns);
        inline.flag("nulls_not_distinct", *nulls_not_distinct);
        if let Some(deferrable) = deferrable {
            inline.text("deferrable", deferrable.as_str());
        }
        if !include.is_empty() {
            inline.texts("include", include);
        }
    }

    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)> {
        let node: UniqueNode<'_> = unique::read(reader, table)?;
        if let Some(predicate) = &node.predicate {
            reader.report.error(predicate.span, "a partial unique constraint is recorded as an index");
        }
        Some((named(reader, node.name, node.span)?, node.to_model()))
    }
}

impl Recorded for Index {
    fn write(&self, name: &str, inline: &mut Inline<'_>) {
        let Self { columns, unique, nulls_not_distinct, predicate, method, include, with } = self;
        inline.text("name", name);
        let out = inline.key("columns");
        out.push('[');
        for (index, element) in columns.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            push_element(out, element);
        }
        out.push(']');
        inline.flag("unique", *unique);
        inline.flag("nulls_not_distinct", *nulls_not_distinct);
        inline.optional("where", predicate.as_ref());
        inline.optional("using", method.as_ref());
        if !include.is_empty() {
            inline.texts("include", include);
        }
        if !with.is_empty() {
            let mut parameters = Inline::open(inline.key("with"));
            for (key, value) in with {
                parameters.text(key, value);
            }
            parameters.close();
        }
    }

    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)> {
        let node: IndexNode<'_> = index::read_recorded(reader, table)?;
        Some((named(reader, node.name, node.span)?, node.to_model()))
    }
}

impl Recorded for ForeignKey {
    fn write(&self, name: &str, inline: &mut Inline<'_>) {
        let Self { columns, table, references, on_delete, on_update, deferrable, match_type } = self;
        inline.text("name", name);
        inline.texts("columns", columns);
        let mut target = Inline::open(inline.key("references"));
        target.text("table", table);
        target.texts("columns", references);
        target.close();
        for (key, action) in [("on_delete", on_delete), ("on_update", on_update)] {
            if *action != crate::model::Action::NoAction {
                inline.text(key, action.as_str());
            }
        }
        if let Some(deferrable) = deferrable {
            inline.text("deferrable", deferrable.as_str());
        }
        if *match_type == Match::Full {
            inline.text("match", "full");
        }
    }

    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)> {
        let node: ForeignKeyNode<'_> = foreign_key::read(reader, table)?;
        let Referenced::Full { table: target, columns: Some(references) } = &node.referenced else {
            reader.report.missing(node.span, "a recorded foreign key names the columns that it references");
            return None;
        };
        let key = node.to_model(target.value, owned(references));
        Some((named(reader, node.name, node.span)?, key))
    }
}

impl Recorded for Check {
    fn write(&self, name: &str, inline: &mut Inline<'_>) {
        let Self { expression } = self;
        inline.text("name", name);
        inline.text("expression", expression);
    }

    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)> {
        let node: CheckNode<'_> = check::read(reader, table)?;
        Some((node.name?.value.to_owned(), node.to_model()))
    }
}

impl Recorded for Exclusion {
    fn write(&self, name: &str, inline: &mut Inline<'_>) {
        let Self { method, elements, predicate } = self;
        inline.text("name", name);
        inline.text("using", method);
        let out = inline.key("elements");
        out.push('[');
        for (index, element) in elements.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            let mut inline = Inline::open(out);
            match &element.target {
                IndexTarget::Column(column) => inline.text("column", column),
                IndexTarget::Expression(text) => inline.text("expression", text),
            }
            inline.text("with", &element.operator);
            inline.close();
        }
        out.push(']');
        inline.optional("where", predicate.as_ref());
    }

    fn read(reader: &mut Reader<'_, '_>, table: Table<'_>) -> Option<(String, Self)> {
        let node: ExclusionNode<'_> = exclusion::read(reader, table)?;
        Some((node.name.value.to_owned(), node.to_model()))
    }
}

pub(super) fn push_primary_key(out: &mut String, key: &PrimaryKey) {
    let PrimaryKey { name, columns } = key;
    let mut inline = Inline::open(out);
    inline.text("name", name);
    inline.texts("columns", columns);
    inline.close();
}

pub(super) fn primary_key(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<PrimaryKey> {
    let node = read_primary_key(reader, value)?;
    Some(PrimaryKey { name: named(reader, node.name, node.span)?, columns: owned(&node.columns) })
}

pub(super) fn push_column(out: &mut String, column: &Column) {
    let Column { data_type, nullable, default, identity, generated, collation, comment } = column;
    let is_plain = *column == Column::new(data_type.clone(), false);
    if is_plain && !matches!(data_type, DataType::Sql { .. }) {
        push_text(out, &data_type.to_string());
        return;
    }
    let mut inline = Inline::open(out);
    push_type(inline.key("type"), data_type);
    inline.flag("nullable", *nullable);
    if let Some(default) = default {
        push_recorded_default(inline.key("default"), default);
    }
    match identity {
        Some(Identity::AutoIncrement) => inline.flag("auto_increment", true),
        Some(Identity::Always) => inline.text("identity", "always"),
        Some(Identity::ByDefault) => inline.text("identity", "by_default"),
        None => {}
    }
    if let Some(generated) = generated {
        let mut computed = Inline::open(inline.key("generated"));
        computed.text("sql", &generated.expression);
        computed.key("stored").push_str(if generated.stored { "true" } else { "false" });
        computed.close();
    }
    inline.optional("collation", collation.as_ref());
    inline.optional("comment", comment.as_ref());
    inline.close();
}

pub(super) fn column(reader: &mut Reader<'_, '_>, name: Name<'_>, value: Value<'_>) -> Option<Column> {
    let node = column::read_recorded(reader, name, value);
    let data_type = match &node.data_type {
        TypeNode::Missing => return None,
        TypeNode::Known(known) => known.clone(),
        TypeNode::Named { key, array: false, .. } => DataType::Enum(key.clone()),
        TypeNode::Named { key, array: true, .. } => DataType::Array(Box::new(DataType::Enum(key.clone()))),
    };
    Some(node.to_model(data_type))
}

pub(super) fn domain(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<Domain> {
    let name = value.text(reader.report)?;
    Domain::new(name.value).map_err(|error| reader.report.error(name.span, error.to_string())).ok()
}

pub(super) fn push_list(out: &mut String, texts: &[String]) {
    push_texts(out, texts);
    out.push('\n');
}
