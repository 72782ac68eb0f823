//! One site: the way in, versions, the plugin and its settings, clock, log, and the connection's own verdict.

use super::{Asked, CLOCK_SKEW_S, Check, Group, Sheet, cure, off};
use crate::diagnosis::rotating::served;
use crate::diagnosis::{Judgement, compatibility, judge};
use crate::model::site::{Cron, Staging};
use crate::model::{
    Cause, FailureClass, Fleet, Health, PluginState, Rotation, Settings, SiteName, SiteState, SiteStatus, SiteTerms,
};
use chrono::{DateTime, Utc};

/// What the agent's contract asks for (`docs/agent.md`).
const LEAST_PHP: [u32; 2] = [7, 0];
const LEAST_WORDPRESS: [u32; 2] = [5, 6];
/// A site that was to be looked at.
pub struct SiteAsked<'a> {
    /// Its name.
    pub name: &'a SiteName,
    /// The way in.
    pub way: &'a Way,
    /// Whether its address is https.
    pub secure: bool,
    /// The version that the agent has now.
    pub agent_version: &'a str,
    /// Seconds that the others' clocks are ahead of this machine's.
    pub host_offset: Option<i64>,
    /// How the look ended.
    pub asked: &'a Asked,
}

/// The way to a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The agent as an mu-plugin, as this WordPress user.
    Rest {
        /// The user.
        user: String,
    },
    /// WP-CLI here.
    Local,
    /// WP-CLI there.
    Ssh {
        /// The host, as ssh takes it.
        host: String,
    },
}

impl Way {
    fn words(&self) -> String {
        match self {
            Self::Rest { .. } => "over REST".to_owned(),
            Self::Local => "through WP-CLI here".to_owned(),
            Self::Ssh { host } => format!("through WP-CLI on {host}"),
        }
    }
}

/// The lines about one site.
pub fn site(asked: &SiteAsked<'_>, fleet: &Fleet, settings: &Settings, now: DateTime<Utc>) -> Vec<Check> {
    let mut sheet = Sheet::new(Group::Site, asked.name.as_str());
    let state = fleet.site(asked.name);
    let terms = settings.sites.get(asked.name).cloned().unwrap_or_default();
    match (asked.asked, state.and_then(|state| Some((state, &state.status.as_ref()?.value)))) {
        (Asked::Not(why), _) => sheet.skip("look", format!("not asked: {why}")),
        (Asked::Failed(failure), _) => {
            let check = match (failure.class, asked.way) {
                (FailureClass::Unauthorized | FailureClass::NotPermitted, Way::Rest { .. }) => "password",
                (FailureClass::NoAgent | FailureClass::WrongSite, _) => "agent",
                (FailureClass::PhpFatal, _) => "PHP",
                _ => "transport",
            };
            let text = format!("{}: {}", failure.class, failure.text);
            sheet.fail(check, text, cure::of_site(failure.class, asked.way));
            sheet.skip("further", "without an answer neither versions nor settings, clock and log can be told");
        }
        (Asked::Answered, Some((state, status))) => {
            way_in(asked, &mut sheet);
            versions(asked, status, &mut sheet);
            let verdict = judge(fleet, settings, asked.name, now);
            plugin(asked.name, state, status, &mut sheet);
            if status.uses_connection() {
                rotation(status, &terms, &verdict, settings, &mut sheet);
                compatible(&status.plugin, now, &mut sheet);
                org(status, &terms, fleet, &mut sheet);
            }
            guard(&status.staging, &terms, &mut sheet);
            cron(&status.cron, &mut sheet);
            clock(asked, state, &mut sheet);
            log(state, &mut sheet);
            connection(asked.name, &verdict, &mut sheet);
        }
        (Asked::Answered, None) => sheet.skip("look", "it answered, and nothing is known of it"),
    }
    sheet.checks
}

