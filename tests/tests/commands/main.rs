//! Every command as people, hooks and scripts use it: exit codes, files, output, and what is in the database afterwards.
//! One program, so that all of it shares one PostgreSQL server. It must not look into the crates.

mod absent;
mod annotations;
mod apps;
mod backfills;
mod build;
mod diesel_view;
mod domains;
mod down;
mod drift;
mod fake_initial;
mod files;
mod formats;
mod help;
mod hints;
mod inspect;
mod interruptions;
mod lock;
mod makemigrations;
mod manual;
mod migrate;
mod overrides;
mod questions;
mod refusals;
mod reset;
mod seal;
mod secrets;
mod settings;
mod setup;
mod show;
mod terminal;
mod together;
mod verify;
mod words;
mod workspaces;
