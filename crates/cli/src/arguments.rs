//! The command line's grammar and its help texts. Must not act.

mod completions;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use makemigrations_plan::model::Dialect;

pub(crate) use completions::{Complete, Completions, Shell};

/// Schema migrations for Rust and Diesel.
///
/// Compares the snapshots in `schema-snapshots/` with the recorded migrations, writes the next one, and runs them.
#[derive(Debug, Parser)]
#[command(name = "makemigrations", bin_name = "cargo xtask", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The application, where a workspace has several
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// The database, instead of the one in DATABASE_URL or `.env`
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more about what is done and why
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colours; NO_COLOR in the environment turns them off as well
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// How findings are reported
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How findings are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on standard error
    Human,
    /// One JSON document on standard output
    Json,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare the snapshots with the recorded state and write the next migration
    Makemigrations(Makemigrations),
    /// Check, write what is missing, migrate the development database, and build
    Build(Build),
    /// Take the hand-written SQL of an unmerged migration into the lock file
    Seal(Seal),
    /// Check the migrations against the lock file, against what is merged, and against the snapshots
    Check(Check),
    /// Apply pending migrations
    ///
    /// On PostgreSQL a statement waits for locks of others as long as the setting `ddl_lock_timeout` says ("5s"); a migration
    /// that ran into it is tried again, `ddl_retries` times (10). `statement_timeout` limits how long a statement runs.
    Migrate(Migrate),
    /// Revert the last migration
    ///
    /// It waits for locks of others, and is tried again, as the settings `ddl_lock_timeout` and `ddl_retries` say.
    #[command(name = "migrate:down")]
    MigrateDown(MigrateDown),
    /// Show who holds the migration lock, and free it when its holder is gone
    #[command(name = "migrate:unlock")]
    MigrateUnlock(MigrateUnlock),
    /// Put your migrations on top of those that git brought, with new numbers
    Rebase(Rebase),
    /// Make one migration of several of yours, or one more that stands for merged ones
    ///
    /// Yours, which are not merged, become one: they are rolled back where they are applied, and applied again.
    ///
    /// Where FROM or TO names a merged one, all of them stay, and one more migration stands for them. `migrate` runs its
    /// `squashed.sql` instead of them, in one transaction, where none of them is applied; where all are, nothing; where only
    /// some are, it stops and names the way on. What people wrote by hand keeps its place and its words.
    Squash(Squash),
    /// Drop a local database, make it anew and apply everything again
    Reset(Reset),
    /// Print a database as snapshots, or write them
    Inspect(Inspect),
    /// Compare a database with what its applied migrations say
    Drift(Drift),
    /// Run every migration up, down and up again in a scratch database, and compare with what is recorded
    Verify(Verify),
    /// Look for hazards in unmerged migrations: what locks, what rewrites, what loses rows
    ///
    /// Each finding says its rule, the statement, the lock, who waits for it, and how to do it safely. It fails when one is an
    /// error. The setting `lint` changes the level of rules; `-- lint:allow RULE reason="..."` on the line before a statement
    /// silences one there. Migrations for SQLite have none of these hazards.
    Lint(Lint),
    /// List every migration with its state in the database
    Showmigrations(Showmigrations),
    /// Print the SQL that a migration runs
    Sqlmigrate(Sqlmigrate),
    /// Check what is staged before every commit
    #[command(subcommand)]
    Hooks(Hooks),
    /// Write Diesel's `schema.rs` from the snapshots, without a database
    Schema(SchemaArguments),
    /// Write the snapshot format as a JSON Schema, for editors
    #[command(name = "schema-json")]
    SchemaJson(SchemaJson),
    /// Set a workspace up: alias, xtask, folders, build script, hooks, CI
    Init(Init),
    /// Take over the migrations that Diesel has run so far, as they are
    Adopt(Adopt),
    /// Print the script that makes a shell complete the commands, or write manual pages
    ///
    /// bash: `cargo xtask completions bash > ~/.makemigrations.bash`, and `source ~/.makemigrations.bash` in `~/.bashrc`. zsh:
    /// the same with `zsh` in `~/.zshrc`, after `compinit`. fish: `cargo xtask completions fish >
    /// ~/.config/fish/conf.d/makemigrations.fish`. PowerShell and Elvish: into a file that the profile reads.
    ///
    /// Completed are `makemigrations`, `cargo xtask` and yarn's scripts; what cargo and yarn complete themselves stays.
    /// Migrations, applications, domains, tables and columns come from the workspace.
    Completions(Completions),
    /// What can stand at the end of a command line: for the scripts of `completions`
    #[command(hide = true, disable_help_flag = true)]
    Complete(Complete),
}