fn way_in(asked: &SiteAsked<'_>, sheet: &mut Sheet) {
    sheet.ok("transport", format!("answers {}", asked.way.words()));
    if matches!(asked.way, Way::Rest { .. }) {
        sheet.ok("password", "the Application Password is taken");
    }
    if asked.secure {
        sheet.ok("https", "its address is https");
    } else {
        sheet.ok("https", "none: it is this machine");
    }
}

fn versions(asked: &SiteAsked<'_>, status: &SiteStatus, sheet: &mut Sheet) {
    match (&status.agent_version, asked.agent_version) {
        (there, here) if there.as_str() == here => sheet.ok("agent", format!("version {there}")),
        (there, here) => sheet.warn(
            "agent",
            format!("version {there} is there, {here} is now"),
            "put what `fusebox agent` prints into wp-content/mu-plugins/fusebox.php anew",
        ),
    }
    let mut least = |check, version: &crate::model::Clean, least: [u32; 2]| {
        if older(version.as_str(), &least) {
            let text = format!("{version}; the agent is made for {}.{} and later", least[0], least[1]);
            sheet.warn(check, text, "update it");
        } else {
            sheet.ok(check, version.as_str());
        }
    };
    least("PHP", &status.php_version, LEAST_PHP);
    least("WordPress", &status.wp_version, LEAST_WORDPRESS);
}

fn plugin(name: &SiteName, state: &SiteState, status: &SiteStatus, sheet: &mut Sheet) {
    // A site that was connected once has lost something; one that never was has only not begun.
    let was_connected = state.last_connection.is_some();
    let mut tell = |text: String, advice: &str| {
        if was_connected { sheet.fail("plugin", text, advice) } else { sheet.warn("plugin", text, advice) }
    };
    match &status.plugin {
        PluginState::Absent => {
            tell("WP Fusion is not installed".to_owned(), "install it, or run: fusebox remove for this site");
        }
        PluginState::Inactive { version } => {
            tell(
                format!("WP Fusion {version} is not active: nothing is synced"),
                "on the site: wp plugin activate wp-fusion-lite (or wp-fusion)",
            );
        }
        PluginState::Active { edition, version } => {
            let other = status.crm.as_ref().filter(|crm| crm.as_str() != "salesforce");
            if let Some(crm) = other {
                tell(
                    format!("WP Fusion is set to {crm}, not to Salesforce"),
                    "choose Salesforce in its settings, or remove the site here",
                );
            } else if status.connection.is_none() {
                let text = if was_connected {
                    "it was connected to Salesforce and is not now"
                } else {
                    "nobody has authorized it with Salesforce yet"
                };
                tell(
                    text.to_owned(),
                    "WP Fusion, Settings, Setup: authorize with Salesforce, as the user whose slot it shall take",
                );
            } else {
                sheet.ok("plugin", format!("WP Fusion {edition} {version} is active, {name} has a connection"));
            }
        }
    }
}

/// The plugin's known fault: it drops the refresh token that comes with a refresh, which ends sites where tokens rotate.
fn rotation(status: &SiteStatus, terms: &SiteTerms, verdict: &Judgement, settings: &Settings, sheet: &mut Sheet) {
    let PluginState::Active { edition, version } = &status.plugin else { return };
    let check = "rotation";
    let keeps = compatibility::keeps_rotated_tokens(&status.plugin).map(|keeps| keeps.holds);
    if keeps == Some(true) {
        return sheet.ok(check, format!("WP Fusion {edition} {version} keeps rotated tokens"));
    }
    let org = verdict.row.org.as_ref().or(terms.org.as_ref());
    let told = org.and_then(|org| settings.orgs.get(org)).map_or(Rotation::Unknown, |org| org.rotation);
    let fault = match keeps {
        Some(_) => format!("WP Fusion {version} forgets rotated tokens"),
        None => format!("whether WP Fusion {edition} {version} keeps rotated tokens is not known"),
    };
    match (told, served(&verdict.row)) {
        (Rotation::Off, _) => sheet.ok(check, format!("{fault}; rotation is off here, as the configuration says")),
        (Rotation::Unknown, Some(uses)) => {
            sheet.ok(check, format!("{fault}; one token has served {uses} refreshes, so rotation is off"));
        }
        (Rotation::On, _) => sheet.warn(
            check,
            format!(
                "{fault}, and rotation is on: {}it survives one refresh",
                if keeps.is_some() { "" } else { "if not, " }
            ),
            "switch refresh token rotation off in the app's policies, or update WP Fusion",
        ),
        (Rotation::Unknown, _) if org.is_some() => {
            sheet.skip(check, format!("{fault}; whether they rotate is for its org to be told, see there"));
        }
        (Rotation::Unknown, _) => sheet.warn(
            check,
            format!("{fault}; whether they rotate in its org is not known"),
            "add an [[org]] for its org, with rotation = \"off\" (or \"on\") as the app's policies say",
        ),
    }
}

