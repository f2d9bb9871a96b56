//! How the command line reaches a database: everything in `docs/connections.md`, against real servers with certificates,
//! real poolers and roles that mean no good. It must not test what migrations do.

mod documented;
mod libpq;
mod pooler;
mod private;
mod roles;
mod setup;
mod tls;
mod versions;
