//! Records read back as they were written, and nothing that is read makes the reader fail.
//!
//! Whole files as people see them are golden cases under `/tests`.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{Record, read, strategy, write};
use crate::diff::{Answers, diff};
use crate::model::{Dialect, Domain, Schema};
use crate::operation::{Operation, apply_all};
use crate::snapshot::{self, Source};

proptest! {
    #[test]
    fn what_is_written_reads_back(record in strategy::record()) {
        let text = write(&record);
        let back = read("operations.toml", &text);
        prop_assert_eq!(back.as_ref(), Ok(&record), "{}", text);
        // Maps of columns are equal in any order, bytes are not.
        prop_assert_eq!(write(&back.unwrap()), text);
    }

    #[test]
    fn line_ends_of_a_checkout_change_nothing(record in strategy::record()) {
        let text = write(&record).replace('\n', "\r\n");
        prop_assert_eq!(read("operations.toml", &text), Ok(record));
    }

    #[test]
    fn any_text_is_an_answer(text in "(?s).{0,200}") {
        if let Err(found) = read("operations.toml", &text) {
            prop_assert!(!found.is_empty());
            check_places(&text, &found);
        }
    }

    #[test]
    fn a_damaged_record_is_refused_or_whole(
        record in strategy::record(),
        place in any::<prop::sample::Index>(),
        length in 0..12_usize,
        patch in "[\\[\\]{}=\"',.a-z0-9\n ]{0,4}",
    ) {
        let mut bytes = write(&record).into_bytes();
        let start = place.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, patch.bytes());
        let text = String::from_utf8_lossy(&bytes);
        match read("operations.toml", &text) {
            // Whatever it means now, it means that: nothing was passed over.
            Ok(read) => prop_assert!(super::read("again.toml", &write(&read)).as_ref() == Ok(&read)),
            Err(found) => {
                prop_assert!(!found.is_empty());
                check_places(&text, &found);
            }
        }
    }
}

/// Every place can be drawn.
fn check_places(text: &str, found: &[crate::diagnostic::Diagnostic]) {
    for item in found {
        assert!(text.get(item.span.clone()).is_some(), "{item:?}");
    }
}

#[test]
fn every_operation_is_made_up_by_the_tests() {
    let mut runner = TestRunner::deterministic();
    let operations = strategy::operation();
    let tags: BTreeSet<_> = (0..2000).map(|_| operations.new_tree(&mut runner).unwrap().current().tag()).collect();
    assert_eq!(tags, Operation::TAGS.iter().copied().collect());
}

fn messages(text: &str) -> Vec<String> {
    read("operations.toml", text).unwrap_err().into_iter().map(|item| item.message).collect()
}

