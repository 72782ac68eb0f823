//! `doctor [TARGET..]`: everything that could keep fusebox or a site from working, one line each, with what to do. Of the
//! class look: the targets are looked at through the machinery, under their leases, and pure rules judge what is known
//! then (`diagnosis::checkup`).

mod lines;
mod machine;

use super::Exit;
use super::config::check::Inspection;
use super::context::{Context, end, known_sites};
use super::report::{Failure, Report};
use super::signals::Signals;
use super::style::Style;
use crate::backend::{Polling, Round, Sight};
use crate::config::{Config, Flow, OrgConfig, Paths, Reach, SiteConfig};
use crate::diagnosis::checkup::{self, Asked, Check, Group, OrgAsked, SiteAsked, Status, Way};
use crate::model::{OrgName, Target, nearest};
use crate::salesforce::API_VERSION;
use crate::wordpress::AGENT_VERSION;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only these orgs and sites, as the configuration names them; a name that both have means both
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Print every line; without it what is well is summed up unless targets are named
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let mut signals = Signals::catch()?;
    let paths = context.paths()?;
    let now = context.clock.now();
    let inspection = Inspection::read(&paths.config, &context.environment);
    let targets = match &inspection {
        Ok(read) => targets(&read.config, &args.targets)?,
        Err(_) => Vec::new(),
    };
    let seen = machine::look(&paths, &inspection, &context.global, now).await;
    let mut checks = checkup::machine(&seen, now);
    if let Ok(Inspection { config, .. }) = inspection {
        let sight = tokio::select! {
            sight = sight(context, &paths, targets.clone()) => sight,
            signal = signals.ended() => return Ok(Report::silent(signal)),
        };
        let (sight, not) = match sight {
            Ok(sight) => (sight, None),
            Err(why) => (Sight::default(), Some(why)),
        };
        checks.extend(judge(context, &config, &targets, &sight, not.as_deref()));
    }
    Ok(report(&checks, args, Style::for_stdout(&context.global)))
}

