//! Manual pages, one for each command. Must not say anything that the help does not say.

use std::path::Path;

use clap::{Command, CommandFactory};

use crate::{
    arguments::Arguments,
    error::Result,
    terminal::Terminal,
    workspace::write::{self, Text},
};

/// Writes them into a folder.
pub(super) fn write(folder: &Path, terminal: &Terminal) -> Result<()> {
    let texts = pages().into_iter().map(|(name, text)| Text { path: folder.join(name), text }).collect::<Vec<_>>();
    write::texts(&texts)?;
    terminal.say(&format!("{} manual pages in `{}`", texts.len(), folder.display()));
    terminal.say(&format!("to read one: `man {}`", makemigrations_gate::quoted(&first_page(folder))));
    Ok(())
}

/// The page that names all the others.
fn first_page(folder: &Path) -> String {
    folder.join(format!("{}.1", env!("CARGO_PKG_NAME"))).display().to_string()
}

/// Names of files and texts.
fn pages() -> Vec<(String, String)> {
    let mut grammar = Arguments::command();
    grammar.build();
    let mut pages = Vec::new();
    add(&grammar, env!("CARGO_PKG_NAME"), &mut pages);
    pages
}

fn add(command: &Command, name: &str, pages: &mut Vec<(String, String)>) {
    let mut text = Vec::new();
    let usage = command.get_bin_name().unwrap_or(name).to_owned();
    let page = clap_mangen::Man::new(command.clone().display_name(name).bin_name(usage)).title(name);
    let source = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    // A vector takes everything.
    drop(page.source(source).manual("Schema migrations for Rust and Diesel").render(&mut text));
    let mut text = String::from_utf8_lossy(&text).into_owned();
    for inner in command.get_subcommands().filter(|inner| inner.get_name().contains(':')) {
        let named = format!("\\-{}(1)", inner.get_name());
        text = text.replace(&named, &named.replace(':', "\\-"));
    }
    pages.push((format!("{name}.1"), text));
    let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
    for inner in shown {
        // A file of Windows has no `:` in its name.
        add(inner, &format!("{name}-{}", inner.get_name().replace(':', "-")), pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages();
        let page = |name: &str| {
            let found = pages.iter().find(|(file, _)| file == name);
            found.map(|(_, text)| text.clone()).unwrap_or_else(|| panic!("no `{name}`"))
        };
        assert!(page("makemigrations-migrate-down.1").contains("\\-\\-backfill"));
        assert!(page("makemigrations-hooks-install.1").contains("\\-\\-dry\\-run"));
        assert!(page("makemigrations.1").contains("makemigrations\\-migrate\\-down(1)"));
        assert!(!pages.iter().any(|(file, _)| file.contains("complete.1") || file.contains("help")));
    }
}
