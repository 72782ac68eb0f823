//! What the last run of an operation over many sites has not done.

use crate::model::SiteName;
use rusqlite::Connection;

pub(super) fn begin(connection: &Connection, operation: &str, sites: &[SiteName]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM batch WHERE operation = ?1")?.execute([operation])?;
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO batch (operation, site) VALUES (?1, ?2)")?;
    sites.iter().try_for_each(|site| insert.execute([operation, site.as_str()]).map(drop))
}

pub(super) fn done(connection: &Connection, operation: &str, site: &SiteName) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM batch WHERE operation = ?1 AND site = ?2")?;
    delete.execute([operation, site.as_str()]).map(drop)
}

/// By name.
pub(super) fn left(connection: &Connection, operation: &str) -> rusqlite::Result<Vec<SiteName>> {
    let mut statement = connection.prepare_cached("SELECT site FROM batch WHERE operation = ?1 ORDER BY site")?;
    let rows = statement.query_map([operation], |row| Ok(SiteName::new(row.get::<_, String>(0)?)))?;
    rows.collect()
}
