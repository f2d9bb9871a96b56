//! From a database's catalogue to a schema, and what differs between two.
//!
//! Holds no connection: the caller runs the queries that are handed to it. Nothing is normalised here: two databases
//! are compared as the database itself spells them.