/// What else is known of this version of the plugin.
fn compatible(plugin: &PluginState, now: DateTime<Utc>, sheet: &mut Sheet) {
    let PluginState::Active { edition, version } = plugin else { return };
    let check = "compatibility";
    let Some(api) = compatibility::api(plugin) else {
        return sheet
            .skip(check, format!("nothing is known of WP Fusion {edition} {version}: it is not among the rules"));
    };
    let called = format!("calls Salesforce's API v{}", api.version);
    if let Some(since) = api.retired_since.filter(|since| *since <= now.date_naive()) {
        return sheet.warn(check, format!("{called}, which is retired since {since}"), "update WP Fusion");
    }
    let mut said = vec![match api.promised_until {
        Some(until) => format!("{called}, promised until {until} and not retired"),
        None => format!("{called}, not retired"),
    }];
    if compatibility::sends_pkce(plugin).is_some_and(|sends| !sends.holds) {
        said.push("authorizes without PKCE, which an app may ask for".to_owned());
    }
    if compatibility::handles_missing_app(plugin).is_some_and(|handles| !handles.holds) {
        said.push("does not say what to do about an app that is not installed".to_owned());
    }
    sheet.ok(check, said.join("; "));
}

/// Whether the org that the site was authorized in is one that fusebox watches.
fn org(status: &SiteStatus, terms: &SiteTerms, fleet: &Fleet, sheet: &mut Sheet) {
    let Some(id) = status.connection.as_ref().and_then(|connection| connection.org.as_ref()) else {
        return sheet.warn(
            "org",
            "the site does not tell which org it was authorized in",
            "authorize it anew, or name its org with `org`",
        );
    };
    let known = fleet.org_by_id(id);
    match (known, &terms.org) {
        (Some(known), Some(told)) if known.name != *told => sheet.warn(
            "org",
            format!("it was authorized in {}, and the configuration says {told}", known.name),
            "remove `org` of this site, or authorize it in the right org",
        ),
        (Some(known), _) if known.id() != Some(id) => sheet.warn(
            "org",
            format!("it was authorized in what {} was before it was refreshed", known.name),
            "authorize it in the refreshed sandbox",
        ),
        (Some(known), _) => sheet.ok("org", format!("authorized in {}", known.name)),
        (None, Some(told)) if fleet.org(told).is_some_and(|org| org.id().is_some()) => sheet.warn(
            "org",
            format!("it was authorized in org {id}, and {told} is another"),
            "authorize it in the right org, or correct `org` of this site",
        ),
        (None, _) if fleet.orgs().all(|org| org.id().is_none()) => sheet.skip("org", "no org has answered yet"),
        (None, _) => sheet.warn(
            "org",
            format!("it was authorized in org {id}, which no [[org]] is"),
            "add an [[org]] for it: without one neither slots nor policy are known",
        ),
    }
}

