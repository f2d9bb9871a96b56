//! Hints of tables and columns.
//!
//! Only their form is read here.

use super::{Name, Reader};
use crate::toml::Value;

/// `renamed_from`: the name before.
pub(super) fn renamed_from<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Name<'a>> {
    let name = value.text(reader.report)?;
    if name.value.is_empty() {
        reader.report.error(name.span, "expected the name before, found an empty string");
        return None;
    }
    Some(name)
}
