//! The password file of libpq. Must not print a line of it.

use std::path::Path;

use super::server::Secret;

/// The passwords in a file, in its order.
#[derive(Clone, Default)]
pub(crate) struct PassFile(Vec<Entry>);

#[derive(Clone)]
struct Entry {
    /// Host, port, database and user; `*` is any.
    fields: [String; 4],
    password: Secret,
}

impl PassFile {
    /// Reads it. The warning says why it does not count.
    pub(super) fn read(path: &Path) -> (Self, Option<String>) {
        let refuse = |why: String| (Self::default(), Some(format!("the password file `{}` {why}", path.display())));
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => return refuse(format!("cannot be read: {error}")),
        };
        if !metadata.is_file() {
            return refuse("is not a plain file, and is not used".to_owned());
        }
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
            return refuse("can be read by others, and is not used: `chmod 600` it".to_owned());
        }
        match std::fs::read_to_string(path) {
            Ok(text) => (Self(text.lines().filter_map(entry).collect()), None),
            Err(error) => refuse(format!("cannot be read: {error}")),
        }
    }

    /// The first password for a place.
    pub(super) fn find(&self, place: [&str; 4]) -> Option<&Secret> {
        let fits = |entry: &&Entry| {
            entry.fields.iter().zip(place).all(|(field, value)| field == "*" || unescape(field) == value)
        };
        self.0.iter().find(fits).map(|entry| &entry.password)
    }
}

/// `host:port:database:user:password`, in which `\` takes the meaning from a `:` or a `\`.
fn entry(line: &str) -> Option<Entry> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // The fields stay as they are written: an escaped `*` is no wildcard.
            '\\' => {
                let field = fields.last_mut()?;
                field.push('\\');
                field.extend(characters.next());
            }
            ':' if fields.len() < 5 => fields.push(String::new()),
            character => fields.last_mut()?.push(character),
        }
    }
    let [host, port, database, user, password] = <[String; 5]>::try_from(fields).ok()?;
    let value = unescape(&password);
    let password = (!value.is_empty()).then_some(Secret { value, written: password })?;
    Some(Entry { fields: [host, port, database, user], password })
}

fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' { result.extend(characters.next()) } else { result.push(character) }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_compared_as_libpq_does() {
        let lines = "# localhost:*:*:*:no\nlocalhost:5432:shop:app:first\n\\*:*:*:*:star\ndb\\:1:*:*:*:a\\:b\\\\c\n*:*:*:app:any";
        let file = PassFile(lines.lines().filter_map(entry).collect());
        let found = |place| file.find(place).map(|secret| secret.value().to_owned());
        assert_eq!(found(["localhost", "5432", "shop", "app"]).as_deref(), Some("first"));
        assert_eq!(found(["localhost", "5433", "shop", "app"]).as_deref(), Some("any"));
        assert_eq!(found(["db:1", "1", "x", "y"]).as_deref(), Some("a:b\\c"));
        assert_eq!(found(["*", "1", "x", "y"]).as_deref(), Some("star"));
        assert_eq!(found(["other", "1", "x", "y"]), None);
    }
}
