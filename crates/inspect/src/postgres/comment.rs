//! Comments, of everything at once.
//!
//! Each reader takes those that have a place; the others are named in the end.

use std::collections::BTreeMap;

use super::{catalogue::Catalogue, found::Found};

/// Those of extensions were written by their authors.
const QUERY: &str = "
SELECT d.classoid::text, d.objoid::text, d.objsubid::text, d.description
FROM pg_description d
WHERE d.objoid >= 16384 AND d.classoid <> 'pg_extension'::regclass
    AND NOT EXISTS (
        SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e'
    )";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let mut comments = BTreeMap::new();
    for mut row in catalogue.rows(QUERY)? {
        let place = ((row.number(), row.number()), row.number());
        comments.insert(place, row.text());
    }
    found.set_comments(comments);
    Ok(())
}
