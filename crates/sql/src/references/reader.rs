//! The walk over the tokens of a text: what is expected at each, and so what a name there is of.
//!
//! Knows the places of names, not the grammar around them.

use super::{Reference, ReferenceRole as Role, words};
use crate::{Dialect, Token, TokenKind, reserved::is_reserved, tokens};

/// What the next name would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A value: a bare name is a column's.
    Operand,
    /// An operator, a keyword, or the end: a bare name is an alias or a unit.
    Operator,
    /// A table.
    Relation,
    /// A name that the text gives.
    Alias,
    /// A collation, a window, an access method.
    Other,
}

/// What an opened parenthesis holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Values, or a query.
    Group,
    /// `CAST(... AS type)`.
    Cast,
}

/// One level of parentheses.
#[derive(Debug, Clone, Copy)]
struct Level {
    inside: Inside,
    /// A query was begun here, so that `FROM` has tables after it.
    in_query: bool,
    /// Between `FROM` and the clause after it: a comma is followed by a table.
    in_from: bool,
    /// Between `WITH` and its query: a comma is followed by a new name.
    in_with: bool,
}

impl Level {
    const fn new(inside: Inside) -> Self {
        Self { inside, in_query: false, in_from: false, in_with: false }
    }
}

pub(super) struct Reader<'a> {
    dialect: Dialect,
    tokens: Vec<Token<'a>>,
    at: usize,
    levels: Vec<Level>,
    expected: Expected,
    /// The statement creates something, and has not come to what it is over.
    in_head: bool,
    /// The statement creates something: `ON` has a table after it.
    is_create: bool,
    found: Vec<Reference<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self {
            dialect,
            tokens: tokens(sql, dialect).filter(|token| !token.is_blank()).collect(),
            at: 0,
            levels: vec![Level::new(Inside::Group)],
            expected: Expected::Operand,
            in_head: false,
            is_create: false,
            found: Vec::new(),
        }
    }

    pub(super) fn read(mut self) -> Vec<Reference<'a>> {
        while let Some(token) = self.token(0) {
            match token.kind {
                TokenKind::Word | TokenKind::QuotedIdentifier => self.name(token),
                TokenKind::Symbol => self.symbol(token),
                TokenKind::String | TokenKind::DollarString | TokenKind::Number | TokenKind::Parameter => {
                    self.step(1, Expected::Operator);
                }
                TokenKind::Comment | TokenKind::Whitespace => self.at += 1,
            }
        }
        self.found
    }

    fn token(&self, offset: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + offset).copied()
    }

    fn is_symbol(&self, offset: usize, symbol: &str) -> bool {
        self.token(offset).is_some_and(|token| token.is_symbol(symbol))
    }

    fn is_word(&self, offset: usize, word: &str) -> bool {
        self.token(offset).is_some_and(|token| token.is_word(word))
    }

    fn is_name(&self, offset: usize) -> bool {
        self.token(offset).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))
    }

    fn step(&mut self, count: usize, expected: Expected) {
        self.at += count;
        self.expected = expected;
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::new(Inside::Group));
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn push(&mut self, token: Token<'a>, role: Role, qualifier: Option<String>) {
        if let Some(name) = token.name(self.dialect) {
            self.found.push(Reference { token, name, role, qualifier });
        }
    }

    fn symbol(&mut self, token: Token<'a>) {
        match token.text {
            "(" | "[" => {
                let in_from = self.expected == Expected::Relation;
                self.levels.push(Level { in_from, ..Level::new(Inside::Group) });
                self.step(1, if in_from { Expected::Relation } else { Expected::Operand });
            }
            ")" | "]" => {
                self.levels.pop();
                self.step(1, Expected::Operator);
            }
            "," => {
                let level = *self.level();
                let next = match level {
                    Level { in_with: true, .. } => Expected::Alias,
                    Level { in_from: true, .. } => Expected::Relation,
                    _ => Expected::Operand,
                };
                self.step(1, next);
            }
            ";" => {
                self.levels = vec![Level::new(Inside::Group)];
                (self.in_head, self.is_create) = (false, false);
                self.step(1, Expected::Operand);
            }
            ":" if self.is_symbol(1, ":") && self.dialect == Dialect::Postgres => {
                self.at += 2;
                self.type_name();
            }
            "*" if self.expected == Expected::Operand => self.step(1, Expected::Operator),
            // The field of a value in parentheses.
            "." if self.is_name(1) => {
                let field = self.tokens[self.at + 1];
                self.push(field, Role::Other, None);
                self.step(2, Expected::Operator);
            }
            _ => self.step(1, Expected::Operand),
        }
    }

    /// A type, with its SQL schema and what stands in parentheses after it.
    fn type_name(&mut self) {
        while self.is_name(0) {
            let token = self.tokens[self.at];
            let is_last = !(self.is_symbol(1, ".") && self.is_name(2));
            self.push(token, if is_last { Role::Type } else { Role::Qualifier }, None);
            self.at += if is_last { 1 } else { 2 };
            if is_last {
                break;
            }
        }
        if self.is_symbol(0, "(") {
            self.skip_parentheses(Role::Other);
        }
        self.expected = Expected::Operator;
    }

    /// Everything up to the parenthesis that closes the one at hand, which is passed as well.
    fn skip_parentheses(&mut self, role: Role) {
        let mut depth = 0_usize;
        while let Some(token) = self.token(0) {
            self.at += 1;
            match token.text {
                "(" if token.kind == TokenKind::Symbol => depth += 1,
                ")" if token.kind == TokenKind::Symbol && depth <= 1 => break,
                ")" if token.kind == TokenKind::Symbol => depth -= 1,
                _ => self.push(token, role, None),
            }
        }
    }

    /// All that is left of a `CAST` is its type.
    fn cast_type(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.token(0) {
            match token.text {
                "(" if token.kind == TokenKind::Symbol => depth += 1,
                ")" if token.kind == TokenKind::Symbol && depth == 0 => break,
                ")" if token.kind == TokenKind::Symbol => depth -= 1,
                _ => {
                    let role = if depth == 0 && self.is_symbol(1, ".") { Role::Qualifier } else { Role::Type };
                    self.push(token, if depth > 0 { Role::Other } else { role }, None);
                }
            }
            self.at += 1;
        }
        self.expected = Expected::Operator;
    }

    fn name(&mut self, token: Token<'a>) {
        let word = if token.kind == TokenKind::Word { token.text.to_ascii_lowercase() } else { String::new() };
        if self.in_head && !self.leaves_head(&word) {
            self.at += 1;
            return;
        }
        if self.is_symbol(1, ".") && (self.is_name(2) || self.is_symbol(2, "*")) {
            return self.chain();
        }
        let is_free = word.is_empty() || !is_reserved(&word, self.dialect);
        match self.expected {
            Expected::Operator => self.after_operand(token, &word),
            Expected::Operand => self.operand(token, &word, is_free),
            Expected::Relation => self.relation(token, &word, is_free),
            Expected::Alias if matches!(word.as_str(), "recursive" | "materialized" | "not") => self.at += 1,
            Expected::Alias => {
                self.push(token, Role::Alias, None);
                self.step(1, Expected::Operator);
                if self.is_symbol(0, "(") {
                    self.skip_parentheses(Role::Alias);
                }
            }
            Expected::Other => {
                self.push(token, Role::Other, None);
                self.step(1, Expected::Operator);
            }
        }
    }

    /// Between `CREATE` and what the new thing is over, nothing names a column.
    fn leaves_head(&mut self, word: &str) -> bool {
        let leaves = match word {
            "of" | "on" | "as" | "using" | "when" | "check" | "begin" | "from" => true,
            _ => self.levels.len() > 1,
        };
        self.in_head &= !leaves;
        leaves
    }

    /// `a.b`, `a.b.c`, `a.*`.
    fn chain(&mut self) {
        let mut qualifier = None;
        while self.is_symbol(1, ".") && (self.is_name(2) || self.is_symbol(2, "*")) {
            let token = self.tokens[self.at];
            qualifier = token.name(self.dialect);
            self.push(token, Role::Qualifier, None);
            self.at += 2;
        }
        let last = self.tokens[self.at];
        let role = match self.expected {
            _ if last.kind == TokenKind::Symbol => return self.step(1, Expected::Operator),
            _ if self.is_symbol(1, "(") => Role::Function,
            Expected::Operand if self.is_typed_literal() => Role::Type,
            Expected::Operand => Role::Column,
            Expected::Relation => Role::Relation,
            Expected::Operator | Expected::Alias | Expected::Other => Role::Other,
        };
        self.push(last, role, qualifier);
        self.step(1, if role == Role::Function { Expected::Operand } else { Expected::Operator });
    }

    /// PostgreSQL: a string right after a name is a value of that type.
    fn is_typed_literal(&self) -> bool {
        self.dialect == Dialect::Postgres && self.token(1).is_some_and(|next| next.kind == TokenKind::String)
    }

    fn operand(&mut self, token: Token<'a>, word: &str, is_free: bool) {
        let follows_by = self.is_word(1, "by");
        match word {
            "order" | "group" | "partition" if follows_by => {
                self.level().in_from = false;
                self.step(2, Expected::Operand);
            }
            "select" => {
                (self.level().in_query, self.level().in_with) = (true, false);
                self.step(1, Expected::Operand);
            }
            "with" => {
                self.level().in_with = true;
                self.step(1, Expected::Alias);
            }
            "create" => {
                (self.in_head, self.is_create) = (true, true);
                self.at += 1;
            }
            "end" if self.at > 0 && self.tokens[self.at - 1].is_symbol(";") => self.at += 1,
            "begin" if self.is_create => self.step(1, Expected::Operand),
            "insert" | "delete" | "replace" if self.is_word(1, "into") || self.is_word(1, "from") => {
                self.level().in_query = true;
                self.at += 1;
            }
            "update" if self.is_name(1) && !self.is_word(1, "on") && !self.is_word(1, "of") => {
                self.level().in_query = true;
                self.step(1, Expected::Relation);
            }
            "insert" | "update" | "delete" | "of" if self.is_create && self.levels.len() == 1 => self.at += 1,
            "on" if self.is_create && self.levels.len() == 1 => self.step(1, Expected::Relation),
            "from" => self.from(),
            "as" => self.step(1, Expected::Alias),
            "unbounded" if self.is_word(1, "preceding") || self.is_word(1, "following") => {
                self.step(2, Expected::Operator);
            }
            "current" if self.is_word(1, "row") => self.step(2, Expected::Operator),
            _ if !is_free && words::wants_relation(word) => self.step(1, Expected::Relation),
            _ if !is_free && words::is_value(word) => self.step(1, Expected::Operator),
            _ if self.is_symbol(1, "(") && (is_free || matches!(word, "cast" | "left" | "right" | "raise")) => {
                self.function(token, word);
            }
            _ if !is_free => self.step(1, Expected::Operand),
            _ if self.is_typed_literal() => {
                self.push(token, Role::Type, None);
                self.step(1, Expected::Operator);
            }
            _ if self.is_long_type(word) => {
                self.push(token, Role::Type, None);
                self.step(2, Expected::Operator);
            }
            _ if self.is_named_argument() => {
                self.push(token, Role::Other, None);
                self.step(1, Expected::Operator);
            }
            _ => {
                self.push(token, Role::Column, None);
                self.step(1, Expected::Operator);
            }
        }
    }

    fn is_long_type(&self, word: &str) -> bool {
        let second = self.token(1).map(|token| token.text.to_ascii_lowercase());
        self.dialect == Dialect::Postgres && second.is_some_and(|second| words::is_long_type(word, &second))
    }

    /// `name => value`
    fn is_named_argument(&self) -> bool {
        let (first, second) = (self.token(1), self.token(2));
        first
            .zip(second)
            .is_some_and(|(first, second)| first.is_symbol("=") && second.is_symbol(">") && first.end() == second.start)
    }

    /// A function's name, and its parenthesis with the words that stand in it before the first value.
    fn function(&mut self, token: Token<'a>, word: &str) {
        self.push(token, Role::Function, None);
        let inside = if matches!(word, "cast" | "xmlserialize") { Inside::Cast } else { Inside::Group };
        self.levels.push(Level::new(inside));
        self.step(2, Expected::Operand);
        let (leading, then) = match word {
            "extract" | "raise" => (1, Expected::Operator),
            "xmlparse" | "xmlserialize" => (1, Expected::Operand),
            "xmlelement" | "xmlpi" => (2, Expected::Operator),
            _ => (0, Expected::Operand),
        };
        for _ in 0..leading {
            if let Some(field) = self.token(0).filter(|_| self.is_name(0)) {
                self.push(field, Role::Other, None);
                self.step(1, then);
            }
        }
    }

    fn from(&mut self) {
        let is_query = self.level().in_query;
        self.level().in_from = is_query;
        self.step(1, if is_query { Expected::Relation } else { Expected::Operand });
    }

    fn relation(&mut self, token: Token<'a>, word: &str, is_free: bool) {
        match word {
            "only" | "lateral" => self.at += 1,
            "select" | "values" | "with" if !is_free || self.is_symbol(1, "(") => {
                self.level().in_from = false;
                self.expected = Expected::Operand;
                self.operand(token, word, is_free);
            }
            "rows" if self.is_word(1, "from") => self.step(2, Expected::Relation),
            _ if !is_free => self.step(1, Expected::Operand),
            _ if self.is_symbol(1, "(") && self.level().in_from => self.function(token, word),
            _ => {
                self.push(token, Role::Relation, None);
                self.step(1, Expected::Operator);
            }
        }
    }

    fn after_operand(&mut self, token: Token<'a>, word: &str) {
        let in_cast = self.level().inside == Inside::Cast;
        let in_definition = self.is_create && self.levels.len() == 1;
        if words::ends_from(word) && !(word == "set" && self.is_symbol(1, "=")) {
            self.level().in_from = false;
        }
        match word {
            "as" if in_cast => {
                self.at += 1;
                self.cast_type();
            }
            "as" if in_definition => self.step(1, Expected::Operand),
            "as" => self.step(1, Expected::Alias),
            "collate" => {
                self.at += 1;
                while self.is_symbol(1, ".") {
                    self.at += 2;
                }
                self.expected = Expected::Other;
            }
            "nulls" if self.is_word(1, "first") || self.is_word(1, "last") => self.at += 2,
            "for" if in_definition => self.step(if self.is_word(1, "each") { 3 } else { 2 }, Expected::Operator),
            "to" if in_definition => self.step(1, Expected::Other),
            "execute" if in_definition => self.step(2, Expected::Operand),
            "at" if self.is_word(1, "time") && self.is_word(2, "zone") => self.step(3, Expected::Operand),
            "is" => self.is(),
            "over" if !self.is_symbol(1, "(") => self.step(1, Expected::Other),
            "using" if !self.is_symbol(1, "(") => self.step(1, Expected::Other),
            "using" => self.step(1, Expected::Operand),
            "from" => self.from(),
            "on" if in_definition => self.step(1, Expected::Relation),
            "order" | "group" | "partition" if self.is_word(1, "by") => self.step(2, Expected::Operand),
            "select" | "insert" | "delete" | "update" | "with" | "create" | "replace" | "begin" => {
                self.operand(token, word, false);
                if self.expected == Expected::Operator {
                    self.expected = Expected::Operand;
                }
            }
            _ if words::wants_relation(word) => self.step(1, Expected::Relation),
            "check" | "returns" => self.step(1, Expected::Operand),
            _ if words::is_infix(word) => self.step(1, Expected::Operand),
            _ if !word.is_empty() && is_reserved(word, self.dialect) => self.at += 1,
            _ => {
                self.push(token, Role::Alias, None);
                self.at += 1;
                if self.is_symbol(0, "(") && self.level().in_from {
                    self.skip_parentheses(Role::Alias);
                }
            }
        }
    }

    /// `IS [NOT] [DISTINCT FROM]`; otherwise PostgreSQL has a keyword after it and SQLite a value.
    fn is(&mut self) {
        self.at += 1 + usize::from(self.is_word(1, "not"));
        let is_distinct = self.is_word(0, "distinct") && self.is_word(1, "from");
        match self.dialect {
            _ if is_distinct => self.step(2, Expected::Operand),
            Dialect::Sqlite => self.expected = Expected::Operand,
            Dialect::Postgres => self.step(1, Expected::Operator),
        }
    }
}
