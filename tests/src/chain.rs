//! A long history on a real schema: condo, and then one small change after another, each recorded by the command line.
//! It must not write records itself: what is measured on the result must be what users have.

use crate::condo;
use crate::database::Engine;
use crate::project::Project;

/// A project with condo's snapshots and `count` migrations: the initial one, then columns, indexes, defaults, and
/// columns dropped again, spread over all tables.
///
/// # Panics
/// When the command line fails.
#[must_use]
pub fn condo_chain(engine: Engine, count: usize) -> Project {
    let project = Project::new(engine);
    let mut domains = condo::snapshots(engine);
    for (name, text) in &domains {
        project.write(&format!("schema-snapshots/{name}"), text);
    }
    makemigrations(&project);
    let tables: Vec<(usize, String)> = domains
        .iter()
        .enumerate()
        .flat_map(|(domain, (_, text))| {
            let heads = text.lines().filter(|line| line.starts_with("[tables.") && line.ends_with(".columns]"));
            heads.map(move |line| (domain, line.to_owned()))
        })
        .collect();
    for step in 1..count {
        // Four steps for each column: it appears, gets an index, a default instead, and goes.
        let column = step / 4;
        let (domain, head) = &tables[column * 7 % tables.len()];
        let line = |attributes: &str| format!("extra_{column} = {{ type = \"text\", nullable = true{attributes} }}\n");
        let (old, new) = match step % 4 {
            1 => (format!("{head}\n"), format!("{head}\n{}", line(""))),
            2 => (line(""), line(", index = true")),
            3 => (line(", index = true"), line(", default = \"none\"")),
            _ => {
                let (_, head) = &tables[(column - 1) * 7 % tables.len()];
                let old =
                    format!("extra_{} = {{ type = \"text\", nullable = true, default = \"none\" }}\n", column - 1);
                (format!("{head}\n{old}"), format!("{head}\n"))
            }
        };
        let domain = if step % 4 == 0 { tables[(column - 1) * 7 % tables.len()].0 } else { *domain };
        let (name, text) = &mut domains[domain];
        assert_eq!(text.matches(&old).count(), 1, "step {step}: `{old}`");
        *text = text.replace(&old, &new);
        project.write(&format!("schema-snapshots/{name}"), &*text);
        makemigrations(&project);
    }
    assert_eq!(project.migrations().len(), count);
    project
}

#[track_caller]
fn makemigrations(project: &Project) {
    project.run(["makemigrations", "--no-input", "--no-renames"]).code(0);
}
