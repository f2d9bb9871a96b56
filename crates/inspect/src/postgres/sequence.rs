//! Sequences: those behind columns, and those that stand alone, which are objects.
//!
//! A sequence behind a column is part of the column's type or identity; how it counts has no place there.

use makemigrations_plan::model::{Column, DataType};
use makemigrations_sql::quote_literal;

use super::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
    object::{comment, qualified},
};
use crate::row::Row;

const QUERY: &str = "
SELECT c.oid::text, n.nspname::text, c.relname::text, c.oid::regclass::text, format_type(s.seqtypid, NULL),
    s.seqincrement::text, s.seqmin::text, s.seqmax::text, s.seqstart::text, s.seqcache::text, s.seqcycle::text,
    (c.relpersistence = 'u')::text, d.refobjid::text, d.refobjsubid::text, t.relname::text, a.attname::text
FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    )";

/// The longest name: a longer one is cut, and whether it is still the automatic one is not judged.
const MOST_BYTES: usize = 63;

/// All sequences; those behind columns leave as the columns find them.
pub(super) struct Sequences {
    waiting: Vec<Sequence>,
    notes: Vec<String>,
    behind: Vec<u32>,
}

struct Sequence {
    oid: u32,
    schema: Option<String>,
    name: String,
    /// As `nextval` of a default has it.
    class: String,
    data_type: String,
    increment: i64,
    least: i64,
    most: i64,
    start: i64,
    cache: i64,
    cycles: bool,
    unlogged: bool,
    owner: Option<Owner>,
}

/// The column that a sequence goes with.
struct Owner {
    relation: u32,
    number: i16,
    table: String,
    column: String,
}

impl Sequence {
    fn new<E>(catalogue: &Catalogue<'_, E>, mut row: Row) -> Self {
        Self {
            oid: row.number(),
            schema: catalogue.place(row.text()),
            name: row.text(),
            class: row.text(),
            data_type: row.text(),
            increment: row.number(),
            least: row.number(),
            most: row.number(),
            start: row.number(),
            cache: row.number(),
            cycles: row.flag(),
            unlogged: row.flag(),
            owner: {
                let (relation, number, table, column) = (row.optional(), row.number(), row.text(), row.text());
                let relation = relation.and_then(|relation| relation.parse().ok());
                relation.map(|relation| Owner { relation, number, table, column })
            },
        }
    }

    fn bounds(&self) -> (i64, i64) {
        match self.data_type.as_str() {
            "smallint" => (i16::MIN.into(), i16::MAX.into()),
            "integer" => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// The clauses that differ from what a new sequence of the type has.
    fn clauses(&self) -> Vec<String> {
        let (lowest, highest) = self.bounds();
        let ascends = self.increment > 0;
        let (least, most) = if ascends { (1, highest) } else { (lowest, -1) };
        let start = if ascends { self.least } else { self.most };
        let clause = |differs: bool, text: String| differs.then_some(text);
        let clauses = [
            clause(self.increment != 1, format!("INCREMENT BY {}", self.increment)),
            clause(self.least != least, format!("MINVALUE {}", self.least)),
            clause(self.most != most, format!("MAXVALUE {}", self.most)),
            clause(self.start != start, format!("START WITH {}", self.start)),
            clause(self.cache != 1, format!("CACHE {}", self.cache)),
            clause(self.cycles, "CYCLE".to_owned()),
        ];
        clauses.into_iter().flatten().collect()
    }

    fn is_of(&self, relation: u32, number: i16) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.relation == relation && owner.number == number)
    }
}

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>) -> Result<Sequences, E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    let waiting = rows.into_iter().map(|row| Sequence::new(catalogue, row)).collect();
    Ok(Sequences { waiting, notes: Vec::new(), behind: Vec::new() })
}

impl Sequences {
    /// The serial type of a column with a default, when it is one: its own sequence is what fills it.
    pub(super) fn serial(&mut self, relation: u32, number: i16, column: &Column, default: &str) -> Option<DataType> {
        let serial = match column.data_type {
            DataType::Smallint => DataType::Smallserial,
            DataType::Integer => DataType::Serial,
            DataType::Bigint => DataType::Bigserial,
            _ => return None,
        };
        let fills = |one: &Sequence| {
            one.is_of(relation, number) && default == format!("nextval({}::regclass)", quote_literal(&one.class))
        };
        let index = self.waiting.iter().position(|one| !column.nullable && fills(one))?;
        self.settle(index, &column.data_type);
        Some(serial)
    }

    /// The sequence of an identity column is part of it.
    pub(super) fn identity(&mut self, relation: u32, number: i16, data_type: &DataType) {
        if let Some(index) = self.waiting.iter().position(|one| one.is_of(relation, number)) {
            self.settle(index, data_type);
        }
    }

    /// A sequence has found its column: what the column cannot say of it is noted.
    fn settle(&mut self, index: usize, data_type: &DataType) {
        let sequence = self.waiting.swap_remove(index);
        self.behind.push(sequence.oid);
        let Some(Owner { table, column, .. }) = &sequence.owner else { return };
        let mut clauses = sequence.clauses();
        if sequence.data_type != data_type.to_string() {
            clauses.insert(0, format!("AS {}", sequence.data_type));
        }
        if !clauses.is_empty() {
            let clauses = clauses.join(" ");
            self.notes.push(format!("parameters of the sequence behind column `{table}.{column}`: {clauses}"));
        }
        let automatic = format!("{table}_{column}_seq");
        if automatic.len() <= MOST_BYTES && sequence.name != automatic {
            self.notes.push(format!("name of the sequence behind column `{table}.{column}`: `{}`", sequence.name));
        }
    }

    /// The sequences that no column has are objects; those of tables that are left out are left out as well.
    pub(super) fn settle_rest(self, found: &mut Found) {
        self.notes.into_iter().for_each(|note| found.unknown(note));
        self.behind.into_iter().for_each(|oid| found.say(class::RELATION, oid));
        for sequence in self.waiting {
            if let Some(owner) = &sequence.owner {
                if found.table_key(owner.relation).is_none() {
                    found.name_whole(class::RELATION, sequence.oid);
                    continue;
                }
                let Owner { table, column, .. } = owner;
                found.unknown(format!("ownership of sequence `{}` by column `{table}.{column}`", sequence.name));
            }
            let name = qualified(sequence.schema.as_deref(), &sequence.name);
            let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
            let mut create = format!("CREATE {unlogged}SEQUENCE {name}");
            if sequence.data_type != "bigint" {
                create.push_str(&format!(" AS {}", sequence.data_type));
            }
            sequence.clauses().iter().for_each(|clause| create.push_str(&format!(" {clause}")));
            let drop = format!("DROP SEQUENCE {name}");
            let id = (class::RELATION, sequence.oid);
            create.push_str(&comment("SEQUENCE", &name, found.take_comment(id.0, id.1, 0)));
            let key = sequence.name;
            found.drafts.push(Draft { id, kind: "sequence", key, create, drop, needs: Default::default() });
        }
    }
}
