//! The boards of orgs.

use super::columns::{json, listing, parse};
use crate::model::OrgBoard;
use crate::store::Listing;
use rusqlite::{Connection, params};

/// Puts a board in the place of the one before; an equal one stays as it is.
pub(super) fn put(connection: &Connection, board: &OrgBoard, revision: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO board (org, revision, board, rank) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (org) DO UPDATE SET revision = excluded.revision, board = excluded.board, rank = excluded.rank
             WHERE board <> excluded.board OR rank <> excluded.rank",
        )?
        .execute(params![board.name.as_str(), revision, json(board)?, board.rank()])?;
    Ok(())
}

/// The boards that changed after a revision, by name.
pub(super) fn since(connection: &Connection, after: i64) -> rusqlite::Result<Listing<OrgBoard>> {
    read(connection, "SELECT org, board FROM board WHERE revision > ?1 ORDER BY org", after)
}

/// The first boards by rank, then by name: at most so many.
pub(super) fn page(connection: &Connection, limit: usize) -> rusqlite::Result<Listing<OrgBoard>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read(connection, "SELECT org, board FROM board ORDER BY rank, org LIMIT ?1", limit)
}

fn read(connection: &Connection, sql: &str, bound: i64) -> rusqlite::Result<Listing<OrgBoard>> {
    let mut statement = connection.prepare_cached(sql)?;
    let boards = statement.query_map([bound], |row| {
        let (org, board): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(parse(|| format!("board of org {org}"), &board))
    })?;
    Ok(listing(boards.collect::<rusqlite::Result<Vec<_>>>()?))
}

/// Takes the board of an org away.
pub(super) fn forget(connection: &Connection, org: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM board WHERE org = ?1", [org])?;
    Ok(())
}
