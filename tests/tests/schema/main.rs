//! `schema` and `schema-json`: what is generated for Diesel and for editors, judged by Diesel's own tools, by the
//! compiler, and in the flow of the other commands.
//! It must not state what Diesel does from memory: its command line is asked.

mod editor;
mod commands;
mod compile;
mod compiled;
mod flow;
mod from_schema_rs;
mod print_schema;
mod rows;
