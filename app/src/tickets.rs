//! Tickets of a house: opened and listed. Ordinary Diesel; it must not know that migrations exist.

use diesel::prelude::*;

use crate::schema::{enums::TicketStatus, organization, property, ticket};

/// What a resident asked for.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = ticket, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct Ticket {
    pub(crate) id: i32,
    pub(crate) title: String,
    pub(crate) status: TicketStatus,
}

/// Opens a ticket; its status is the column's default.
pub(crate) fn open(connection: &mut SqliteConnection, house: i32, title: &str) -> QueryResult<Ticket> {
    connection.transaction(|connection| {
        diesel::insert_into(ticket::table)
            .values((ticket::property.eq(house), ticket::title.eq(title)))
            .execute(connection)?;
        ticket::table.order(ticket::id.desc()).select(Ticket::as_select()).first(connection)
    })
}

/// Every ticket that is not closed, with its address.
pub(crate) fn open_by_address(connection: &mut SqliteConnection) -> QueryResult<Vec<(String, String)>> {
    ticket::table
        .inner_join(property::table)
        .filter(ticket::deleted_at.is_null().and(ticket::status.ne(TicketStatus::Closed)))
        .order((property::address, ticket::id))
        .select((property::address, ticket::title))
        .load(connection)
}

/// The house that the example works with, made at the first start.
pub(crate) fn example_property(connection: &mut SqliteConnection) -> QueryResult<i32> {
    let known = property::table.select(property::id).order(property::id).first(connection).optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection.transaction(|connection| {
        diesel::insert_into(organization::table).values(organization::name.eq("Nordhaus")).execute(connection)?;
        let owner: i32 =
            organization::table.select(organization::id).order(organization::id.desc()).first(connection)?;
        diesel::insert_into(property::table)
            .values((property::organization.eq(owner), property::address.eq("Hafenstrasse 1")))
            .execute(connection)?;
        property::table.select(property::id).order(property::id.desc()).first(connection)
    })
}
