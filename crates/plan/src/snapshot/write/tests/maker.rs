//! The seeds of `strategy` to a schema that fits together.
//!
//! Names that are taken are numbered; what a dialect does not have is left out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::sample::Index as Pick;

use super::part::{name_parts, picked};
use super::strategy::{ColumnSeed, EnumSeed, ForeignKeySeed, ObjectSeed, PartSeed, TableSeed, ViewSeed};
use crate::expression::{column_references, has_column};
use crate::model::name::{self, NameKind};
use crate::model::{
    Action, Column, DataType, DefaultValue, Deferrable, Dialect, Enum, ForeignKey, Generated, Identity, Match, Number,
    Object, PrimaryKey, Schema, Table, View,
};
use crate::snapshot::resolve::analytics;

pub(super) struct Maker {
    pub(super) dialect: Dialect,
    pub(super) schema: Schema,
    pub(super) sensitive: BTreeSet<(String, String)>,
    taken: BTreeSet<String>,
}

impl Maker {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, schema: Schema::empty(dialect), sensitive: BTreeSet::new(), taken: BTreeSet::new() }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// The name, or one like it that nothing has. Upper and lower case count as one, as on SQLite.
    pub(super) fn take(&mut self, name: &str) -> String {
        let mut free = name::limit(self.dialect, name);
        let mut number = 1;
        while !self.taken.insert(free.to_lowercase()) {
            number += 1;
            let cut: String = name.chars().take(40).collect();
            free = format!("{cut}#{number}");
        }
        free
    }

    /// The automatic name unless another one is wanted.
    pub(super) fn constraint(&mut self, kind: NameKind, owner: &str, columns: &[String], seed: &PartSeed) -> String {
        let wanted = if seed.named { seed.word.clone() } else { name::automatic(self.dialect, kind, owner, columns) };
        self.take(&wanted)
    }

    pub(super) fn add_enum(&mut self, (domain, key, schema, values, comment): EnumSeed) {
        let key = self.take(&format!("{key}_kind"));
        let postgres = self.is_postgres();
        let (schema, comment) = (schema.filter(|_| postgres), comment.filter(|_| postgres));
        self.schema.enums.insert(key, Enum { domain, schema, values: values.into_iter().collect(), comment });
    }

    /// The table without its foreign keys; its key and their seeds come back.
    pub(super) fn add_table(&mut self, seed: TableSeed) -> (String, Vec<ForeignKeySeed>) {
        let TableSeed { domain, key, name, schema, comment, columns, primary_key, parts, foreign_keys } = seed;
        let key = self.take(&key);
        let name = name.map_or_else(|| key.clone(), |name| self.take(&name));
        let (schema, name) = self.place(schema, name);
        let mut table = Table::new(domain, name);
        table.schema = schema;
        table.comment = comment.filter(|_| self.is_postgres());
        let first = columns.first().map(|seed| (seed.flags, seed.data_type));
        for (number, seed) in columns.into_iter().enumerate() {
            // Distinct in any case, and none of PostgreSQL's system columns.
            let name = format!("{}{number}", seed.name);
            let column = self.column(&seed);
            if seed.flags & 32 != 0 {
                self.sensitive.insert((key.clone(), name.clone()));
            }
            table.columns.insert(name, column);
        }
        self.fit_generated(&mut table);
        if let Some(seed) = primary_key {
            self.add_primary_key(&mut table, &seed);
        }
        if !self.is_postgres() {
            let computed = |table: &Table| table.columns.values().all(|column| column.generated.is_some());
            if computed(&table) {
                table.columns.values_mut().for_each(|column| column.generated = None);
            }
            let are_strict = table.columns.values().all(|column| is_strict(&column.data_type));
            if first.is_some_and(|(flags, _)| flags & 64 != 0) && are_strict {
                table.options = Some("STRICT".to_owned());
            }
        }
        for mut seed in parts {
            seed.sql = self.with_its_columns(&mut table, &seed.sql);
            self.add_part(&mut table, &seed);
        }
        self.fit_defaults(&mut table);
        self.schema.tables.insert(key.clone(), table);
        (key, foreign_keys)
    }

    /// The text, of a table that now has the columns that it reads; another text where they cannot be made.
    fn with_its_columns(&self, table: &mut Table, text: &str) -> String {
        for found in column_references(self.dialect, text) {
            if has_column(self.dialect, table, &found.name) {
                continue;
            }
            let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'"');
            if found.name.is_empty() || !is_name(&found.name) {
                return "1 > 0".to_owned();
            }
            table.columns.insert(found.name, Column::new(DataType::Integer, true));
        }
        text.to_owned()
    }

    fn fit_generated(&self, table: &mut Table) {
        let names: Vec<_> = table.columns.keys().cloned().collect();
        for name in names {
            let Some(generated) = table.columns[&name].generated.clone() else { continue };
            let expression = self.with_its_columns(table, &generated.expression);
            table.columns[&name].generated = Some(Generated { expression, ..generated });
        }
    }

    /// A default reads no column of its table.
    fn fit_defaults(&self, table: &mut Table) {
        let names: BTreeSet<_> = table.columns.keys().cloned().collect();
        for column in table.columns.values_mut() {
            if let Some(DefaultValue::Expression(text)) = &mut column.default
                && column_references(self.dialect, text).iter().any(|found| names.contains(&found.name))
            {
                *text = "1 > 0".to_owned();
            }
        }
    }

    /// On SQLite the schema goes into the name, which may then be longer than a name may be.
    fn place(&mut self, schema: Option<String>, name: String) -> (Option<String>, String) {
        match schema.filter(|schema| self.is_postgres() || schema != "public") {
            Some(schema) if !self.is_postgres() => {
                let folded = format!("{schema}_{name}");
                let is_free = self.taken.insert(folded.to_lowercase());
                (None, if is_free { folded } else { name })
            }
            schema => (schema, name),
        }
    }

    fn column(&self, seed: &ColumnSeed) -> Column {
        let data_type = self.data_type(&seed.data_type);
        let mut column = Column::new(data_type, seed.nullable);
        column.comment = seed.comment.clone().filter(|_| self.is_postgres());
        if column.data_type.is_serial() {
            column.nullable = false;
            return column;
        }
        if self.is_postgres() && column.data_type == DataType::Integer && seed.flags & 3 == 3 {
            let kinds = [Identity::AutoIncrement, Identity::Always, Identity::ByDefault];
            column.identity = Some(kinds[seed.flags as usize / 4 % 3]);
            column.nullable = false;
            return column;
        }
        if let Some((expression, stored)) = &seed.generated {
            let stored = *stored || self.is_postgres();
            column.generated = Some(Generated { expression: expression.clone(), stored });
        } else if let Some((is_literal, number, text, sql)) = &seed.default {
            let literal = self.literal(&column.data_type, *number, text).filter(|_| *is_literal);
            column.default = Some(literal.unwrap_or_else(|| DefaultValue::Expression(sql.clone())));
        }
        if column.data_type == DataType::Text && seed.flags & 24 == 24 {
            let name = if self.is_postgres() { "de-x-icu" } else { "NOCASE" };
            column.collation = Some(name.to_owned());
        }
        column
    }

    fn data_type(&self, pick: &Pick) -> DataType {
        let mut types = vec![
            DataType::Integer,
            DataType::Bigint,
            DataType::Text,
            DataType::Boolean,
            DataType::Double,
            DataType::Numeric(Some((12, Some(2)))),
            DataType::Varchar(Some(20)),
            DataType::Varchar(None),
            DataType::Char(3),
            DataType::Timestamptz(Some(3)),
            DataType::Uuid,
            DataType::Bytes,
            DataType::Sql { sql: "vector(3)".to_owned(), diesel: Some("pgvector::sql_types::Vector".to_owned()) },
            DataType::Sql { sql: "\"my type\"".to_owned(), diesel: None },
        ];
        let enums = self.schema.enums.keys().map(|key| DataType::Enum(key.clone()));
        types.extend(enums.clone());
        if self.is_postgres() {
            types.extend([DataType::Postgres("inet"), DataType::Bit(4), DataType::Bigserial]);
            types.push(DataType::Array(Box::new(DataType::Varchar(Some(5)))));
            types.extend(enums.map(|item| DataType::Array(Box::new(item))));
        }
        types[pick.index(types.len())].clone()
    }

    /// A literal that fits the type, if there is one.
    fn literal(&self, data_type: &DataType, number: i16, text: &str) -> Option<DefaultValue> {
        Some(match data_type {
            DataType::Integer | DataType::Bigint => DefaultValue::Number(i64::from(number).into()),
            DataType::Double | DataType::Numeric(_) => {
                DefaultValue::Number(Number::parse(&(f64::from(number) / 8.0).to_string()).unwrap())
            }
            DataType::Boolean => DefaultValue::Boolean(number > 0),
            DataType::Text => DefaultValue::Text(text.to_owned()),
            DataType::Enum(key) => DefaultValue::Text(self.schema.enums[key].values[0].clone()),
            _ => return None,
        })
    }

    fn add_primary_key(&mut self, table: &mut Table, seed: &PartSeed) {
        let postgres = self.is_postgres();
        let columns: Vec<_> = picked(table, seed, |column| postgres || column.generated.is_none());
        if columns.is_empty() {
            return;
        }
        for column in &columns {
            table.columns[column].nullable = false;
        }
        if let ([only], false) = (columns.as_slice(), postgres)
            && table.columns[only].data_type == DataType::Integer
            && table.columns[only].default.is_none()
        {
            table.columns[only].identity = Some(Identity::AutoIncrement);
        }
        let name = self.constraint(NameKind::PrimaryKey, &table.name, &[], seed);
        table.primary_key = Some(PrimaryKey { name, columns });
    }

    /// To a key of some table, from columns made for it.
    pub(super) fn add_foreign_key(&mut self, owner: &str, seed: ForeignKeySeed) {
        let keys: Vec<_> = self.schema.tables.keys().cloned().collect();
        let target_key = keys[seed.target.index(keys.len())].clone();
        let target = &self.schema.tables[&target_key];
        let primary = target.primary_key.iter().map(|key| key.columns.clone());
        let unique = target.unique.values().filter(|unique| unique.deferrable.is_none());
        let choices: Vec<_> = primary.chain(unique.map(|unique| unique.columns.clone())).collect();
        let Some(references) = choices.get(seed.key.index(choices.len().max(1))).cloned() else { return };
        let types: Vec<_> = references.iter().map(|column| target.columns[column].data_type.storage()).collect();
        let mut table = self.schema.tables[owner].clone();
        if table.options.is_some() && !types.iter().all(is_strict) {
            return;
        }
        let mut columns = Vec::new();
        for data_type in types {
            let name = format!("ref_{}", table.columns.len());
            let mut column = Column::new(data_type, true);
            column.default = Some(DefaultValue::Expression("NULL".to_owned()));
            table.columns.insert(name.clone(), column);
            columns.push(name);
        }
        let automatic = name::automatic(self.dialect, NameKind::ForeignKey, &table.name, &columns);
        let name = self.take(if seed.named { "fk" } else { &automatic });
        let deferrable = seed.deferrable.map(|late| if late { Deferrable::Deferred } else { Deferrable::Immediate });
        let full = seed.full && self.is_postgres();
        let key = ForeignKey {
            columns,
            table: target_key,
            references,
            on_delete: Action::ALL[seed.on_delete].0,
            on_update: Action::ALL[seed.on_update].0,
            deferrable,
            match_type: if full { Match::Full } else { Match::Simple },
        };
        table.foreign_keys.insert(name, key);
        self.schema.tables.insert(owner.to_owned(), table);
    }

    pub(super) fn add_object(&mut self, (domain, key, create, drop, needs): ObjectSeed) {
        let key = self.take(&key);
        let depends_on = self.one_of(needs);
        if let (true, Some(mut table)) = (depends_on.is_empty(), self.schema.tables.first_entry()) {
            table.get_mut().depends_on.insert(key.clone());
        }
        let (create, drop) = (format!("CREATE {create}"), format!("DROP {drop}"));
        self.schema.objects.insert(key, Object { domain, create, drop, depends_on });
    }

    pub(super) fn add_view(&mut self, (domain, key, name, query, flags, needs, parts): ViewSeed) {
        let key = self.take(&key);
        let name = name.map_or_else(|| key.clone(), |name| self.take(&name));
        let postgres = self.is_postgres();
        let materialized = postgres && flags & 1 != 0;
        let mut view = View {
            domain,
            name,
            schema: (postgres && flags & 2 != 0).then(|| "reports".to_owned()),
            query: format!("SELECT {query}"),
            materialized,
            comment: (postgres && flags & 4 != 0).then(|| "What is open".to_owned()),
            depends_on: self.one_of(needs),
            indexes: BTreeMap::new(),
        };
        for seed in parts.iter().filter(|_| materialized) {
            let index = self.index(&["total".to_owned()], seed);
            let name = self.constraint(NameKind::Index, &view.name, &name_parts(self.dialect, &index), seed);
            view.indexes.insert(name, index);
        }
        self.schema.views.insert(key, view);
    }

    /// The views that `analytics_view` asks for, for every other table.
    pub(super) fn add_analytics(&mut self) {
        let keys: Vec<_> = self.schema.tables.keys().step_by(2).cloned().collect();
        for key in keys {
            let is_sensitive = |column: &str| self.sensitive.contains(&(key.clone(), column.to_owned()));
            let place = (key.as_str(), &self.schema.tables[&key]);
            let view = analytics::view(self.dialect, "analytics", &self.schema, place, is_sensitive);
            if self.taken.insert(view.name.to_lowercase()) || self.is_postgres() {
                self.schema.views.insert(analytics::key_of("analytics", &key), view);
            }
        }
    }

    /// What a view or object can wait for.
    fn one_of(&self, pick: Option<Pick>) -> BTreeSet<String> {
        let keys: Vec<_> = self.schema.tables.keys().chain(self.schema.objects.keys()).cloned().collect();
        pick.filter(|_| !keys.is_empty()).map(|pick| keys[pick.index(keys.len())].clone()).into_iter().collect()
    }
}

/// Whether a `STRICT` table of SQLite takes the type.
fn is_strict(data_type: &DataType) -> bool {
    use DataType::{Bytes, Enum, Integer, Text, Uuid};
    matches!(data_type, Integer | Text | Uuid | Bytes | Enum(_))
}
