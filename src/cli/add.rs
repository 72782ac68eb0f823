//! `add URL`: a site into the configuration, whose comments and order stay.

use super::Exit;
use super::context::Context;
use super::report::{Failure, Report};
use crate::config::edit::Edit;
use crate::config::{FILE, Reach, SiteConfig};
use crate::model::{OrgName, SecretRef, SiteName};
use serde_json::json;
use std::path::PathBuf;
use url::Url;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site's address
    url: String,
    /// What to call it; else its host
    #[arg(long)]
    name: Option<String>,
    /// Over REST: the WordPress user of fusebox's own
    #[arg(long, conflicts_with_all = ["path", "ssh"])]
    user: Option<String>,
    /// Over REST: where its Application Password lies (`file:PATH`, `env:NAME`, `store:NAME`, `credential:NAME`,
    /// `keyring:SERVICE/ACCOUNT`); else `store:SITE`
    #[arg(long, value_name = "PLACE", requires = "user")]
    password: Option<String>,
    /// With WP-CLI: the folder of WordPress, here or, with --ssh, there
    #[arg(long)]
    path: Option<PathBuf>,
    /// With WP-CLI over ssh: the host, as ssh takes it
    #[arg(long, value_name = "HOST", requires = "path")]
    ssh: Option<String>,
    /// ssh's port
    #[arg(long, requires = "ssh")]
    port: Option<u16>,
    /// The name of WP-CLI
    #[arg(long, default_value = "wp", requires = "path")]
    wp: String,
    /// The org it belongs to, where the site's own word should not do
    #[arg(long)]
    org: Option<String>,
    /// Mark it as staging
    #[arg(long)]
    staging: bool,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let dir = context.paths()?.config;
    let site = site(args)?;
    let mut edit = Edit::open(&dir)?;
    edit.add(&site)?;
    // The place in the error is in the file as it would have become.
    edit.save().map_err(|error| Failure::from(error).after("nothing was added"))?;
    let file = dir.join(FILE);
    let text = format!("added {} to {}\n", site.name, file.display());
    let mut report = Report::done(json!({"added": [site.name], "file": file}), text);
    if let Reach::Rest { password, .. } = &site.reach {
        let advice = match password {
            SecretRef::Store(name) => format!(
                "put its Application Password into {}: {name:?} = \"...\" (mode 0600)",
                dir.join(crate::secrets::FILE).display()
            ),
            other => format!("its Application Password is read from {other}"),
        };
        report.warnings.push(advice);
    }
    Ok(report)
}

fn site(args: &Args) -> Result<SiteConfig, Failure> {
    // The value is not repeated: an address may hold a password.
    let url = Url::parse(&args.url).map_err(|error| {
        Failure::new(Exit::Usage, format!("the site's address can not be read: {error}"))
            .advise("write it as https://host")
    })?;
    let name = match (&args.name, url.host_str()) {
        (Some(name), _) => SiteName::new(name),
        (None, Some(host)) => SiteName::new(format!("{host}{}", url.path().trim_end_matches('/'))),
        (None, None) => {
            return Err(
                Failure::new(Exit::Usage, "the site's address names no host").advise("write it as https://host")
            );
        }
    };
    let reach = match (&args.user, &args.path, &args.ssh) {
        (Some(user), _, _) => Reach::Rest { user: user.clone(), password: password(args, &name)? },
        (None, Some(path), Some(host)) => {
            Reach::Ssh { host: host.clone(), port: args.port, path: path.display().to_string(), wp: args.wp.clone() }
        }
        (None, Some(path), None) => Reach::Local { path: path.clone(), wp: args.wp.clone() },
        (None, None, _) => {
            return Err(Failure::new(Exit::Usage, "no way in is named")
                .advise("--user NAME: the agent as an mu-plugin, over REST")
                .advise("--path DIR: WP-CLI here; with --ssh HOST: WP-CLI there"));
        }
    };
    let org = args.org.as_ref().map(OrgName::new);
    Ok(SiteConfig { name, url, reach, org, staging: args.staging, group: None, read_only: false })
}

fn password(args: &Args, name: &SiteName) -> Result<SecretRef, Failure> {
    match &args.password {
        None => Ok(SecretRef::Store(name.to_string())),
        Some(place) => SecretRef::try_from(place.clone()).map_err(|error| Failure::usage(error.to_string())),
    }
}