#[test]
fn a_later_format_says_what_is_needed() {
    let text = "format = 2\nnumber = 1\nops = []\n";
    let found = messages(text);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(found, [format!("record format 2 is not known: makemigrations {version} reads format 1")]);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = "\
format = 1
number = -1
dialect = \"mysql\"

[[operations]]
op = \"add_colum\"

[[operations]]
op = \"drop_column\"
table = \"ticket\"

[[operations]]
op = \"add_column\"
table = \"ticket\"
colum = \"title\"
definition = { type = \"text\", primary_key = true }

[[operations]]
table = \"ticket\"
";
    assert_eq!(
        messages(text),
        [
            "the number of a migration cannot be negative",
            "dialect `mysql` is not supported yet, expected `postgres` or `sqlite`",
            "unknown operation `add_colum`, did you mean `add_column`?",
            "the operation needs `column`",
            "unknown key `colum`, did you mean `column`?",
            "unknown key `primary_key`",
            "an operation needs an `op`",
        ]
    );
}

#[test]
fn an_empty_record_has_its_head() {
    let record = Record { manual: true, ..Record::new(42, Dialect::Sqlite, Vec::new()) };
    let text = write(&record);
    assert!(text.ends_with("\nformat = 1\nnumber = 42\ndialect = \"sqlite\"\nmanual = true\n"), "{text}");
    assert_eq!(read("operations.toml", &text), Ok(record));
}

#[test]
fn texts_of_views_and_objects_stay_on_one_line() {
    let text = "\
format = 1
number = 7
dialect = \"postgres\"

[[operations]]
op = \"create_view\"
key = \"analytics.ticket\"
domain = \"ticket\"
name = \"ticket\"
schema = \"analytics\"
query = \"SELECT\\n  1 AS n\"
materialized = true
comment = \"All\"
depends_on = [\"house\", \"ticket\"]
indexes = [
  { name = \"ticket_n_idx\", columns = [\"n\"], unique = true },
]

[[operations]]
op = \"create_object\"
key = \"touch\"
domain = \"ticket\"
create = \"CREATE FUNCTION touch() AS $$ BEGIN; $$\"
drop = \"DROP FUNCTION touch()\"

[[operations]]
op = \"set_depends_on\"
key = \"ticket\"
depends_on = []

[[operations]]
op = \"add_exclusion\"
table = \"visit\"
definition = { name = \"once\", using = \"gist\", elements = [{ column = \"during\", with = \"&&\" }], where = \"a > 0\" }
";
    let record = read("operations.toml", text).unwrap();
    let written = write(&record);
    let (_, written) = written.split_once('\n').unwrap();
    assert_eq!(written, text);
}

/// Records from before digits were kept: their SQL is what it was, and the same number in a snapshot is no change.
#[test]
fn a_float_of_an_earlier_version_stays_what_it_was() {
    let text = "format = 1\nnumber = 1\ndialect = \"postgres\"\n\n[[operations]]\nop = \"create_table\"\nkey = \"t\"\ndomain = \
                \"d\"\n\n[operations.columns]\na = { type = \"numeric\", default = 20.0 }\nb = { type = \"numeric\", default = 0.5 }\n";
    let record = read("operations.toml", text).unwrap();
    assert_eq!(write(&record).matches("default = 20.0 }").count(), 1, "{}", write(&record));
    assert_eq!(read("operations.toml", &write(&record)).as_ref(), Ok(&record));
    let files = crate::migration::files(&Schema::default(), &record).unwrap();
    assert!(files.up.contains("DEFAULT 20,") || files.up.contains("DEFAULT 20\n"), "{}", files.up);

    let present = apply_all(&Schema::default(), &record.operations).unwrap();
    let plan = |default: &str| {
        let text = format!(
            "format = 1\n[tables.t.columns]\na = {{ type = \"numeric\", default = {default} }}\nb = {{ type = \"numeric\", default \
             = 0.5 }}\n"
        );
        let source = Source { path: "d.toml".into(), domain: Domain::new("d").unwrap(), text };
        let wanted = snapshot::read(Dialect::Postgres, &[source]).unwrap();
        diff(Dialect::Postgres, &present, &wanted, &Answers::default(), None).unwrap().operations
    };
    assert_eq!((plan("20.0").len(), plan("20.00").len(), plan("20.01").len()), (0, 0, 1));
    // What is recorded now has its digits.
    let changed = Record::new(2, Dialect::Postgres, plan("20.010"));
    assert!(write(&changed).contains("default = { number = \"20.010\" }"), "{}", write(&changed));
    assert_eq!(read("operations.toml", &write(&changed)), Ok(changed));
}

/// The default would be lost without a word, and with it the column of the present schema wrong.
#[test]
fn a_float_that_is_no_number_is_refused() {
    for (default, message) in [
        ("1e400", "the number is too large"),
        ("-1e999", "the number is too large"),
        ("inf", "expected a finite number"),
        ("nan", "expected a finite number"),
    ] {
        let text = format!(
            "format = 1\nnumber = 1\ndialect = \"postgres\"\n\n[[operations]]\nop = \"add_column\"\ntable = \"t\"\ncolumn = \
             \"a\"\ndefinition = {{ type = \"numeric\", default = {default} }}\n"
        );
        assert_eq!(messages(&text), [message], "{default}");
    }
    let text = "format = 1\nnumber = 1\ndialect = \"postgres\"\n\n[[operations]]\nop = \"add_column\"\ntable = \"t\"\ncolumn = \
                \"a\"\ndefinition = { type = \"numeric\", default = { number = \"1e400\" } }\n";
    assert!(write(&read("operations.toml", text).unwrap()).ends_with("default = { number = \"1e400\" } }\n"));
}
