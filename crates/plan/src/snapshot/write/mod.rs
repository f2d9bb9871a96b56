//! A schema back to snapshot files, as a person would write them: what is read from them is the schema again.
//!
//! Touches no file: the caller says where each domain's text goes.

mod piece;

pub(crate) use piece::{push_default, push_element, push_type};
