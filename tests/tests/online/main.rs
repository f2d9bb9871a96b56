//! Changes of tables in use: the steps of `makemigrations --online`, up and down with rows, under load, and after a kill. It
//! must not test what is written without the flag.

mod backfill;
mod branches;
mod deferred;
mod load;
mod locks;
mod rewrite;
mod settings;
mod steps;
mod support;