/// Commands of later versions, so that they are told from misspelled ones.
pub(crate) const LATER_COMMANDS: [&str; 1] = ["report"];

/// How long a command waits that writes into a database.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Wait {
    /// How many seconds to wait for the migration lock
    #[arg(long, value_name = "SECONDS", default_value_t = Self::DEFAULT)]
    lock_timeout: u64,
}

impl Wait {
    const DEFAULT: u64 = 60;

    pub(crate) fn lock_timeout(self) -> Duration {
        Duration::from_secs(self.lock_timeout)
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self { lock_timeout: Self::DEFAULT }
    }
}

/// The answer to what is asked before rows are lost.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Consent {
    /// Go on although data will be lost; without it that is asked on a terminal, and refused elsewhere
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Of a command that writes files of the workspace: whether it does.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Rehearsal {
    /// Write nothing; say what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Of a command that puts migrations in the place of others: how it deals with those that are applied.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Renewal {
    /// Change nothing; say what would be rolled back, and which migration gets which name
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Change only the files; what is applied stays in the database as it is
    #[arg(long)]
    pub(crate) files_only: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Args, Default)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command are independent of each other")]
pub(crate) struct Makemigrations {
    /// Write nothing; exit with 1 when a migration is missing
    #[arg(long, conflicts_with = "empty")]
    pub(crate) check: bool,
    /// Write nothing; print the SQL
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The name of the migration, instead of one made from its operations
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Write a migration for SQL of your own; record it with `seal` afterwards
    #[arg(long)]
    pub(crate) empty: bool,
    /// Record the operations and leave their SQL to you, prefilled; record your changes with `seal`
    #[arg(long, conflicts_with = "empty")]
    pub(crate) manual: bool,
    /// Give a new number to your migrations that clash with merged ones, when their operations prove that the order does not
    /// matter
    #[arg(long, conflicts_with_all = ["check", "name", "empty", "manual", "domain", "rename", "no_renames", "backfill", "using"])]
    pub(crate) merge: bool,
    /// With --merge: go on although rolling back loses data
    #[arg(short, long, requires = "merge")]
    pub(crate) yes: bool,
    /// PostgreSQL: make changes of tables that are merged already in steps that keep nobody waiting, each a migration of
    /// its own
    #[arg(long, overrides_with = "no_online", conflicts_with_all = ["empty", "manual"])]
    pub(crate) online: bool,
    /// With the setting `drops = "deferred"`: write the drops of what has left the snapshots, as far as that is merged
    #[arg(long, conflicts_with_all = ["empty", "manual", "check", "domain", "rename", "no_renames", "backfill", "using"])]
    pub(crate) contract: bool,
    /// One migration that locks what it changes, whatever the setting `online` says
    #[arg(long)]
    pub(crate) no_online: bool,
    /// Take the changes of one domain only
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,
    #[command(flatten)]
    pub(crate) given: Given,
    /// Delete the hints from the snapshots that migrations have used, and nothing else; with --dry-run only say which
    #[arg(long, conflicts_with_all = ["check", "name", "empty", "manual", "merge", "domain", "rename", "no_renames", "backfill", "using"])]
    pub(crate) tidy: bool,
    /// Never ask; stop with the flag for each answer
    #[arg(long)]
    pub(crate) no_input: bool,
}

