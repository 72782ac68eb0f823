//! What the configuration told, and whom the verdict about a site rests on: what is read to judge a few sites without
//! the configuration and without the fleet.

use super::columns::{json, parse, target};
use super::outbox;
use crate::model::site::Connection as Connected;
use crate::model::{SiteName, SiteState, SiteTerms, Target};
use crate::store::{Memo, Neighbourhood};
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::collections::HashSet;

/// What was remembered last.
pub(super) fn memo(connection: &Connection) -> rusqlite::Result<Option<Memo>> {
    connection
        .prepare_cached("SELECT file, told FROM memo")?
        .query_row([], |row| Ok(Memo { file: row.get(0)?, told: row.get(1)? }))
        .optional()
}

/// Puts all of it in the place of what was remembered before, and drops the lines of sites that are not named.
pub(super) fn remember(connection: &Connection, memo: &Memo, terms: &[(SiteName, SiteTerms)]) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO memo (one, file, told) VALUES (1, ?1, ?2)", [&memo.file, &memo.told])?;
    connection.execute("DELETE FROM terms", [])?;
    let mut put = connection.prepare_cached("INSERT OR REPLACE INTO terms (site, terms) VALUES (?1, ?2)")?;
    for (site, terms) in terms {
        put.execute(params![site.as_str(), json(terms)?])?;
    }
    connection.execute("DELETE FROM verdict WHERE site NOT IN (SELECT site FROM terms)", [])?;
    outbox::forget_unnamed(connection)
}

/// What the indexes of `latest` are made of; said here as it is said there, or they are not used.
macro_rules! of_state {
    ($path:literal) => {
        concat!("CASE WHEN json_valid(state) THEN json_extract(state, '", $path, "') END")
    };
}

/// The places of a kind of state, with what follows `WHERE`.
macro_rules! states {
    ($($condition:expr),+) => {
        concat!("SELECT kind, name, state FROM latest JOIN target ON id = target WHERE ", $($condition),+)
    };
}

/// Names of the fleet's sites. One condition each: an `OR` between two would read all names, for every site.
macro_rules! told {
    ($condition:literal) => {
        concat!(
            "SELECT name FROM target JOIN latest ON target = id JOIN terms ON site = name WHERE kind = 'site' AND ",
            $condition
        )
    };
}

const BY_NAME: &str = states!("kind = ?1 AND name = ?2");
const OF_TOKEN: &str = states!(of_state!("$.last_connection.value.refresh"), " = ?1");
const OF_ORG: &str = states!(of_state!("$.organization.value.yes.id"), " = ?1");
const OF_FORMER_ORG: &str = states!(of_state!("$.former_id"), " = ?1");
const OF_USER: &str =
    states!(of_state!("$.last_connection.value.org"), " = ?1 AND ", of_state!("$.last_connection.value.user"), " = ?2");
const TWINS: &str =
    concat!(told!("name = ?1"), " UNION ALL ", told!("name >= ?1 || '.' AND name < ?1 || '/'"), " LIMIT 2");

/// The states on which the verdicts about these sites rest, and the terms of the sites among them.
pub(super) fn neighbourhood(connection: &Connection, sites: &[SiteName]) -> rusqlite::Result<Neighbourhood> {
    let mut near = Near { connection, read: HashSet::new(), twins: HashSet::new(), found: Neighbourhood::default() };
    for site in sites {
        near.terms(site)?;
        near.take(BY_NAME, ["site", site.as_str()])?;
    }
    let links: Vec<Connected> =
        near.found.sites.iter().filter_map(|site| Some(site.last_connection.as_ref()?.value.clone())).collect();
    for link in links {
        if let Some(token) = link.refresh {
            near.take(OF_TOKEN, [token.to_string()])?;
        }
        let Some(org) = &link.org else { continue };
        near.take(OF_ORG, [org.as_str()])?;
        near.take(OF_FORMER_ORG, [org.as_str()])?;
        if let Some(user) = &link.user {
            near.take(OF_USER, [org.as_str(), user.as_str()])?;
        }
    }
    let names: Vec<SiteName> = near.found.sites.iter().map(|site| site.name.clone()).collect();
    for name in &names {
        near.terms(name)?;
        near.twins(name)?;
    }
    // The configuration names the fleet.
    let terms = &near.found.terms;
    near.found.sites.retain(|site| terms.contains_key(&site.name) || near.twins.contains(&site.name));
    Ok(near.found)
}

struct Near<'a> {
    connection: &'a Connection,
    /// Rows that were read, so that none is read twice.
    read: HashSet<Target>,
    /// Sites that are there by their names.
    twins: HashSet<SiteName>,
    found: Neighbourhood,
}

impl Near<'_> {
    /// States that a question finds. One that cannot be read is as one that was never kept: who reads all, tells.
    fn take(&mut self, sql: &str, params: impl Params) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            let target = target(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
            if !self.read.insert(target.clone()) {
                continue;
            }
            let state = row.get_ref(2)?.as_str()?;
            match target {
                Target::Site(_) => self.found.sites.extend(parse(String::new, state).ok()),
                Target::Org(_) => self.found.orgs.extend(parse(String::new, state).ok()),
            }
        }
        Ok(())
    }

    /// The terms of a site, and the org that they name: it may be another than the site's own.
    fn terms(&mut self, site: &SiteName) -> rusqlite::Result<()> {
        if self.found.terms.contains_key(site) {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached("SELECT terms FROM terms WHERE site = ?1")?;
        let told: Option<String> = statement.query_row([site.as_str()], |row| row.get(0)).optional()?;
        let Some(terms) = told.and_then(|told| parse::<SiteTerms>(String::new, &told).ok()) else { return Ok(()) };
        if let Some(org) = &terms.org {
            self.take(BY_NAME, ["org", org.as_str()])?;
        }
        self.found.terms.insert(site.clone(), terms);
        Ok(())
    }

    /// The names of sites that begin as this one does: a site is told by its first label where that is its own.
    fn twins(&mut self, site: &SiteName) -> rusqlite::Result<()> {
        let label = site.as_str().split('.').next().unwrap_or_default();
        let mut statement = self.connection.prepare_cached(TWINS)?;
        let mut rows = statement.query([label])?;
        while let Some(row) = rows.next()? {
            let name = SiteName::new(row.get_ref(0)?.as_str()?);
            if self.read.insert(Target::Site(name.clone())) {
                self.twins.insert(name.clone());
                self.found.sites.push(SiteState::unknown(name));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::open::MIGRATIONS;

    /// A fleet of thousands is judged again site by site: a question that reads a whole table is asked as often.
    #[test]
    fn no_question_reads_a_whole_table() {
        let connection = Connection::open_in_memory().expect("a store");
        for step in MIGRATIONS {
            connection.execute_batch(step).expect("a step");
        }
        for sql in [BY_NAME, OF_TOKEN, OF_ORG, OF_FORMER_ORG, OF_USER, TWINS] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a question");
            let given: Vec<&str> = vec!["x"; plan.parameter_count()];
            let steps =
                plan.query_map(rusqlite::params_from_iter(given), |row| row.get::<_, String>(3)).expect("a plan");
            for step in steps.map(|step| step.expect("a step")) {
                let whole = step.starts_with("SCAN") || step.ends_with("(kind=?)");
                assert!(!whole, "{step} in {sql}");
            }
        }
    }
}
