//! New migrations whose names clash with merged ones or come before them. It must not touch what is merged.

use makemigrations_tests::merged::Merged;

use super::{fails, passes, run};

#[test]
fn order() {
    run(vec![
        fails("a new one before all", &["M009"], |m| {
            renamed(m, "2020-01-01-000000-0004_ticket_priority");
            m.check()
        }),
        fails("a new one between two merged ones", &["M009"], |m| {
            m.rename(
                &m.own_folder(),
                &format!("{}5_ticket_priority", &m.merged(0)[.."migrations/2026-11-23-141200".len()]),
            );
            m.record();
            m.check()
        }),
        fails("a number twice", &["M007"], |m| {
            renamed(m, "2027-01-01-000000-0003_ticket_priority");
            m.check()
        }),
        fails("the first number twice", &["M007"], |m| {
            renamed(m, "2027-01-01-000000-0001_ticket_priority");
            m.check()
        }),
        fails("a version twice", &["M008"], |m| {
            m.rename(&m.own_folder(), &format!("{}x", m.merged(2)));
            m.record();
            m.check()
        }),
        fails("a version twice with other dashes", &["M008"], |m| {
            let version: String = m.names().nth(2).unwrap().split('_').next().unwrap().replace('-', "");
            renamed(m, &format!("{version}_ticket_priority"));
            m.check()
        }),
        fails("two own ones with a number", &["M007"], |m| {
            m.write("migrations/2027-01-01-000000-0004_other/up.sql", "SELECT 1;\n");
            m.write("migrations/2027-01-01-000000-0004_other/down.sql", "SELECT 1;\n");
            m.write("migrations/2027-01-01-000000-0004_other/operations.toml", empty_record(4));
            m.record();
            m.check()
        }),
        fails("two own ones in the wrong order of numbers", &["M009"], |m| {
            renamed(m, "2027-01-01-000000-0005_ticket_priority");
            m.write("migrations/2027-01-02-000000-0004_other/up.sql", "SELECT 1;\n");
            m.write("migrations/2027-01-02-000000-0004_other/down.sql", "SELECT 1;\n");
            m.write("migrations/2027-01-02-000000-0004_other/operations.toml", empty_record(4));
            m.record();
            m.check()
        }),
        fails("a merged one copied under a new name", &["M005", "M008", "M009"], |m| {
            for file in ["up.sql", "down.sql", "operations.toml"] {
                m.write(&format!("{}_copy/{file}", m.merged(0)), m.read(&m.first(file)));
            }
            m.check()
        }),
        fails("a merged one copied and recorded under a new number", &["M017"], |m| {
            m.rename(&m.own_folder(), "own");
            for file in ["up.sql", "down.sql"] {
                m.write(&m.own(file), m.read(&m.first(file)));
            }
            m.write(&m.own("operations.toml"), m.read("own/operations.toml"));
            m.record();
            m.check()
        }),
        passes("a later version and a number left out", |m| {
            m.rename(&m.own_folder(), "own");
            let name = "migrations/2027-01-01-000000-0012_ticket_priority";
            m.rename("own", name);
            m.replace(&format!("{name}/operations.toml"), "number = 4", "number = 12");
            m.record();
            m.check()
        }),
        passes("a later version", |m| {
            renamed(m, "2027-01-01-000000-0004_another_name");
            m.check()
        }),
        passes("main has got a migration with the same number in the meantime", |m| {
            m.checkout("main");
            m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("urgent");
            m.push_main();
            m.checkout("feature");
            m.check()
        }),
    ]);
}

/// Gives the own migration another name.
fn renamed(m: &Merged, name: &str) {
    m.rename(&m.own_folder(), &format!("migrations/{name}"));
    m.record();
}

fn empty_record(number: u64) -> String {
    format!("format = 1\nnumber = {number}\ndialect = \"sqlite\"\nmanual = true\n")
}
