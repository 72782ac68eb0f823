//! `remove SITE..`: sites out of the configuration, and what is known of them out of the lists. What was seen stays in
//! the store until its time is over.

use super::context::{Context, known_sites};
use super::report::{Failure, Report};
use crate::config::edit::Edit;
use crate::model::Target;
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which sites, as the configuration names them
    #[arg(required = true, value_name = "SITE")]
    sites: Vec<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let mut sites = known_sites(&config, &args.sites)?;
    sites.sort();
    sites.dedup();
    let mut edit = Edit::open(&config.dir)?;
    for site in &sites {
        edit.remove(site)?;
    }
    edit.save()?;
    let mut text = String::new();
    for site in &sites {
        let _ = writeln!(text, "removed {site} from {}", config.file().display());
    }
    let report = Report::done(json!({"removed": sites, "file": config.file()}), text);
    let store = context.store()?;
    store.call(move |store| sites.into_iter().try_for_each(|site| store.forget(&Target::Site(site)))).await?;
    Ok(report)
}
