//! `CREATE TABLE` as it was written, for what the pragmas do not tell: names, checks, collations, expressions.
//!
//! Says nothing about types, keys and indexes: the pragmas know them better.

use std::collections::BTreeMap;

use makemigrations_plan::model::Deferrable;

use super::cursor::Cursor;

/// What the text of a table tells. Names are as they are written, which may differ in case from what they mean.
#[derive(Debug, Default)]
pub(super) struct CreateTable {
    /// By name in lower case.
    pub(super) columns: BTreeMap<String, ColumnText>,
    pub(super) primary_key: Option<String>,
    pub(super) unique: Vec<UniqueText>,
    /// In the order of the text.
    pub(super) foreign_keys: Vec<ForeignKeyText>,
    pub(super) checks: Vec<CheckText>,
    /// What a snapshot cannot say, without the table's name.
    pub(super) beyond: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct ColumnText {
    pub(super) collation: Option<String>,
    pub(super) generated: Option<String>,
    pub(super) counts: bool,
}

#[derive(Debug)]
pub(super) struct UniqueText {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct ForeignKeyText {
    pub(super) name: Option<String>,
    pub(super) deferrable: Option<Deferrable>,
}

#[derive(Debug)]
pub(super) struct CheckText {
    pub(super) name: Option<String>,
    pub(super) expression: String,
}

impl CreateTable {
    /// The names that somebody has given to constraints.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let unique = self.unique.iter().filter_map(|unique| unique.name.as_deref());
        let foreign_keys = self.foreign_keys.iter().filter_map(|key| key.name.as_deref());
        let checks = self.checks.iter().filter_map(|check| check.name.as_deref());
        self.primary_key.as_deref().into_iter().chain(unique).chain(foreign_keys).chain(checks)
    }
}

/// Reads the statement; `None` when it is not one.
pub(super) fn read(sql: &str) -> Option<CreateTable> {
    let mut reader = Reader { cursor: Cursor::new(sql), found: CreateTable::default() };
    reader.statement()?;
    Some(reader.found)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    found: CreateTable,
}

impl Reader<'_> {
    fn statement(&mut self) -> Option<()> {
        self.cursor.eat(&["CREATE"]).then_some(())?;
        let _is_temporary = self.cursor.eat(&["TEMP"]) || self.cursor.eat(&["TEMPORARY"]);
        self.cursor.eat(&["TABLE"]).then_some(())?;
        self.cursor.eat(&["IF", "NOT", "EXISTS"]);
        self.cursor.qualified_name()?;
        self.cursor.eat_symbol("(").then_some(())?;
        while !self.is_at_table_constraint() {
            self.column()?;
            if !self.cursor.eat_symbol(",") {
                break;
            }
        }
        // Commas between the constraints of a table may be missing.
        while !self.cursor.eat_symbol(")") {
            self.cursor.eat_symbol(",");
            self.table_constraint()?;
        }
        Some(())
    }

