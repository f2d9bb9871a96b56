//! How lists of migrations read in messages: a few in the line, many as their number with the list below it.
//!
//! Does not know what is said of them.

/// More than so many names are not read in one line.
const IN_A_LINE: usize = 3;

/// `` `a`, `b` ``, or `60 migrations` where [`below`] lists them.
pub fn counted<S: AsRef<str>>(migrations: &[S]) -> String {
    if migrations.len() > IN_A_LINE {
        return format!("{} migrations", migrations.len());
    }
    let quoted: Vec<_> = migrations.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// The names that [`counted`] only counts, each on a line of its own, starting with a new line. Else nothing.
pub fn below<S: AsRef<str>>(migrations: &[S]) -> String {
    if migrations.len() <= IN_A_LINE {
        return String::new();
    }
    migrations.iter().map(|name| format!("\n  `{}`", name.as_ref())).collect()
}

/// Both, for the end of a sentence.
pub fn listed<S: AsRef<str>>(migrations: &[S]) -> String {
    counted(migrations) + &below(migrations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_counted_and_listed_below() {
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b`, `c`");
        assert_eq!(listed(&["a", "b", "c", "d"]), "4 migrations\n  `a`\n  `b`\n  `c`\n  `d`");
        assert_eq!(counted(&["a", "b", "c", "d"]), "4 migrations");
        assert_eq!(listed::<&str>(&[]), "");
    }
}
