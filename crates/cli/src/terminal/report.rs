//! Draws diagnostics: the source line with the place underlined. Must not decide which ones there are.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use makemigrations_plan::diagnostic::{Diagnostic, Severity};

use super::Terminal;
use crate::arguments::Format;

/// The texts of the files that diagnostics point into, by the path they name.
pub(crate) type Texts<'a> = BTreeMap<&'a str, &'a str>;

impl Terminal {
    /// Shows diagnostics in the format that was asked for. Notes are left out when quiet.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], texts: &Texts<'_>) {
        let is_shown = |diagnostic: &&Diagnostic| diagnostic.severity != Severity::Note || !self.is_quiet();
        for diagnostic in diagnostics.iter().filter(is_shown) {
            let text = text_of(diagnostic, texts);
            match self.format {
                Format::Json => self.document.diagnostic(diagnostic, text, &self.pasted),
                Format::Github => self.annotate_diagnostic(diagnostic, text),
                Format::Human => {}
            }
            // Those over borders come as a graph, after all others.
            if self.format != Format::Github && diagnostic.crossing.is_none() {
                self.always(&self.draw(diagnostic, text));
            }
        }
        if self.format != Format::Github {
            self.borders(diagnostics, texts);
        }
    }

    fn draw(&self, diagnostic: &Diagnostic, text: &str) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(diagnostic.message.as_str());
        let mut group = if text.is_empty() {
            Group::with_title(title).element(annotate_snippets::Origin::path(diagnostic.path.as_str()))
        } else {
            let span = clamp(text, diagnostic);
            let snippet = Snippet::source(text).path(diagnostic.path.as_str());
            title.element(snippet.annotation(AnnotationKind::Primary.span(span)))
        };
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        self.render(group)
    }

    pub(super) fn render(&self, group: Group<'_>) -> String {
        let renderer = if self.colored { Renderer::styled() } else { Renderer::plain() };
        format!("{}\n", renderer.render(&[group]))
    }
}

pub(super) fn text_of<'a>(diagnostic: &Diagnostic, texts: &Texts<'a>) -> &'a str {
    texts.get(diagnostic.path.as_str()).copied().unwrap_or_default()
}

/// The span inside the text, on borders of characters: a reader may point just behind the end.
pub(super) fn clamp(text: &str, diagnostic: &Diagnostic) -> std::ops::Range<usize> {
    let border = |mut index: usize| {
        index = index.min(text.len());
        while !text.is_char_boundary(index) {
            index -= 1;
        }
        index
    };
    let start = border(diagnostic.span.start);
    // A value of many lines is found by its first one.
    let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    start..border(diagnostic.span.end).clamp(start, line_end.max(start))
}

/// Line and column of a byte offset, from 1; the column counts characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_with_its_place() {
        let text = "format = 1\nnulable = true\n";
        let diagnostic = Diagnostic::error("a.toml", 11..18, "unknown key `nulable`").with_help("remove it");
        let drawn = Terminal::plain().draw(&diagnostic, text);
        for part in ["error: unknown key `nulable`", "a.toml:2:1", "nulable = true", "^^^^^^^", "remove it"] {
            assert!(drawn.contains(part), "{drawn}");
        }
    }

    #[test]
    fn no_span_makes_it_panic() {
        let text = "ж\n";
        for (start, end) in [(0, 99), (99, 100), (1, 1), (2, 1), (3, 3)] {
            for text in [text, ""] {
                let drawn = Terminal::plain().draw(&Diagnostic::error("a.toml", start..end, "m"), text);
                assert!(drawn.contains("a.toml"), "{drawn}");
            }
        }
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(position("ab\nжжc", 7), (2, 3));
        assert_eq!(position("", 5), (1, 1));
    }
}
