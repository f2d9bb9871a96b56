//! Projects that Diesel has migrated so far, laid out as real ones are, are taken over: with a live database and from the
//! files only. It must not look into the crates.

mod edge;
mod inherited;
mod interrupted;
mod layouts;
mod merged;
mod project;
mod refused;
mod take_over;
