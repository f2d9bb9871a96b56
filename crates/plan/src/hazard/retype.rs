//! Whether PostgreSQL writes every row again when a column changes its type.
//!
//! Source: `relfilenode` before and after, on PostgreSQL 15. In doubt the rows are written again.

use crate::model::DataType;

/// What a change of type does to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retyping {
    /// The stored values stay as they are.
    InPlace,
    /// Every row and every index of the column is written again.
    Rewrite,
}

impl Retyping {
    /// What it takes from one type to another, where PostgreSQL converts by itself. A moment is read in UTC.
    #[must_use]
    pub fn between(from: &DataType, to: &DataType) -> Self {
        let (from, to) = (from.storage(), to.storage());
        if is_in_place(&from, &to) { Self::InPlace } else { Self::Rewrite }
    }
}

fn is_in_place(from: &DataType, to: &DataType) -> bool {
    use DataType::{Array, Interval, Numeric, Postgres, Text, Time, Timestamp, Timestamptz, Varbit, Varchar};
    let grows = |a: &Option<u8>, b: &Option<u8>| b.unwrap_or(6) >= a.unwrap_or(6);
    match (from, to) {
        (from, to) if from == to => true,
        (Text | Varchar(_), Text | Varchar(None)) | (Varbit(_), Varbit(None)) => true,
        (Varchar(Some(a)), Varchar(Some(b))) | (Varbit(Some(a)), Varbit(Some(b))) => b >= a,
        (Numeric(_), Numeric(None)) => true,
        (Numeric(Some((p, s))), Numeric(Some((q, t)))) => s.unwrap_or(0) == t.unwrap_or(0) && q >= p,
        (Timestamp(a) | Timestamptz(a), Timestamp(b) | Timestamptz(b))
        | (Time(a), Time(b))
        | (Interval(a), Interval(b)) => grows(a, b),
        (Postgres("cidr"), Postgres("inet")) => true,
        (Array(a), Array(b)) => {
            is_in_place(a, b)
                && !matches!((&**a, &**b), (Timestamp(_), Timestamptz(_)) | (Timestamptz(_), Timestamp(_)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_of_the_same_kind_stays_in_place() {
        for (from, to) in [
            (DataType::Varchar(Some(5)), DataType::Varchar(Some(9))),
            (DataType::Varchar(Some(5)), DataType::Text),
            (DataType::Text, DataType::Varchar(None)),
            (DataType::Numeric(Some((6, Some(2)))), DataType::Numeric(Some((9, Some(2))))),
            (DataType::Timestamptz(Some(3)), DataType::Timestamptz(None)),
            (DataType::Serial, DataType::Integer),
        ] {
            assert_eq!(Retyping::between(&from, &to), Retyping::InPlace, "{from} {to}");
        }
    }

    #[test]
    fn everything_else_writes_the_rows_again() {
        for (from, to) in [
            (DataType::Integer, DataType::Bigint),
            (DataType::Text, DataType::Varchar(Some(5))),
            (DataType::Char(3), DataType::Text),
            (DataType::Numeric(Some((6, Some(2)))), DataType::Numeric(Some((9, Some(3))))),
            (DataType::Json, DataType::Jsonb),
            (DataType::Date, DataType::Timestamp(None)),
        ] {
            assert_eq!(Retyping::between(&from, &to), Retyping::Rewrite, "{from} {to}");
        }
    }
}
