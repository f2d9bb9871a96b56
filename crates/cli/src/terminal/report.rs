//! Draws diagnostics: the source line with the place underlined. Must not decide which ones there are.

use std::{collections::BTreeMap, ops::Range};

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
        // Found once for each file: there may be as many diagnostics as lines.
        let mut files: BTreeMap<&str, Lines<'_>> = BTreeMap::new();
        for diagnostic in diagnostics.iter().filter(is_shown) {
            let lines = files.entry(&diagnostic.path).or_insert_with(|| Lines::new(text_of(diagnostic, texts)));
            match self.format {
                Format::Json => {
                    self.document.diagnostic(diagnostic, lines.position(diagnostic.span.start), &self.command_hint);
                }
                Format::Github => self.annotate_diagnostic(diagnostic, lines.position(diagnostic.span.start)),
                Format::Human => {}
            }
            // Those over borders come as a graph, after all others.
            if self.format != Format::Github && diagnostic.crossing.is_none() {
                self.always(&self.draw(diagnostic, lines));
            }
        }
        if self.format != Format::Github {
            self.borders(diagnostics, texts);
        }
    }

    fn draw(&self, diagnostic: &Diagnostic, lines: &Lines<'_>) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(diagnostic.message.as_str());
        let mut group = if lines.text.is_empty() {
            Group::with_title(title).element(annotate_snippets::Origin::path(diagnostic.path.as_str()))
        } else {
            let span = clamp(lines.text, diagnostic);
            // Of the file only its line: the rest would be read again for every diagnostic.
            let (number, line) = lines.around(span.start);
            let start = line.start;
            let span = span.start - start..span.end - start;
            let snippet = Snippet::source(&lines.text[line]).line_start(number).path(diagnostic.path.as_str());
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
    Lines::new(text).position(offset)
}

/// A text and where its lines start.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(index, _)| index + 1);
        Self { text, starts: [0].into_iter().chain(after).collect() }
    }

    /// The number of the line that an offset is in, from 1, and the line with its end.
    fn around(&self, offset: usize) -> (usize, Range<usize>) {
        let number = self.starts.partition_point(|start| *start <= offset).max(1);
        (number, self.starts[number - 1]..self.starts.get(number).copied().unwrap_or(self.text.len()))
    }

    /// Line and column of a byte offset, from 1; the column counts characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let (number, line) = self.around(offset);
        (number, self.text[line.start..offset].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_with_its_place() {
        let text = "format = 1\nnulable = true\n";
        let diagnostic = Diagnostic::error("a.toml", 11..18, "unknown key `nulable`").with_help("remove it");
        let drawn = Terminal::plain().draw(&diagnostic, &Lines::new(text));
        for part in ["error: unknown key `nulable`", "a.toml:2:1", "nulable = true", "^^^^^^^", "remove it"] {
            assert!(drawn.contains(part), "{drawn}");
        }
    }

    #[test]
    fn no_span_makes_it_panic() {
        let text = "ж\n";
        for (start, end) in [(0, 99), (99, 100), (1, 1), (2, 1), (3, 3)] {
            for text in [text, ""] {
                let drawn = Terminal::plain().draw(&Diagnostic::error("a.toml", start..end, "m"), &Lines::new(text));
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
