//! `squash` of merged migrations: one more migration that stands for them, and what every kind of database does with it.

mod by_hand;
mod check;
mod command;
mod condo;
mod elsewhere;
mod kill;
mod support;
mod take_over;
