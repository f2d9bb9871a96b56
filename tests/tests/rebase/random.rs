//! Two branches that change the same two tables at random, merged or rebased, with snapshots settled column by column:
//! whatever clashed, in the end all is sound. It must not know which of the ways through `rebase` is taken.
//!
//! `REBASE_ROUNDS` rounds (12), from the seed `REBASE_SEED` on (0).

use std::collections::BTreeMap;

use makemigrations_tests::database::Engine;

use super::support::Team;

/// The columns of a table besides its key, by name.
type Columns = BTreeMap<String, &'static str>;

/// Every one nullable, so that there is nothing to ask.
const KINDS: [&str; 4] = [
    "{ type = \"text\", nullable = true }",
    "{ type = \"text\", nullable = true, index = true }",
    "{ type = \"integer\", nullable = true }",
    "{ type = \"text\", nullable = true, default = \"new\" }",
];

const DOMAINS: [&str; 2] = ["ticket", "user"];

/// Numbers that look random; equal seeds give equal ones.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a whole number"))
}

fn write(team: &Team, tables: &[Columns; 2]) {
    for (domain, columns) in DOMAINS.iter().zip(tables) {
        let columns: String = columns.iter().map(|(name, kind)| format!("{name} = {kind}\n")).collect();
        let key = "id = { type = \"integer\", primary_key = true }";
        team.project.snapshot(domain, &format!("[tables.{domain}.columns]\n{key}\n{columns}"));
    }
}

/// One to three migrations of one to three changes, each committed.
fn work(team: &Team, dice: &mut Dice, tables: &mut [Columns; 2]) {
    for _ in 0..=dice.below(3) {
        for _ in 0..=dice.below(3) {
            let name = ["a", "b", "c", "d", "e"][dice.below(5)].to_owned();
            let columns = &mut tables[dice.below(2)];
            if columns.contains_key(&name) && dice.below(2) == 0 {
                columns.remove(&name);
            } else {
                columns.insert(name, KINDS[dice.below(KINDS.len())]);
            }
        }
        write(team, tables);
        makemigrations(team);
        team.repo.commit_all("work");
    }
}

fn makemigrations(team: &Team) {
    let mut arguments = vec!["makemigrations".to_owned(), "--no-renames".to_owned()];
    let made = team.run(&arguments);
    if made.code == Some(0) {
        return;
    }
    // A type that changes asks how.
    let flags = made.stderr.lines().filter_map(|line| line.trim().strip_prefix("--using "));
    let place = |flag: &str| flag.trim_start_matches('\'').split_once('=').expect("`table.column=SQL`").0.to_owned();
    // Each way of answering is offered, quoted for a shell.
    for place in flags.map(place).collect::<std::collections::BTreeSet<_>>() {
        arguments.extend(["--using".to_owned(), format!("{place}=NULL")]);
    }
    team.run(&arguments).code(0);
}

/// What both wanted, column by column; where both changed one, theirs.
fn settled(before: &Columns, mine: &Columns, theirs: &Columns) -> Columns {
    let names = before.keys().chain(mine.keys()).chain(theirs.keys());
    let chosen = names.map(|name| {
        let (was, my, their) = (before.get(name), mine.get(name), theirs.get(name));
        (name.clone(), if their == was { my } else { their })
    });
    chosen.filter_map(|(name, kind)| Some((name, *kind?))).collect()
}

#[test]
fn whatever_clashes_all_is_sound_in_the_end() {
    let start = number("REBASE_SEED", 0);
    let mut asked = 0;
    for seed in start..start + number("REBASE_ROUNDS", 12) {
        println!("seed {seed}");
        let mut dice = Dice::new(seed);
        let team = Team::with_database(Engine::Sqlite);
        let mut before = [Columns::new(), Columns::new()];
        team.on_main(|| work(&team, &mut dice, &mut before));
        team.repo.merge("main");
        let (mut mine, mut theirs) = (before.clone(), before.clone());
        work(&team, &mut dice, &mut mine);
        if dice.below(2) == 0 {
            team.run(["migrate"]).code(0);
        }
        team.on_main(|| work(&team, &mut dice, &mut theirs));
        let all: Vec<_> = (0..2).map(|table| settled(&before[table], &mine[table], &theirs[table])).collect();
        let all: [Columns; 2] = all.try_into().expect("two tables");
        if team.repo.try_git(["merge", "--no-edit", "main"]).code == Some(0) {
            // One of them took everything back before it was a migration.
            continue;
        }
        write(&team, &all);
        let rebased = team.run(["rebase", "--yes"]);
        println!("{}", rebased.stderr);
        if rebased.stderr.contains("do not answer") {
            // What was dropped and added has become a change of its type: only a person knows how.
            rebased.code(1).stderr_contains("how");
            asked += 1;
            continue;
        }
        rebased.code(0);
        if rebased.stderr.contains("changes without a migration") {
            makemigrations(&team);
        }
        team.commit_merge();
        team.is_sound();
    }
    assert!(asked * 4 <= number("REBASE_ROUNDS", 12), "{asked} asked");
}