    fn is_at_table_constraint(&self) -> bool {
        ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| self.cursor.is_at(&[word]))
    }

    fn is_at_column_constraint(&self) -> bool {
        let starts = ["CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES"];
        starts.iter().any(|word| self.cursor.is_at(&[word]))
            || self.cursor.is_at(&["GENERATED", "ALWAYS"])
            || self.cursor.is_at(&["AS"])
    }

    fn column(&mut self) -> Option<()> {
        let name = self.cursor.name()?;
        let mut column = ColumnText::default();
        while !self.is_at_column_constraint() && !self.is_at_end_of_item() {
            // The type, which the pragmas tell.
            if self.cursor.peek()?.is_symbol("(") {
                self.cursor.parenthesised()?;
            } else {
                self.cursor.next()?;
            }
        }
        while !self.is_at_end_of_item() {
            self.column_constraint(&name, &mut column)?;
        }
        self.found.columns.insert(name.to_ascii_lowercase(), column);
        Some(())
    }

    fn is_at_end_of_item(&self) -> bool {
        self.cursor.peek().is_none_or(|piece| piece.is_symbol(",") || piece.is_symbol(")"))
    }

    fn column_constraint(&mut self, column: &str, text: &mut ColumnText) -> Option<()> {
        let place = format!("column `{column}`");
        let name = self.constraint_name()?;
        let cursor = &mut self.cursor;
        let unused = if cursor.eat(&["PRIMARY", "KEY"]) {
            self.found.primary_key = name;
            if cursor.eat(&["DESC"]) {
                self.found.beyond.push("the descending order of the primary key".to_owned());
            }
            cursor.eat(&["ASC"]);
            self.conflict("the primary key")?;
            text.counts = self.cursor.eat(&["AUTOINCREMENT"]);
            return Some(());
        } else if cursor.eat(&["UNIQUE"]) {
            self.found.unique.push(UniqueText { name, columns: vec![column.to_owned()] });
            return self.conflict(&format!("`UNIQUE` of {place}"));
        } else if cursor.eat(&["CHECK"]) {
            let expression = cursor.parenthesised()?.to_owned();
            self.found.checks.push(CheckText { name, expression });
            return self.conflict(&format!("a check of {place}"));
        } else if cursor.eat(&["REFERENCES"]) {
            return self.references(name);
        } else if cursor.eat(&["NOT", "NULL"]) {
            self.conflict(&format!("`NOT NULL` of {place}"))?;
            "`NOT NULL`"
        } else if cursor.eat(&["NULL"]) {
            self.conflict(&format!("`NULL` of {place}"))?;
            "`NULL`"
        } else if cursor.eat(&["DEFAULT"]) {
            self.default()?;
            "the default"
        } else if cursor.eat(&["COLLATE"]) {
            text.collation = Some(cursor.name()?);
            "the collation"
        } else if cursor.eat(&["GENERATED", "ALWAYS", "AS"]) || cursor.eat(&["AS"]) {
            text.generated = Some(cursor.parenthesised()?.to_owned());
            let _is_stored = cursor.eat(&["STORED"]) || cursor.eat(&["VIRTUAL"]);
            "the expression"
        } else if let Some(deferrable) = self.deferrable() {
            // Written apart from its foreign key, it belongs to the last one.
            self.found.foreign_keys.last_mut()?.deferrable = deferrable;
            return Some(());
        } else {
            // A name that nothing follows.
            return name.map(|_| ());
        };
        if let Some(name) = name {
            self.found.beyond.push(format!("the name `{name}` of {unused} of {place}"));
        }
        Some(())
    }

    /// `CONSTRAINT name`, if it is there. The outer `None` is a text that cannot be read.
    fn constraint_name(&mut self) -> Option<Option<String>> {
        if self.cursor.eat(&["CONSTRAINT"]) { self.cursor.name().map(Some) } else { Some(None) }
    }

    /// A literal, perhaps with a sign, or an expression in parentheses: the pragmas tell it.
    fn default(&mut self) -> Option<()> {
        if self.cursor.peek()?.is_symbol("(") {
            return self.cursor.parenthesised().map(|_| ());
        }
        let _has_sign = self.cursor.eat_symbol("-") || self.cursor.eat_symbol("+");
        self.cursor.eat_symbol(".");
        self.cursor.next().map(|_| ())
    }

    fn table_constraint(&mut self) -> Option<()> {
        let name = self.constraint_name()?;
        let cursor = &mut self.cursor;
        if cursor.eat(&["PRIMARY", "KEY"]) {
            let columns = self.key_columns("the primary key")?;
            self.found.primary_key = name;
            if let [(column, true)] = columns.as_slice()
                && let Some(column) = self.found.columns.get_mut(&column.to_ascii_lowercase())
            {
                column.counts = true;
            }
            self.conflict("the primary key")
        } else if cursor.eat(&["UNIQUE"]) {
            let columns = self.key_columns("a `UNIQUE`")?;
            let columns = columns.into_iter().map(|(column, _)| column).collect();
            self.found.unique.push(UniqueText { name, columns });
            self.conflict("a `UNIQUE`")
        } else if cursor.eat(&["CHECK"]) {
            let expression = cursor.parenthesised()?.to_owned();
            self.found.checks.push(CheckText { name, expression });
            self.conflict("a check")
        } else if cursor.eat(&["FOREIGN", "KEY"]) {
            cursor.parenthesised()?;
            cursor.eat(&["REFERENCES"]).then_some(())?;
            self.references(name)
        } else {
            name.map(|_| ())
        }
    }

    /// `(a, b DESC)`: the names, and whether `AUTOINCREMENT` follows one.
    fn key_columns(&mut self, of: &str) -> Option<Vec<(String, bool)>> {
        let parts = self.cursor.list()?;
        let columns = parts.into_iter().map(|part| {
            let mut cursor = Cursor::new(part);
            let column = cursor.name()?;
            let mut counts = false;
            while let Some(piece) = cursor.next() {
                counts |= piece.is_word("AUTOINCREMENT");
                if piece.is_word("COLLATE") || piece.is_word("DESC") {
                    self.found.beyond.push(format!("`{part}` in {of}"));
                    break;
                }
            }
            Some((column, counts))
        });
        columns.collect()
    }

    /// After `REFERENCES`; table, columns and actions are the pragmas'.
    fn references(&mut self, name: Option<String>) -> Option<()> {
        let mut key = ForeignKeyText { name, deferrable: None };
        self.cursor.name()?;
        if self.cursor.peek().is_some_and(|piece| piece.is_symbol("(")) {
            self.cursor.parenthesised()?;
        }
        loop {
            if self.cursor.eat(&["ON"]) {
                self.cursor.next()?;
                if !(self.cursor.eat(&["SET"]) || self.cursor.eat(&["NO"])) {
                    self.cursor.next()?;
                    continue;
                }
                self.cursor.next()?;
            } else if self.cursor.eat(&["MATCH"]) {
                let kind = self.cursor.name()?;
                if !kind.eq_ignore_ascii_case("simple") {
                    self.found.beyond.push(format!("`MATCH {}` of a foreign key", kind.to_ascii_uppercase()));
                }
            } else if let Some(deferrable) = self.deferrable() {
                key.deferrable = deferrable;
            } else {
                break;
            }
        }
        self.found.foreign_keys.push(key);
        Some(())
    }

    /// `[NOT] DEFERRABLE [INITIALLY DEFERRED | IMMEDIATE]`, if it is there.
    fn deferrable(&mut self) -> Option<Option<Deferrable>> {
        let is_fixed = self.cursor.eat(&["NOT", "DEFERRABLE"]);
        if !is_fixed && !self.cursor.eat(&["DEFERRABLE"]) {
            return None;
        }
        let is_late = self.cursor.eat(&["INITIALLY", "DEFERRED"]);
        self.cursor.eat(&["INITIALLY", "IMMEDIATE"]);
        Some(match (is_fixed, is_late) {
            (true, _) => None,
            (false, true) => Some(Deferrable::Deferred),
            (false, false) => Some(Deferrable::Immediate),
        })
    }

    /// `ON CONFLICT ...`, if it is there.
    fn conflict(&mut self, of: &str) -> Option<()> {
        if self.cursor.eat(&["ON", "CONFLICT"]) {
            let action = self.cursor.name()?.to_ascii_uppercase();
            if action != "ABORT" {
                self.found.beyond.push(format!("`ON CONFLICT {action}` of {of}"));
            }
        }
        Some(())
    }
}
