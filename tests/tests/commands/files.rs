//! Where snapshots come from and which files are left alone: folders, workspace members, what editors and systems drop.

use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

use crate::setup::{Setup, next, snapshot_ticket};

const TABLE: &str = "format = 1\n\n[tables.invoice.columns]\nid = { type = \"integer\", primary_key = true }\n";

#[test]
fn a_domain_may_be_a_folder_of_files() {
    let project = Project::new(Engine::Sqlite);
    project.write("schema-snapshots/billing/invoice.toml", TABLE);
    project.write("schema-snapshots/billing/payment.toml", TABLE.replace("invoice", "payment"));
    project.write("schema-snapshots/billing/.payment.toml.swp", "no TOML");
    snapshot_ticket(&project, "");
    let name = next(&project, &["--domain", "billing"]);
    let up = project.read(&format!("migrations/{name}/up.sql"));
    assert!(up.contains("\"invoice\"") && up.contains("\"payment\"") && !up.contains("\"ticket\""), "{up}");
    // Which file of the domain a table is in makes no difference.
    project.write(
        "schema-snapshots/billing/invoice.toml",
        format!("{TABLE}\n[tables.payment.columns]\nid = {{ type = \"integer\", primary_key = true }}\n"),
    );
    project.remove("schema-snapshots/billing/payment.toml");
    project.run(["makemigrations", "--check", "--domain", "billing"]).code(0);
}

fn with_members(members: &[(&str, &str)]) -> Project {
    let folder = Folder::temporary();
    let names: Vec<_> = members.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    folder.write(
        "Cargo.toml",
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n",
            names.join(", ")
        ),
    );
    for (name, metadata) in members {
        let package = name.rsplit('/').next().unwrap();
        let head = format!("[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
        folder.write(&format!("{name}/Cargo.toml"), format!("{head}\n{metadata}"));
        folder.write(&format!("{name}/src/lib.rs"), "");
    }
    Project::at(&folder)
}

#[test]
fn members_may_own_their_snapshots() {
    let project = with_members(&[
        ("crates/billing", "[package.metadata.makemigrations]\nsnapshot = \"schema.toml\"\n"),
        ("crates/people", "[package.metadata.makemigrations]\nsnapshot = \"schema\"\ndomain = \"staff\"\n"),
        ("crates/nothing", ""),
    ]);
    project.write("crates/billing/schema.toml", TABLE);
    project.write("crates/people/schema/a.toml", TABLE.replace("invoice", "person"));
    project.write("crates/people/schema/b.toml", TABLE.replace("invoice", "team"));
    snapshot_ticket(&project, "");
    let domains = [("billing", "invoice"), ("staff", "person"), ("ticket", "ticket")];
    for (domain, table) in domains {
        let name = next(&project, &["--domain", domain]);
        let up = project.read(&format!("migrations/{name}/up.sql"));
        assert!(up.contains(&format!("CREATE TABLE \"{table}\"")), "{up}");
    }
    project.run(["makemigrations", "--check"]).code(0);
    // An error in a member's file is shown with its place.
    project.append("crates/billing/schema.toml", "nulable = \"integer\"\nb = \"intger\"\n");
    let finished = project.run(["makemigrations", "--check"]);
    finished.code(2).stderr_contains("crates/billing/schema.toml:").stderr_contains("did you mean `integer`?");
}

#[test]
fn a_member_whose_snapshot_is_missing_is_named() {
    let project = with_members(&[("billing", "[package.metadata.makemigrations]\nsnapshot = \"schema.toml\"\n")]);
    project.run(["makemigrations"]).code(2).stderr_contains("billing/schema.toml");
}

/// What systems and editors leave behind breaks neither the snapshots, nor the gate, nor Diesel.
#[test]
fn dotfiles_break_nothing() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        for name in ["schema-snapshots/.DS_Store", "schema-snapshots/.ticket.toml.swp", "schema-snapshots/.git/x.toml"]
        {
            setup.write(name, [0, 1, 0xFF]);
        }
        let migration = setup.ticket("");
        for name in [
            "migrations/.DS_Store".to_owned(),
            "migrations/.idea/x".to_owned(),
            format!("migrations/{migration}/.DS_Store"),
            format!("migrations/{migration}/.up.sql.swp"),
        ] {
            setup.write(&name, [0, 1, 0xFF]);
        }
        setup.run(["makemigrations", "--check"]).code(0).lacks("warning: `schema").lacks(".DS_Store").lacks(".swp");
        setup.run(["check"]).code(0).lacks(".DS_Store").lacks(".idea");
        setup.migrate();
        setup.run(["migrate:down"]).code(0);
    }
}

/// Git does not delete a folder when it switches branches and something that it ignores is in there. Diesel refuses all
/// migrations then; we do not.
#[test]
fn what_a_switch_of_branches_leaves_behind_breaks_nothing() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        assert!(setup.folder("migrations/2026-11-23-141205-0002_elsewhere").files().is_empty());
        setup.write("migrations/2026-11-23-141206-0003_elsewhere/.DS_Store", [0, 1]);
        let checked = setup.run(["check"]);
        checked.code(0).stderr_contains("-0002_elsewhere").stderr_contains("-0003_elsewhere");
        setup.run(["makemigrations", "--check"]).code(0);
        setup.migrate();
        assert_eq!(setup.tables(), ["ticket"]);
        setup.run(["showmigrations"]).code(0).stdout_contains("applied");
        setup.run(["migrate:down"]).code(0);
        assert!(setup.tables().is_empty());
    }
}

#[test]
fn other_files_among_the_snapshots_are_a_warning() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    for name in ["README.md", "ticket.toml~", "ticket.toml.orig", "notes"] {
        project.write(&format!("schema-snapshots/{name}"), "nonsense = = \u{0}");
        let finished = project.run(["makemigrations", "--dry-run"]);
        finished.code(0).stderr_contains("warning").stderr_contains(name);
        project.remove(&format!("schema-snapshots/{name}"));
    }
}

/// A file that a merge left with its markers is an error with its place, and not a crash.
#[test]
fn conflict_markers_in_a_snapshot_are_an_error_with_its_place() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "<<<<<<< ours\na = \"integer\"\n=======\nb = \"integer\"\n>>>>>>> theirs\n");
    project.run(["makemigrations"]).code(2).stderr_contains("schema-snapshots/ticket.toml:6:");
}