/// The answers to what the snapshots do not say.
#[derive(Debug, Args, Default)]
pub(crate) struct Given {
    /// A table or column that was renamed: old:new or table.old:new; may be given several times
    #[arg(long, value_name = "OLD:NEW")]
    pub(crate) rename: Vec<String>,
    /// Nothing was renamed, other than by --rename: drop the old and add the new
    #[arg(long)]
    pub(crate) no_renames: bool,
    /// What existing rows get in a column: table.column=SQL; may be given several times
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    pub(crate) backfill: Vec<String>,
    /// How a column's values become the new type: table.column=SQL; may be given several times
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    pub(crate) using: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Arguments for `cargo build`
    #[arg(last = true, value_name = "CARGO ARGS")]
    pub(crate) cargo: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Seal {
    /// The name of the migration's folder; not needed when only one is unsealed
    pub(crate) name: Option<String>,
    /// Seal a merged migration all the same, with a reason that every later report shows
    #[arg(long = "override", requires = "reason", requires = "name")]
    pub(crate) force: bool,
    /// Why a merged migration has to change, or the SQL of a squashed one was changed by hand
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args, Default)]
pub(crate) struct Check {
    /// Check what is staged in git instead of the files on disk
    #[arg(long)]
    pub(crate) staged: bool,
    /// Read a commit as data: nothing of it is built or run, and settings and policy come from the base
    #[arg(long, value_name = "COMMIT", conflicts_with = "staged")]
    pub(crate) tree: Option<String>,
    /// With --tree: the commit that says what is merged and what is allowed; without it the branch to merge into
    #[arg(long, value_name = "COMMIT", requires = "tree")]
    pub(crate) base: Option<String>,
}

