//! Which domain a table belongs to, as a file says: `--domain-map`. Must not look at databases.

use std::collections::BTreeMap;

use makemigrations_plan::{
    diagnostic::Diagnostic,
    model::{Domain, Schema},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// `domain = ["table", "start_*"]`, one line for each domain: names as the database has them, of tables, enums, views and
/// objects; a `*` at the end stands for anything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DomainMap {
    names: BTreeMap<String, Domain>,
    /// By what the name starts with.
    starts: BTreeMap<String, Domain>,
}

impl DomainMap {
    /// Reads the text of the file that messages call `path`.
    pub(crate) fn parse(path: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let mut map = Self::default();
        let mut errors = Vec::new();
        match DeTable::parse(text) {
            Ok(document) => {
                for (key, value) in document.get_ref() {
                    match Domain::new(key.get_ref().as_ref()) {
                        Ok(domain) => map.domain(path, &domain, value, &mut errors),
                        Err(invalid) => errors.push(Diagnostic::error(path, key.span(), invalid.to_string())),
                    }
                }
            }
            Err(error) => {
                errors.push(Diagnostic::error(path, error.span().unwrap_or(0..0), error.message().to_owned()));
            }
        }
        (map, errors)
    }

    fn domain(&mut self, path: &str, domain: &Domain, value: &Spanned<DeValue<'_>>, errors: &mut Vec<Diagnostic>) {
        let expected = "expected a list of names: `ticket = [\"ticket\", \"ticket_*\"]`";
        let DeValue::Array(names) = value.get_ref() else {
            return errors.push(Diagnostic::error(path, value.span(), expected));
        };
        for name in names {
            let DeValue::String(text) = name.get_ref() else {
                errors.push(Diagnostic::error(path, name.span(), expected));
                continue;
            };
            let (known, text) = match text.strip_suffix('*') {
                Some(start) => (&mut self.starts, start),
                None => (&mut self.names, text.as_ref()),
            };
            if let Some(other) = known.insert(text.to_owned(), domain.clone()) {
                let message = format!("`{text}` is in the domain `{other}` already");
                errors.push(Diagnostic::error(path, name.span(), message));
            }
        }
    }

    /// The domain of a name; the longest start wins.
    fn of(&self, name: &str) -> Option<&Domain> {
        let longest =
            || self.starts.iter().filter(|(start, _)| name.starts_with(*start)).max_by_key(|(start, _)| start.len());
        self.names.get(name).or_else(|| longest().map(|(_, domain)| domain))
    }

    /// Moves what it names into its domain.
    pub(crate) fn assign(&self, schema: &mut Schema) {
        let tables = schema.tables.values_mut().map(|table| (&table.name, &mut table.domain));
        let views = schema.views.values_mut().map(|view| (&view.name, &mut view.domain));
        let enums = schema.enums.iter_mut().map(|(key, item)| (key, &mut item.domain));
        let objects = schema.objects.iter_mut().map(|(key, object)| (key, &mut object.domain));
        for (name, domain) in tables.chain(views).chain(enums).chain(objects) {
            if let Some(found) = self.of(name) {
                domain.clone_from(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_start_wins_and_a_name_before_it() {
        let (map, errors) = DomainMap::parse("map.toml", "a = [\"ticket_*\", \"x\"]\nb = [\"ticket_file*\", \"*\"]\n");
        assert_eq!(errors, []);
        let domain = |name| map.of(name).map(Domain::as_str);
        assert_eq!(
            ["x", "ticket_note", "ticket_file", "ticket_files_2", "other"].map(domain),
            [Some("a"), Some("a"), Some("b"), Some("b"), Some("b")]
        );
        assert_eq!(DomainMap::default().of("x"), None);
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let text = "A = [\"a\"]\nb = \"x\"\nc = [\"y\", 1]\nd = [\"y\"]\n";
        let (_, errors) = DomainMap::parse("map.toml", text);
        let mut found: Vec<_> = errors.iter().map(|error| (error.span.start, error.message.as_str())).collect();
        found.sort_unstable();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].1.contains("`A`") && found[1].1.contains("list of names"), "{found:?}");
        assert!(found[3].1.contains("`y` is in the domain `c` already"), "{found:?}");
        assert_eq!(DomainMap::parse("map.toml", "a = = 1").1.len(), 1);
    }
}
