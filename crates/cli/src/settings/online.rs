//! The setting `online`: whether changes are made in steps, and how rows are filled. Must not read files.

use toml::{Spanned, de::DeValue};

use super::Reader;

/// The setting `online`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnlineSettings {
    /// Whether `makemigrations` writes online steps without being asked to.
    pub(crate) is_default: bool,
    /// How many rows one transaction of a backfill looks at.
    pub(crate) batch_size: u32,
    /// How long a backfill waits after each of them, in milliseconds.
    pub(crate) pause_ms: u32,
}

impl Default for OnlineSettings {
    fn default() -> Self {
        Self { is_default: false, batch_size: 1_000, pause_ms: 20 }
    }
}

impl Reader<'_> {
    /// `true`, `false`, or a table with the size of batches and the pause between them.
    pub(super) fn online(&mut self, value: &Spanned<DeValue<'_>>, setting: &mut OnlineSettings) {
        let table = match value.get_ref() {
            DeValue::Boolean(chosen) => {
                setting.is_default = *chosen;
                return;
            }
            DeValue::Table(table) => table,
            _ => {
                let message =
                    "setting `online` has to be `true`, `false`, or a table: `{ batch_size = 1000, pause_ms = 20 }`";
                return self.error(value.span(), message.to_owned());
            }
        };
        setting.is_default = true;
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let number = match value.get_ref() {
                DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
                _ => None,
            };
            match (name, value.get_ref(), number) {
                ("default", DeValue::Boolean(chosen), _) => setting.is_default = *chosen,
                ("batch_size", _, Some(size)) if (1..=1_000_000).contains(&size) => setting.batch_size = size,
                ("pause_ms", _, Some(pause)) if pause <= 60_000 => setting.pause_ms = pause,
                ("default", ..) => self.error(value.span(), "`online.default` has to be `true` or `false`".to_owned()),
                ("batch_size", ..) => {
                    self.error(value.span(), "`online.batch_size` has to be a number from 1 to 1000000".to_owned());
                }
                ("pause_ms", ..) => {
                    self.error(value.span(), "`online.pause_ms` has to be a number from 0 to 60000".to_owned());
                }
                _ => self.error(
                    key.span(),
                    format!("unknown key `{name}` of `online`, expected `batch_size`, `pause_ms` or `default`"),
                ),
            }
        }
    }
}
