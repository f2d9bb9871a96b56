//! A row of texts, which is all that the runner reads. Must not know which database it is from.

/// A row of texts.
#[derive(Debug)]
pub(crate) struct Row(Vec<Option<String>>);

impl Row {
    pub(super) fn new(values: Vec<Option<String>>) -> Self {
        Self(values)
    }

    /// The value of a column, from 0. `None` for NULL.
    pub(crate) fn get(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    pub(crate) fn into_texts(self) -> Vec<Option<String>> {
        self.0
    }

    /// The value of a column as a text of its own.
    pub(crate) fn text(&self, column: usize) -> Option<String> {
        self.get(column).map(str::to_owned)
    }
}