#[derive(Debug, Args, Default)]
pub(crate) struct Migrate {
    /// Stop after this migration: its version, name or number, or `zero`
    #[arg(long, value_name = "VERSION|NAME|SEQ|zero")]
    pub(crate) to: Option<String>,
    /// List what would be applied, and apply nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Record migrations as applied without running their SQL
    #[arg(long)]
    pub(crate) fake: bool,
    /// Record the initial migration as applied, without running its SQL, where all tables and columns that it creates exist
    #[arg(long, conflicts_with = "fake")]
    pub(crate) fake_initial: bool,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct MigrateDown {
    /// How many migrations to revert [default: 1; with --absent: all that are not here]
    #[arg(long, value_name = "N", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) steps: Option<u32>,
    /// Revert everything after this migration: its version, name or number, or `zero`
    #[arg(long, value_name = "VERSION|NAME|SEQ|zero")]
    pub(crate) to: Option<String>,
    /// Revert what is applied and not in the folder as it was applied: another branch's, a deleted draft. By the `down.sql`
    /// that the database stores, newest first
    #[arg(long)]
    pub(crate) absent: bool,
    /// What existing rows get in a NOT NULL column that comes back: table.column=SQL; may be given several times
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    pub(crate) backfill: Vec<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Go on although it will fail on rows that are there, or cannot be reversed: the SQL of `down.sql` may know better than
    /// its operations. Says yes to nothing
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateUnlock {
    /// End the session of a holder that is alive
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rebase {
    #[command(flatten)]
    pub(crate) renewal: Renewal,
    #[command(flatten)]
    pub(crate) given: Given,
    /// Put everything back to where it was: after an interruption, or until git is done
    #[arg(long, conflicts_with_all = ["dry_run", "rename", "no_renames", "using"])]
    pub(crate) abort: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Squash {
    /// The first one: name of the folder, name, or number; without it your first
    pub(crate) from: Option<String>,
    /// The last one; without it your last, or the last merged one
    pub(crate) to: Option<String>,
    /// The name of the new migration; without it one made of the operations, or of the numbers of merged ones
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What existing rows get in a NOT NULL column that rolling back restores: table.column=SQL; may be given several times
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    pub(crate) backfill: Vec<String>,
    #[command(flatten)]
    pub(crate) renewal: Renewal,
}

#[derive(Debug, Args)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Also a database that is not on this machine, or in CI, or in use by others, or that has something in it and not the
    /// history of these migrations; never one that the server has for itself
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Write the snapshots that are missing; refuse where one says something else than the database
    #[arg(long)]
    pub(crate) write: bool,
    /// Replace snapshots that say something else, with their comments and hints
    #[arg(long, requires = "write")]
    pub(crate) force: bool,
    /// A TOML file with a line for each domain: ticket = ["ticket", "ticket_*"]; without it tables stay in the domain that the
    /// migrations name, and new ones come into `database`
    #[arg(long, value_name = "FILE")]
    pub(crate) domain_map: Option<PathBuf>,
    /// Read Diesel's `schema.rs` instead of a database, and list what it does not say
    #[arg(long, value_name = "FILE", conflicts_with_all = ["no_scratch", "scratch_url"])]
    pub(crate) from_schema_rs: Option<PathBuf>,
    /// Take names and expressions as the database spells them: no scratch database is made to recognise what the migrations
    /// made
    #[arg(long)]
    pub(crate) no_scratch: bool,
    /// Make the scratch database on this server, of the same version, instead of beside the database
    #[arg(long, value_name = "URL", conflicts_with = "no_scratch")]
    pub(crate) scratch_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Drift {
    /// Make the scratch database on this server, of the same version, instead of beside the database
    #[arg(long, value_name = "URL")]
    pub(crate) scratch_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Go down the last N only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) last: Option<u32>,
}

#[derive(Debug, Args, Default)]
pub(crate) struct Lint {
    /// The migrations to look at, instead of the unmerged ones: the name of the folder, the version, the name or the number
    #[arg(value_name = "MIGRATION")]
    pub(crate) migrations: Vec<String>,
    /// Every migration, merged ones as well
    #[arg(long, conflicts_with = "migrations")]
    pub(crate) all: bool,
    /// Run them in a scratch database, and print the locks that each statement takes
    #[arg(long)]
    pub(crate) locks: bool,
    /// With --locks: make the scratch database on this server, instead of beside the database
    #[arg(long, value_name = "URL", requires = "locks")]
    pub(crate) scratch_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Showmigrations {
    /// Show only what `migrate` would apply, in its order
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sqlmigrate {
    /// The migration: its version, name or number
    pub(crate) name: String,
    /// Print the SQL that reverts it
    #[arg(long)]
    pub(crate) backwards: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Write nothing; exit with 1 when a file differs, and show the lines
    #[arg(long, conflicts_with = "stdout")]
    pub(crate) check: bool,
    /// Write nothing; print what the files should be. Without a file in the settings that is what happens anyway
    #[arg(long)]
    pub(crate) stdout: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaJson {
    /// Print it instead of writing `snapshot.schema.json` beside the snapshots
    #[arg(long)]
    pub(crate) stdout: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hooks {
    /// Add the check to the hooks of this repository: git's own, husky's, lefthook's or pre-commit's
    Install(InstallHooks),
    /// Check what is staged: what every hook calls
    Run,
}

#[derive(Debug, Args)]
pub(crate) struct InstallHooks {
    #[command(flatten)]
    pub(crate) rehearsal: Rehearsal,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) rehearsal: Rehearsal,
    /// The dialect of the migrations, instead of the configured database's: postgres or sqlite
    #[arg(long, value_name = "DIALECT")]
    pub(crate) dialect: Option<Dialect>,
    /// The package that embeds the migrations, whose build script gets the gate
    #[arg(long = "crate", value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The CI that gets the check, instead of the one that the repository has
    #[arg(long)]
    pub(crate) ci: Option<Ci>,
    /// Also write the commands as scripts into the `package.json` of the workspace, or of one application's folder
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = ".")]
    pub(crate) yarn: Option<PathBuf>,
    /// Depend on a checkout of makemigrations instead of its published version
    #[arg(long, value_name = "FOLDER")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Adopt {
    #[command(flatten)]
    pub(crate) rehearsal: Rehearsal,
    /// Take the schema from the files alone, run in a scratch database, also where there is a database that has them
    #[arg(long)]
    pub(crate) files: bool,
    /// A TOML file with a line for each domain: ticket = ["ticket", "ticket_*"]; the rest comes into one snapshot, which is
    /// called as the application or the workspace
    #[arg(long, value_name = "FILE")]
    pub(crate) domain_map: Option<PathBuf>,
    /// Make scratch databases on this server, of the same version, instead of beside the database
    #[arg(long, value_name = "URL")]
    pub(crate) scratch_url: Option<String>,
}

/// Where checks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
    /// Nowhere
    None,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn names_with_a_colon_are_commands() {
        let arguments = Arguments::try_parse_from(["xtask", "migrate:down", "--steps", "2", "-q"]).unwrap();
        assert!(matches!(arguments.command, Command::MigrateDown(MigrateDown { steps: Some(2), .. })));
        assert!(Arguments::try_parse_from(["xtask", "seal", "a", "--override"]).is_err());
    }
}