/// The targets that were named; all of them where none was.
fn targets(config: &Config, names: &[String]) -> Result<Vec<Target>, Failure> {
    let orgs = config.orgs.iter().map(|org| Target::Org(org.name.clone()));
    let sites = config.sites.iter().map(|site| Target::Site(site.name.clone()));
    if names.is_empty() {
        return Ok(orgs.chain(sites).collect());
    }
    let mut found = BTreeSet::new();
    for name in names {
        let org = OrgName::new(name);
        let is_org = config.orgs.iter().any(|known| known.name == org);
        if is_org {
            found.insert(Target::Org(org));
        }
        match known_sites(config, std::slice::from_ref(name)) {
            Ok(sites) => found.extend(sites.into_iter().map(Target::Site)),
            Err(_) if is_org => {}
            Err(failure) => {
                let near = nearest(name, config.orgs.iter().map(|org| org.name.as_str()));
                return Err(near.map_or(failure, |org| {
                    Failure::new(Exit::Usage, format!("no org and no site is named {:?}", OrgName::new(name).as_str()))
                        .advise(format!("did you mean {org:?}?"))
                }));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Has the targets looked at. An error is why none of them could be.
async fn sight(context: &Context, paths: &Paths, targets: Vec<Target>) -> Result<Sight, String> {
    if context.global.no_poll {
        return Err("--no-poll looks at nothing".to_owned());
    }
    // A configuration with faults starts nothing: what it says of a target may not be what was meant.
    let config = Config::load(&paths.config).map_err(|_| "the configuration has faults".to_owned())?;
    let (handle, store) =
        context.machinery(config, None, Polling::Off).map_err(|failure| failure.message().to_owned())?;
    let sight = handle.look(targets).await.map_err(|error| error.to_string());
    end(handle, store).await;
    sight
}

fn judge(context: &Context, config: &Config, targets: &[Target], sight: &Sight, not: Option<&str>) -> Vec<Check> {
    let now = context.clock.now();
    let (settings, fleet) = (config.settings(), &sight.fleet);
    let answered = |target: &Target| not.is_none() && matches!(asked(&sight.round, target, not), Asked::Answered);
    let chosen: BTreeSet<&Target> = targets.iter().collect();
    let orgs =
        || config.orgs.iter().map(|org| (org, Target::Org(org.name.clone()))).filter(|(_, org)| chosen.contains(org));
    let sites = || {
        config
            .sites
            .iter()
            .map(|site| (site, Target::Site(site.name.clone())))
            .filter(|(_, site)| chosen.contains(site))
    };
    let host_offset = checkup::host_offset(
        fleet,
        orgs().filter(|(_, target)| answered(target)).map(|(org, _)| &org.name),
        sites().filter(|(_, target)| answered(target)).map(|(site, _)| &site.name),
    );
    let mut checks = vec![checkup::clock(host_offset)];
    for (org, target) in orgs() {
        let asked = OrgAsked {
            name: &org.name,
            terms: &org.terms,
            secure: org.login_url.scheme() == "https",
            flow: flow(org),
            api_version: API_VERSION,
            asked: &asked(&sight.round, &target, not),
        };
        checks.extend(checkup::org(&asked, fleet, &settings.thresholds, now));
    }
    for (site, target) in sites() {
        let asked = SiteAsked {
            name: &site.name,
            way: &way(site),
            secure: site.url.scheme() == "https",
            agent_version: AGENT_VERSION,
            host_offset,
            asked: &asked(&sight.round, &target, not),
        };
        checks.extend(checkup::site(&asked, fleet, &settings, now));
    }
    checks
}

fn asked(round: &Round, target: &Target, not: Option<&str>) -> Asked {
    match (not, round.failed.get(target), round.postponed.get(target)) {
        (Some(why), ..) => Asked::Not(why.to_owned()),
        (None, Some(failure), _) => Asked::Failed(failure.clone()),
        (None, None, Some(why)) => Asked::Not(why.clone()),
        (None, None, None) => Asked::Answered,
    }
}

fn flow(org: &OrgConfig) -> &'static str {
    match org.flow {
        Flow::Jwt { .. } => "jwt",
        Flow::ClientCredentials { .. } => "client-credentials",
        Flow::Browser { .. } => "a refresh token of fusebox's own app",
        Flow::TokenCommand { .. } => "another program",
    }
}

fn way(site: &SiteConfig) -> Way {
    match &site.reach {
        Reach::Rest { user, .. } => Way::Rest { user: user.clone() },
        Reach::Local { .. } => Way::Local,
        Reach::Ssh { host, .. } => Way::Ssh { host: host.clone() },
    }
}

fn report(checks: &[Check], args: &Args, style: Style) -> Report {
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let (failed, warned) = (count(Status::Fail), count(Status::Warn));
    let not_asked = checks.iter().filter(|check| check.group != Group::Machine && check.check == "look").count();
    let text = lines::text(checks, args.all || !args.targets.is_empty(), style);
    let mut report = Report::done(json!({"checks": checks}), text);
    let mut told =
        vec![format!("{} well", count(Status::Ok)), format!("{warned} to mind"), format!("{failed} to mend")];
    if not_asked > 0 {
        told.push(format!("{not_asked} not asked"));
    }
    let told = told.join(", ");
    if failed == 0 && not_asked == 0 {
        report.warnings.push(told);
    } else {
        report.exit = if failed > 0 { Exit::Failed } else { Exit::PartlyDone };
        report.message = Some(told);
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(group: Group, check: &'static str, status: Status) -> Check {
        Check { group, subject: "acme".to_owned(), check, status, text: "text".to_owned(), advice: None }
    }

    #[test]
    fn a_fault_weighs_more_than_what_was_not_asked() {
        let args = Args { targets: Vec::new(), all: true };
        let style = Style::plain();
        let code = |checks: Vec<Check>| report(&checks, &args, style).exit.number();
        let (ok, warn, fail) = (Status::Ok, Status::Warn, Status::Fail);
        assert_eq!(code(vec![check(Group::Org, "name", ok), check(Group::Org, "clock", warn)]), 0);
        assert_eq!(code(vec![check(Group::Org, "look", Status::Skip)]), 2);
        assert_eq!(code(vec![check(Group::Org, "look", Status::Skip), check(Group::Site, "PHP", fail)]), 1);
        assert_eq!(code(vec![check(Group::Machine, "store", Status::Skip)]), 0);
    }
}
