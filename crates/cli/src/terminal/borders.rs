//! Draws references over borders between domains: as a graph, with every place that a line of it stands for. Must not
//! decide what is one.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Level, Snippet};
use makemigrations_plan::diagnostic::{Crossing, Diagnostic};

use super::{
    Paint, Terminal,
    report::{Texts, clamp, text_of},
};

/// The domain that refers and the one that it refers to.
type Border<'d> = (&'d str, &'d str);

impl Terminal {
    /// One report for each border, and the graph of them when there are several.
    pub(super) fn borders(&self, diagnostics: &[Diagnostic], texts: &Texts<'_>) {
        let mut borders: BTreeMap<Border<'_>, Vec<(&Crossing, &Diagnostic)>> = BTreeMap::new();
        for diagnostic in diagnostics {
            if let Some(crossing) = &diagnostic.crossing {
                let border = (crossing.from.as_str(), crossing.to.as_str());
                borders.entry(border).or_default().push((crossing, diagnostic));
            }
        }
        for (border, crossings) in &borders {
            self.always(&self.border(*border, crossings, texts));
        }
        if borders.len() > 1 {
            let title = self.paint(Paint::Strong, "domains that reach for others");
            let counts = borders.iter().map(|(border, crossings)| (*border, crossings.len()));
            self.always(&format!("{title}:\n{}", graph(counts)));
        }
    }

    fn border(&self, (from, to): Border<'_>, crossings: &[(&Crossing, &Diagnostic)], texts: &Texts<'_>) -> String {
        let title = format!("`{from}` -> `{to}`: domain `{from}` reaches for `{to}`, which is not in its `depends_on`");
        let mut files: BTreeMap<&str, Vec<(&Crossing, &Diagnostic)>> = BTreeMap::new();
        for (crossing, diagnostic) in crossings {
            files.entry(&diagnostic.path).or_default().push((crossing, diagnostic));
        }
        let mut group = Level::ERROR.primary_title(title.as_str()).elements(files.into_values().filter_map(|places| {
            let (_, first) = places.first()?;
            let text = text_of(first, texts);
            let annotations = places.iter().map(|(crossing, diagnostic)| {
                AnnotationKind::Primary.span(clamp(text, diagnostic)).label(crossing.what.as_str())
            });
            Some(Snippet::source(text).path(first.path.as_str()).annotations(annotations))
        }));
        let help = crossings.first().and_then(|(_, diagnostic)| diagnostic.help.as_deref());
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        self.render(group)
    }
}

/// A line for each border: `ticket -> house  2 references`.
fn graph<'d>(borders: impl Iterator<Item = (Border<'d>, usize)> + Clone) -> String {
    let width = |side: fn(Border<'d>) -> &'d str| borders.clone().map(|(border, _)| side(border).len()).max();
    let (from_width, to_width) = (width(|(from, _)| from).unwrap_or(0), width(|(_, to)| to).unwrap_or(0));
    let line = |((from, to), count)| {
        let noun = if count == 1 { "reference" } else { "references" };
        format!("  {from:from_width$} -> {to:to_width$}  {count} {noun}\n")
    };
    borders.clone().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_stand_below_each_other() {
        let borders = [(("ticket", "house"), 2), (("people", "organization"), 1)];
        let expected = "  ticket -> house         2 references\n  people -> organization  1 reference\n";
        assert_eq!(graph(borders.into_iter()), expected);
    }
}
