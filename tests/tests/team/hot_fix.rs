//! An emergency: a merged migration is changed, with a reason on record. It must not change what the migration makes.

use crate::world::{Override, World};
use crate::{check, land, work};

pub(crate) fn hot_fix(world: &mut World, who: usize) -> bool {
    if world.developers[who].branch.is_some() {
        return false;
    }
    work::start(world, who);
    let known = world.overrides(who);
    let names: Vec<String> = world.main().migrations.keys().cloned().collect();
    let name = names[world.chance.below(names.len())].clone();
    if known.iter().any(|over| over.migration == name) {
        work::leave(world, who);
        return false;
    }
    let reason = format!("emergency {}", world.chance.number() % 100_000);
    world.note(&format!("{name}: {reason}"));
    let developer = &world.developers[who];
    developer.project.append(&format!("migrations/{name}/up.sql"), format!("-- {reason}\n"));
    check::fails(world, who, &[], std::slice::from_ref(&name));
    world.run(who, ["seal", &name]).code(1).stderr_contains(&name);
    world.run(who, ["seal", &name, "--override", "--reason", &reason]).code(0);
    let branch = world.developers[who].branch_mut();
    branch.overrides.push(Override { migration: name, reason });
    branch.is_dirty = true;
    check::passes(world, who, &[]);
    work::commit_all(world, who);
    land::land_branch(world, who);
    true
}
