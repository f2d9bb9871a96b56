//! A row of an answer, read from its first column to its last.
//!
//! The queries are this crate's own: a value that is missing reads as the empty one, and no error is made of it.

/// A row whose columns are taken one after the other.
pub(crate) struct Row(std::vec::IntoIter<Option<String>>);

impl Row {
    pub(crate) fn new(values: Vec<Option<String>>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn optional(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    pub(crate) fn text(&mut self) -> String {
        self.optional().unwrap_or_default()
    }

    pub(crate) fn number<N: std::str::FromStr + Default>(&mut self) -> N {
        self.text().parse().unwrap_or_default()
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.text() == "true"
    }

    /// The numbers of `{1,2}` or `1 2`.
    pub(crate) fn numbers(&mut self) -> Vec<i16> {
        let text = self.text();
        text.split(|other: char| !other.is_ascii_digit() && other != '-').filter_map(|part| part.parse().ok()).collect()
    }

    /// The lines of a text.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}
