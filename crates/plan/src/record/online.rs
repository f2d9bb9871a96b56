//! The steps of online changes, to lines and back.
//!
//! What they do is the dialect's business.

use super::OnlineStep;
use super::field::{needs, owned, write_lines};
use crate::operation::BackfillColumn;
use crate::snapshot::parse::Reader;
use crate::toml::{Table, Value, read_keys};

pub(super) fn write_step(out: &mut String, step: OnlineStep) {
    out.push_str(&format!("step = {}\nsteps = {}\n", step.number, step.of));
    if step.is_online {
        out.push_str("online = true\n");
    }
}

/// The step that the keys `step` and `steps` say; both, or neither.
pub(super) fn step(reader: &mut Reader<'_, '_>, root: Table<'_>) -> Option<OnlineStep> {
    let is_online = root.get("online").is_some_and(|value| value.flag(reader.report).is_some());
    let (number, of) = (root.get("step"), root.get("steps"));
    match (number, of) {
        (None, None) => None,
        (Some(number), Some(of)) => {
            let (span, number, of) = (number.span(), count(reader, number)?, count(reader, of)?);
            if number == 0 || number > of {
                reader.report.error(span, format!("there is no step {number} of {of}"));
                return None;
            }
            Some(OnlineStep { number, of, is_online })
        }
        (Some(one), None) | (None, Some(one)) => {
            reader.report.error(one.span(), "a step of an online change needs `step` and `steps`");
            None
        }
    }
}

pub(super) fn write_backfill(out: &mut String, fill: &BackfillColumn) {
    write_lines(out, &[("table", &fill.table), ("column", &fill.column), ("value", &fill.value)]);
    out.push_str(&format!("batch_size = {}\npause_ms = {}\n", fill.batch_size, fill.pause_ms));
}

pub(super) fn read_backfill(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<BackfillColumn> {
    let (mut table, mut column, mut value, mut batch_size, mut pause_ms) = (None, None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "value" => value = entry.value.text(reader.report),
        "batch_size" => {
            batch_size = count(reader, entry.value);
            if batch_size == Some(0) {
                reader.report.error(entry.value.span(), "a batch has at least one row");
            }
        },
        "pause_ms" => pause_ms = count(reader, entry.value),
    });
    needs(reader, source, &["table", "column", "value", "batch_size", "pause_ms"]);
    Some(BackfillColumn {
        table: owned(table?),
        column: owned(column?),
        value: owned(value?),
        batch_size: batch_size?,
        pause_ms: pause_ms?,
    })
}

fn count(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<u32> {
    let number = value.integer(reader.report)?;
    let found = u32::try_from(number).ok();
    if found.is_none() {
        reader.report.error(value.span(), format!("`{number}` is not a number from 0 to {}", u32::MAX));
    }
    found
}
