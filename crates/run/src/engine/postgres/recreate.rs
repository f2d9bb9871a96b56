//! The whole database on a PostgreSQL server: created where it is not there, made anew where it is. Must not drop the old
//! one before the new one is there.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{Postgres, connect, scratch};
use crate::engine::{Engine, Refusal};
use crate::error::{Context, Error};
use crate::url::{DatabaseUrl, Server};

/// Databases that servers have, for a session while another one is dropped.
const OTHERS: [&str; 2] = ["postgres", "template1"];
const CREATE: &str = "create the database";
const RECREATE: &str = "make the database anew";

/// Creates the database of the URL unless it is there; says whether it did.
pub(in crate::engine) fn create(url: &DatabaseUrl, server: &Server) -> Result<bool, Error> {
    let mut beside = beside(url, server)?;
    let sql = "SELECT datname::text FROM pg_database WHERE datname = $1";
    if !beside.query(sql, &[Some(server.database())]).doing(CREATE)?.is_empty() {
        return Ok(false);
    }
    beside.batch(&format!("CREATE DATABASE {}", quote_identifier(server.database()))).doing(CREATE)?;
    Ok(true)
}

/// Makes the database anew. The session, and the lock with it, ends; afterwards the engine has a new one.
pub(super) fn recreate(engine: &mut Postgres, is_forced: bool) -> Result<(), Error> {
    let (url, server) = (engine.url.clone(), engine.server.clone());
    let mut beside = beside(&url, &server)?;
    let old = server.database();
    if !is_forced {
        refuse_in_use(&mut beside, old, engine.session)?;
    }
    let new = scratch::name(old, std::process::id(), engine.session.unsigned_abs());
    let (properties, settings) = (properties(engine).doing(RECREATE)?, settings(engine).doing(RECREATE)?);
    // First, so that a role that may drop the old one but not create a new one loses nothing.
    beside.batch(&format!("CREATE DATABASE {}{properties}", quote_identifier(&new))).doing(RECREATE)?;
    let replaced = set(&mut beside, &new, &settings).and_then(|()| {
        if is_forced {
            return beside.batch(&format!("DROP DATABASE {} WITH (FORCE)", quote_identifier(old)));
        }
        beside.query("SELECT pg_terminate_backend($1::int)::text", &[Some(&engine.session.to_string())])?;
        beside.batch(&format!("DROP DATABASE {}", quote_identifier(old)))
    });
    if let Err(refusal) = replaced {
        // What stays of it is empty.
        drop(beside.batch(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(&new))));
        *engine = connect(&url, &server)?;
        // Somebody who came after the first look.
        refuse_in_use(&mut beside, old, engine.session)?;
        return Err(refusal).doing(RECREATE);
    }
    let rename = format!("ALTER DATABASE {} RENAME TO {}", quote_identifier(&new), quote_identifier(old));
    beside.batch(&rename).doing(RECREATE)?;
    *engine = connect(&url, &server)?;
    Ok(())
}

/// A session in another database of the server.
fn beside(url: &DatabaseUrl, server: &Server) -> Result<Postgres, Error> {
    let mut others = OTHERS.into_iter().filter(|name| *name != server.database()).map(|name| {
        let server = server.with_database(name);
        connect(&url.beside(name), &server)
    });
    let first = others.next().unwrap_or_else(|| connect(url, server));
    first.or_else(|error| others.find_map(Result::ok).ok_or(error))
}

/// Fails when there are sessions in the database other than this one, and names them.
fn refuse_in_use(beside: &mut Postgres, database: &str, session: i32) -> Result<(), Error> {
    let sql = "SELECT pid::text, usename::text, application_name, \
               coalesce(client_hostname, host(client_addr), 'the server itself'), state \
               FROM pg_stat_activity \
               WHERE datname = $1 AND pid <> $2::int AND backend_type = 'client backend' ORDER BY pid";
    let parameters = [Some(database), Some(&*session.to_string())];
    let rows = beside.query(sql, &parameters).doing("look who uses the database")?;
    if rows.is_empty() {
        return Ok(());
    }
    let user = |row: &crate::engine::Row| {
        let text = |column| row.get(column).filter(|text| !text.is_empty());
        let details: Vec<_> = [text(2), text(3), text(4)].into_iter().flatten().collect();
        let pid = text(0).unwrap_or("unknown");
        format!("session {pid} of `{}` ({})", text(1).unwrap_or("unknown"), details.join(", "))
    };
    Err(Error::InUse {
        database: database.to_owned(),
        users: rows.iter().map(user).collect(),
        hint: "close them, or end them with `cargo xtask reset --force`",
    })
}

/// Owner, template, encoding, collation, tablespace and limit of connections, as options of `CREATE DATABASE`.
fn properties(engine: &mut Postgres) -> Result<String, Refusal> {
    let locale = |name| {
        format!(
            "({name}.encoding, {name}.datcollate, {name}.datctype, to_jsonb({name}) ->> 'datlocprovider', \
             coalesce(to_jsonb({name}) ->> 'datlocale', to_jsonb({name}) ->> 'daticulocale'))"
        )
    };
    // What somebody has put into template1 belongs to new databases, as long as it can be copied. Who names a tablespace
    // needs a right to it, even to the usual one.
    let sql = format!(
        "SELECT pg_get_userbyid(found.datdba)::text, \
         CASE WHEN found.dattablespace <> usual.dattablespace THEN spcname::text END, found.datconnlimit::text, \
         CASE WHEN {} IS NOT DISTINCT FROM {} THEN 'template1' ELSE 'template0' END \
         FROM pg_database AS found JOIN pg_tablespace ON pg_tablespace.oid = found.dattablespace, \
         pg_database AS usual WHERE found.datname = current_database() AND usual.datname = 'template1'",
        locale("found"),
        locale("usual")
    );
    let rows = engine.query(&sql, &[])?;
    let Some(row) = rows.first() else { return Ok(String::new()) };
    let mut options = String::new();
    for (option, column) in [("OWNER", 0), ("TEMPLATE", 3), ("TABLESPACE", 1)] {
        options.extend(row.get(column).map(|name| format!(" {option} {}", quote_identifier(name))));
    }
    options.extend(row.get(2).map(|limit| format!(" CONNECTION LIMIT {limit}")));
    Ok(options + &scratch::options(engine)?)
}

/// What `ALTER DATABASE ... SET` has set.
fn settings(engine: &mut Postgres) -> Result<Vec<(String, String)>, Refusal> {
    let sql = "SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1) \
               FROM pg_db_role_setting AS found, unnest(found.setconfig) AS setting \
               WHERE found.setrole = 0 \
               AND found.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let rows = engine.query(sql, &[])?;
    Ok(rows.iter().filter_map(|row| Some((row.text(0)?, row.text(1)?))).collect())
}

fn set(beside: &mut Postgres, database: &str, settings: &[(String, String)]) -> Result<(), Refusal> {
    settings.iter().try_for_each(|(name, value)| {
        let written = name.split('.').map(quote_identifier).collect::<Vec<_>>().join(".");
        // The value is that of a session: as SQL, a list of names would be written otherwise than a text.
        let result = beside.batch(&format!(
            "BEGIN; SELECT set_config({}, {}, true); ALTER DATABASE {} SET {written} FROM CURRENT; COMMIT",
            quote_literal(name),
            quote_literal(value),
            quote_identifier(database),
        ));
        if result.is_err() {
            drop(beside.batch("ROLLBACK"));
        }
        result
    })
}
