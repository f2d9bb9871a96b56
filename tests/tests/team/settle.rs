//! All databases against each other. It must not know how they came about.

use makemigrations_tests::catalog::Catalog;
use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Database;
use makemigrations_tests::project::Project;
use makemigrations_tests::structure::structure;

use crate::world::{World, write};
use crate::{check, land, orders, work};

/// A fresh database from zero, on main as it is.
pub(crate) fn look(world: &mut World) -> Database {
    world.queue_repo.git(["fetch", "--quiet"]);
    world.queue_repo.git(["checkout", "--quiet", "-B", "main", "origin/main"]);
    let fresh = Database::new(world.engine, "fresh");
    let run = |arguments: &[&str]| makemigrations(&world.queue, arguments).env("DATABASE_URL", fresh.url()).run();
    let migrated = run(&["migrate"]);
    migrated.code(0);
    for over in &world.main().overrides {
        migrated.lacks(&over.reason);
    }
    run(&["drift"]).code(0);
    run(&["makemigrations", "--check", "--no-input"]).code(0);
    assert_eq!(structure(&fresh), structure(&from_snapshots(world)), "main is not what its snapshots say");
    world.did("fresh database");
    fresh
}

/// A database from one migration that is written from the snapshots alone.
fn from_snapshots(world: &World) -> Database {
    let project = Project::new(world.engine);
    write(&project, &world.main().sketch.plain());
    let database = Database::new(world.engine, "snapshots");
    for arguments in [&["makemigrations", "--no-input"][..], &["migrate"]] {
        makemigrations(&project, arguments).env("DATABASE_URL", database.url()).run().code(0);
    }
    database
}

/// Everybody finishes, comes to main and migrates.
pub(crate) fn end(world: &mut World) {
    for who in 0..world.developers.len() {
        world.line(format!(" end {}", world.developers[who].name));
        if world.developers[who].branch.is_some() && !land::land(world, who) {
            work::abandon(world, who);
        }
    }
    let fresh = look(world);
    let expected = (structure(&fresh), Catalog::of(&fresh));
    for who in 0..world.developers.len() {
        world.line(format!(" end {}: migrates", world.developers[who].name));
        work::catch_up(world, who);
        check::passes(world, who, &[]);
        let migrated = orders::without_absent(world, who, &["migrate"]);
        check::migrated(world, who, &migrated);
        world.run(who, ["drift"]).code(0);
        let developer = &world.developers[who];
        Catalog::of(&developer.database).assert_same(&expected.1);
        assert_eq!(structure(&developer.database), expected.0, "the database of {}", developer.name);
    }
}