fn guard(staging: &Staging, terms: &SiteTerms, sheet: &mut Sheet) {
    match (staging.effective, staging.duplicate, terms.staging) {
        (true, true, _) => {
            let recorded = staging.recorded_url.as_ref().map_or_else(String::new, |url| format!(" of {url}"));
            sheet.warn(
                "staging",
                format!("a copy{recorded}: WP Fusion holds back what it would send"),
                "end staging mode in WP Fusion if this is the live site now; else mark it staging = true here",
            );
        }
        (true, false, false) => sheet.warn(
            "staging",
            "staging mode is on: WP Fusion holds back what it would send",
            "switch it off in WP Fusion, Settings, Advanced; or mark the site staging = true here",
        ),
        (true, false, true) => sheet.ok("staging", "staging mode is on, and the configuration says so too"),
        (false, _, true) => sheet.ok("staging", "marked as staging here; WP Fusion itself holds nothing back"),
        (false, _, false) => sheet.ok("staging", "live"),
    }
}

fn cron(cron: &Cron, sheet: &mut Sheet) {
    let advice = "run wp-cron.php from the system's cron, every five minutes: wp cron event run --due-now";
    match (cron.stalled, cron.disabled) {
        (true, true) => {
            sheet.warn("cron", "DISABLE_WP_CRON is set and nothing else runs the tasks: queues are not sent", advice);
        }
        (true, false) => sheet.warn("cron", "scheduled tasks are more than an hour late", advice),
        (false, true) => sheet.ok("cron", "run from outside"),
        (false, false) => sheet.ok("cron", "runs"),
    }
}

/// The site's clock against the others': where all agree, it is this machine's that is off.
fn clock(asked: &SiteAsked<'_>, state: &SiteState, sheet: &mut Sheet) {
    let seconds = state.clock_offset_s - asked.host_offset.unwrap_or_default();
    match seconds {
        0 => sheet.ok("clock", "agrees with the others"),
        seconds if seconds.abs() <= CLOCK_SKEW_S => sheet.ok("clock", format!("{} the others", off(seconds))),
        seconds => sheet.warn(
            "clock",
            format!("{} the others; its times are corrected by that", off(seconds)),
            "set the clock of its server: timedatectl set-ntp true",
        ),
    }
}

fn log(state: &SiteState, sheet: &mut Sheet) {
    match state.log.as_ref().map(|log| log.value.enabled) {
        Some(true) => sheet.ok("log", "WP Fusion logs"),
        Some(false) => sheet.warn(
            "log",
            "WP Fusion logs nothing: no refusal shows, and a death goes unnoticed until a proof",
            "WP Fusion, Settings, Advanced: Enable Logging",
        ),
        None => sheet.skip("log", "nothing tells"),
    }
}

/// What the lines above do not tell: whether the connection lives, by the same verdict as everywhere.
fn connection(name: &SiteName, verdict: &Judgement, sheet: &mut Sheet) {
    let row = &verdict.row;
    let told_above = row.cause.is_some_and(|cause| {
        matches!(
            cause,
            Cause::PluginAbsent
                | Cause::PluginInactive
                | Cause::OtherCrm
                | Cause::NotAuthorized
                | Cause::Disconnected
                | Cause::Staging
                | Cause::Clone
                | Cause::CronDead
                | Cause::ClockSkew
                | Cause::RotationRisk
        )
    });
    let first = verdict.findings.first().and_then(|finding| finding.remedies.first());
    let advice = match first {
        Some(remedy) => format!("{}; all steps: fusebox show {name}", remedy.what),
        None => format!("run: fusebox show {name}"),
    };
    match row.health {
        _ if told_above => {}
        Health::Ok => sheet.ok("connection", "proved"),
        Health::Fail => sheet.fail("connection", row.reason.as_str(), advice),
        Health::Warn | Health::Unkn | Health::Old => sheet.warn("connection", row.reason.as_str(), advice),
        Health::Stag | Health::Off => sheet.skip("connection", row.reason.as_str()),
    }
}

/// Whether a version is older than this one. What is no version is not.
fn older(version: &str, than: &[u32]) -> bool {
    let parts: Vec<u32> = version.split(['.', '-', '+', ' ']).map_while(|part| part.parse().ok()).collect();
    !parts.is_empty() && parts.as_slice() < than
}
