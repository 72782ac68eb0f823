//! Arguments, and one file for each command; the only place where parts are wired together.
//!
//! Data goes to standard output, talk to standard error. With `--json` every command prints one document, whose shapes
//! stand in `docs/schema/cli.schema.json`.

mod add;
mod agent;
mod audit;
mod authorize;
mod completions;
mod config;
mod console;
mod context;
mod demo;
mod doctor;
mod exit;
mod fields;
mod forecast;
mod identify;
mod import;
mod joined;
mod keep_warm;
mod known;
mod ladder;
mod list;
mod login;
mod logs;
mod man;
mod object_type;
mod operations;
mod operator;
mod org_setup;
mod orgs;
mod plan;
mod poll;
mod prove;
mod refresh_fields;
mod remove;
mod report;
mod revoke;
mod screenshots;
mod segment_type;
mod show;
mod signals;
mod sim;
mod site;
mod style;
mod table;
mod tokens;
mod undo;
mod users;
mod why;
mod wrap;
mod writing;

pub use exit::Exit;

use crate::ui::theme::ColorChoice;
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use context::Context;
use report::{Failure, Report};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// A terminal console for the OAuth connections that WordPress sites hold to Salesforce through WP Fusion.
///
/// Without a command: the console.
#[derive(Debug, Parser)]
#[command(name = "fusebox", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Global {
    /// Folder of config.toml and secrets.toml
    #[arg(long, global = true, value_name = "DIR", env = "FUSEBOX_CONFIG_DIR", hide_env_values = true)]
    config_dir: Option<PathBuf>,
    /// Folder of what fusebox itself keeps
    #[arg(long, global = true, value_name = "DIR", env = "FUSEBOX_STATE_DIR", hide_env_values = true)]
    state_dir: Option<PathBuf>,
    /// Look and do no more, whatever the configuration says
    #[arg(long, global = true, env = "FUSEBOX_READ_ONLY", hide_env_values = true, value_parser = FalseyValueParser::new())]
    read_only: bool,
    /// Show what is known and look at nothing by itself
    #[arg(long, global = true)]
    no_poll: bool,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Draw with ASCII alone
    #[arg(long, global = true)]
    ascii: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The console on a made-up fleet: no network, nothing to lose
    Demo(demo::Args),
    /// Look at every org and site once
    Poll(poll::Args),
    /// One line for each site, the worst health first
    ///
    /// SLOT: which of its user's approvals is this site's, oldest first, of how many a user may hold; `<` leaves first, `<?`
    /// it or another one made in the same second, `=` another site holds the same token, `-` it is gone. LIFE: how long the refresh token has; `~` from the org's policy,
    /// `†` told by the configuration, `∞` no end. PROOF: how long ago a call of the site was seen to work. `?`: not known.
    ///
    /// A terminal gets lines that fit; a pipe gets them whole.
    List(list::Args),
    /// One site with everything behind its line
    Show(show::Args),
    /// Why a site is in the state it is in: every finding, with what speaks for and against it
    Why(why::Args),
    /// One line for each Salesforce user: slots in use, sites, orphans, who leaves next
    ///
    /// SLOTS: approvals of the app that the user holds, of how many it may hold. SITES: those whose approval is known, and
    /// `+2?` two more of the user's sites whose approval is not. LEAVES NEXT: whose connection the next approval of a full
    /// user ends; `-` while there is room. `?`: not known.
    Users(users::Args),
    /// One line for each Salesforce org: kind, edition, app, policy, quota, what fusebox may not see
    ///
    /// POLICY: when refresh tokens end; `†` the unit is told by the configuration, `?` Salesforce tells none. ROT: whether
    /// they rotate, as the configuration says. FULL: users without a free slot, of all. API: how much of the day's calls is
    /// used. `?`: not known.
    Orgs(orgs::Args),
    /// One line for each approval (refresh token) of WP Fusion's app: whose it is, how sure, who leaves next
    ///
    /// By org, user and age, the oldest first. SLOT: `<` the user's next approval removes it, `<?` it or another one made in the
    /// same second. SURE: how sure it is that the site holds it. `=` further sites hold the same token.
    Tokens(tokens::Args),
    /// What dies next, and when: what will end connections that work now
    ///
    /// WHEN: `~` from the org's policy, else from how often the site refreshes; `due` when that is past; `?` no date: it comes
    /// with the next approval, or what would tell the date is not known. BY: the cause, as `show` names it. A policy's date
    /// kills nothing by itself, and one of idleness moves with each refresh. `why SITE` and --json tell what to do.
    Forecast(forecast::Args),
    /// How broken sites get new approvals without one that works being lost
    ///
    /// An order and a user for each site, with the approvals that are to be revoked first, or how many users are missing.
    /// Nothing is done. What is not known to be dead is taken to live. Exits with 2 where a site finds no slot, or was named
    /// and can not be planned.
    Plan(plan::Args),
    /// The newest warnings and errors that WP Fusion logged on a site
    Logs(logs::Args),
    /// What a site maps to which Salesforce field, and whether the object has it
    ///
    /// The site tells its mapping and describes the object that it syncs to: one call with the session it has, nothing is
    /// refreshed. Where it can not, the object is told as fusebox's own user sees it. Exits with 1 where a field that is synced
    /// is missing.
    Fields(fields::Args),
    /// Let a site sync to another Salesforce object, once it was shown what breaks, what changes, what stays
    ///
    /// Mapped fields that the object does not have, required ones that nothing is mapped to, stored ids by which it finds nobody.
    /// The site describes both objects with the session it has, two calls, nothing is refreshed and nothing written; where it
    /// can not, they are told as fusebox's own user sees them. With --dry-run that is all, and exits with 1 where something breaks.
    ///
    /// Writes when the TYPE was typed, or given by --confirm: the type with its fields and record types, all or nothing. Refused
    /// where code of the site has the last word. `fusebox undo` puts it back.
    ObjectType(object_type::Args),
    /// Let a site keep its segments elsewhere: topics, the values of a picklist, personal or public tags
    ///
    /// Says first what follows; with --dry-run that is all. Writes when the TYPE was typed, or given by --confirm: the kind with its
    /// list, all or nothing. A picklist has to be a multi-select. Unlike WP Fusion's settings page it does not sync every user
    /// anew. `fusebox undo` puts it back.
    SegmentType(segment_type::Args),
    /// Take a change of a site back: the last one, or the one that is named
    ///
    /// Changes by `object-type` and `segment-type` can be taken back for 30 days, with what belongs to them, as long as nobody changed
    /// any of it since; else nothing is put back and what was changed is named. An undo can be taken back itself, by its ID. A
    /// refresh of fields can not: the next one brings what is so then.
    Undo(undo::Args),
    /// What an administrator of an org is to do in Setup, with the exact page and words to hand over
    ///
    /// Install or unblock the app, the refresh token policy, rotation, permissions of fusebox's user. By what is known; nothing is
    /// looked at and nothing done. `doctor` tells afterwards whether it was.
    OrgSetup(org_setup::Args),
    /// Sign in to a Salesforce org and write it into the configuration, step by step
    Login(login::Args),
    /// Everything that could keep fusebox or a site from working, and what to do about it
    ///
    /// Looks at this machine, at each org and at each site. A look at an org costs it one API call, and a site that
    /// nothing has proved for a while makes one call with the session it has; nothing is refreshed and nothing changed.
    /// What another process is at is left to it. Exits with 1 where something is broken, with 2 where nothing is and
    /// some could not be asked.
    Doctor(doctor::Args),
    /// Let sites make one call each with the session they have; no token is refreshed
    Prove(prove::Args),
    /// Let a site refresh its token once, to see which of its user's approvals is its own
    ///
    /// Spends: asks first, writes the audit before and after, and does nothing where fusebox is read-only. Refused where
    /// tokens rotate or may, on staging sites and copies, where a copy holds the same token, and where the org does not list all
    /// approvals. What is found is kept: `list`, `show` and the console say from then on which slot the site has. Exits with 27 where
    /// the site refreshed and not exactly one approval moved by one use.
    Identify(identify::Args),
    /// Let sites read topics and fields again, as WP Fusion's "Refresh Available Topics & Fields" does
    ///
    /// Writes: says first how many API calls it costs, asks, and writes the audit before and after each site. Eight at once; one that
    /// fails stops no other, and an empty answer replaces no list. A site whose session is over refreshes its token on the way
    /// only where that is known to be safe, and is told as withheld elsewhere.
    ///
    /// SEGMENTS, FIELDS: rows that are stored now. NEW, GONE, CHANGED: fields. Exits with 2 where some are done and some are not;
    /// --again does those that are left. Of one site alone: 1 refused or failed, 27 no answer came, 69 it does not answer, 75 withheld
    /// or somebody else is at it, 77 it does not let.
    RefreshFields(refresh_fields::Args),
    /// Let idle sites refresh once, before their approvals end for idleness
    ///
    /// Each site makes one call with the session it has. Where that is over, or the approval is near its idle limit, the site
    /// refreshes its own token once, and the org is looked at until the approval's last use moved. Spends: asks first, writes the
    /// audit before and after. Refused where tokens rotate or may, on staging sites and copies, and where the org does not list all
    /// approvals. Where the session works and no limit is near nothing is spent.
    /// Exits with 27 where the site refreshed and no approval moved by one use.
    KeepWarm(keep_warm::Args),
    /// What was spent, written or refused, by whom, and how it ended; the newest last
    ///
    /// PHASE: before the step, after it, or refused; a `before` without an `after` of the same operation is a process that was
    /// stopped in between. BY: the name that the environment gave, and who became it by sudo; --json has the user ids too.
    Audit(audit::Args),
    /// Have a person sign in for a site that nobody authorized yet, and watch how it goes
    ///
    /// As `reauthorize`; WP Fusion has to be active on the site, and --as tells who signs in.
    Authorize(authorize::Args),
    /// Have a person sign in for a site again, and watch how it goes
    ///
    /// Spends a slot: says first what the new approval would cost and whom it would cut off, asks, and writes the audit
    /// before and after. Then it gives the link, and watches the site and its org until the site proves that it works, or
    /// it is clear that it does not. What kills it meanwhile ends the watching alone: `fusebox operations` goes on.
    ///
    /// Exits with 20 where it was denied, 21 for the wrong user, 22 for the wrong org, 23 where it was abandoned, 24 and 25 where
    /// the app is not installed or blocked, 26 where it would cut off a site that --lose does not name, 27 where it is not verified.
    Reauthorize(authorize::Args),
    /// End an approval for good: its slot is free, and what holds its token is cut off
    ///
    /// Writes: says first whose it is and what is lost with it, asks, and writes the audit before and after. APPROVAL is what
    /// `tokens` shows, eight digits or more. Refused where two begin so, where it was made in one second with another of its
    /// user, and where the org does not list all approvals. Done by fusebox's own user at the org's own host; afterwards the org
    /// is looked at once more.
    ///
    /// Exits with 26 where it would cut off what --lose does not name, 27 where nothing shows that it is gone.
    Revoke(revoke::Args),
    /// Authorizations that were begun and did not end
    Operations(operations::Args),
    /// Add a site to the configuration
    Add(add::Args),
    /// Add the sites of WP-CLI's aliases or of a CSV to the configuration
    ///
    /// One line for each: + is new, ~ differs, = is the same, ! is left out, - is taken out by --prune. A site is known by
    /// its name, else by its address.
    Import(import::Args),
    /// Take sites out of the configuration
    Remove(remove::Args),
    /// What the configuration says, and where it lies
    Config(config::Args),
    /// Play Salesforce and WordPress on loopback
    Sim(sim::Args),
    /// Draw the console on a made-up fleet, as SVG
    Screenshots(screenshots::Args),
    /// The one PHP file that a site asked over REST needs in wp-content/mu-plugins/
    ///
    /// fusebox agent > fusebox.php, and copy that: docs/agent.md has the rest. Through WP-CLI nothing has to be copied.
    Agent(agent::Args),
    /// What a shell sources to complete commands and options
    Completions(completions::Args),
    /// The manual's pages
    Man(man::Args),
}

/// Runs what the process was asked for.
pub fn main() -> ExitCode {
    run(std::env::args_os().collect()).code()
}

fn run(arguments: Vec<OsString>) -> Exit {
    // Before anything is parsed: a wrong argument is answered in JSON too, if JSON was asked for.
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => return report::print(&error.to_string()),
        Err(error) if json => return Failure::usage(report::first_line(&error.to_string())).tell(true),
        Err(error) => {
            report::talk(error.to_string().trim_end());
            return Exit::Usage;
        }
    };
    let json = cli.global.json;
    let runtime = match runtime(json) {
        Ok(runtime) => runtime,
        Err(error) => return without_threads(&error.to_string(), json),
    };
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(dispatch(cli))));
    // Nothing that is still blocked may hold up the end.
    runtime.shutdown_background();
    match done {
        Ok(Ok(report)) => report.tell(json),
        Ok(Err(failure)) => failure.tell(json),
        Err(_) => Failure::new(Exit::Broken, "a part of fusebox failed; see the message above").tell(json),
    }
}

/// Threads to run on. Where the system gives some and not all, tokio panics and then waits for ever for those that it has: the
/// program ends before that.
fn runtime(json: bool) -> std::io::Result<tokio::runtime::Runtime> {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |_| {
        std::process::exit(without_threads("the system gives no more", json).number().into());
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    std::panic::set_hook(usual);
    runtime
}

fn without_threads(why: &str, json: bool) -> Exit {
    Failure::new(Exit::Failed, format!("no threads to run on: {why}")).tell(json)
}

async fn dispatch(cli: Cli) -> Result<Report, Failure> {
    let context = Context::new(cli.global)?;
    match cli.command {
        None => console::run(&context).await,
        Some(Command::Demo(args)) => demo::run(&context, args).await,
        Some(Command::Poll(args)) => poll::run(&context, &args).await,
        Some(Command::List(args)) => list::run(&context, &args).await,
        Some(Command::Show(args)) => show::run(&context, &args).await,
        Some(Command::Why(args)) => why::run(&context, &args).await,
        Some(Command::Users(args)) => users::run(&context, &args).await,
        Some(Command::Orgs(args)) => orgs::run(&context, &args).await,
        Some(Command::Tokens(args)) => tokens::run(&context, &args).await,
        Some(Command::Forecast(args)) => forecast::run(&context, &args).await,
        Some(Command::Plan(args)) => plan::run(&context, &args).await,
        Some(Command::Logs(args)) => logs::run(&context, &args).await,
        Some(Command::Fields(args)) => fields::run(&context, &args).await,
        Some(Command::ObjectType(args)) => Box::pin(object_type::run(&context, &args)).await,
        Some(Command::SegmentType(args)) => Box::pin(segment_type::run(&context, &args)).await,
        Some(Command::Undo(args)) => Box::pin(undo::run(&context, &args)).await,
        Some(Command::OrgSetup(args)) => org_setup::run(&context, &args).await,
        Some(Command::Login(args)) => login::run(&context, &args).await,
        Some(Command::Doctor(args)) => doctor::run(&context, &args).await,
        Some(Command::Prove(args)) => prove::run(&context, args).await,
        Some(Command::Identify(args)) => identify::run(&context, &args).await,
        Some(Command::RefreshFields(args)) => refresh_fields::run(&context, &args).await,
        Some(Command::KeepWarm(args)) => keep_warm::run(&context, &args).await,
        Some(Command::Audit(args)) => audit::run(&context, &args),
        Some(Command::Authorize(args)) => authorize::run(&context, &args, true).await,
        Some(Command::Reauthorize(args)) => authorize::run(&context, &args, false).await,
        Some(Command::Revoke(args)) => revoke::run(&context, &args).await,
        Some(Command::Operations(args)) => operations::run(&context, &args).await,
        Some(Command::Add(args)) => add::run(&context, &args),
        Some(Command::Import(args)) => import::run(&context, &args).await,
        Some(Command::Remove(args)) => remove::run(&context, &args).await,
        Some(Command::Config(args)) => config::run(&context, &args),
        Some(Command::Sim(args)) => sim::run(args).await,
        Some(Command::Screenshots(args)) => screenshots::run(&args),
        Some(Command::Agent(args)) => Ok(agent::run(&args)),
        Some(Command::Completions(args)) => Ok(completions::run(&args)),
        Some(Command::Man(args)) => man::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }

    /// One of each of what a screen may ask for.
    fn asked() -> Vec<protocol::Command> {
        use crate::model::dry_run::SettingKind;
        use crate::model::{
            Approval, ApprovalId, Clean, Intent, OrgName, Revocable, SegmentKind, SiteName, Target, UserId,
        };
        use crate::protocol::OperationId;
        let (id, site, org) = (OperationId(1), SiteName::new("-shop's"), OrgName::new("acme"));
        let sites = vec![site.clone(), SiteName::new("news.example.org")];
        let user = UserId::parse("005000000000001AAA").expect("an id");
        let approval = Approval {
            id: ApprovalId::from_bytes([7; 16]),
            user: user.clone(),
            app: "WP Fusion (OAuth)".into(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            last_used_at: None,
            use_count: 1,
        };
        vec![
            protocol::Command::Look(vec![Target::Org(org.clone()), Target::Site(site.clone())]),
            protocol::Command::Prove { id, sites: sites.clone() },
            protocol::Command::Preview { id, intent: Intent::Write },
            protocol::Command::Identify { id, site: site.clone(), org: org.clone() },
            protocol::Command::KeepWarm { id, site: site.clone(), org: org.clone() },
            protocol::Command::Revoke { id, subject: Box::new(Revocable::left_behind(approval)) },
            protocol::Command::Plan { sites: sites.clone(), made: None },
            protocol::Command::Authorize { id, site: site.clone(), org: org.clone(), user },
            protocol::Command::RefreshFields { id, sites },
            protocol::Command::Offer { id, site: site.clone(), setting: SettingKind::ObjectType },
            protocol::Command::Leave(id),
            protocol::Command::ObjectType { id, site: site.clone(), to: Clean::new("Lead") },
            protocol::Command::SegmentType { id, site: site.clone(), to: SegmentKind::Topics, field: None },
            protocol::Command::SegmentType {
                id,
                site: site.clone(),
                to: SegmentKind::Picklist,
                field: Some(Clean::new("Topics__c")),
            },
            protocol::Command::Undo { id, change: "1a2b".to_owned() },
            protocol::Command::Pasted {
                id,
                watch: id,
                site: site.clone(),
                address: protocol::Pasted::new("https://x".to_owned()),
            },
            protocol::Command::StopWatching(id),
            protocol::Command::AllowWriting(id),
            protocol::Command::Describe(site.clone()),
            protocol::Command::Ledger(org),
            protocol::Command::Trail,
            protocol::Command::Fields,
            protocol::Command::KeptFields(site.clone()),
            protocol::Command::ReadFields(site),
            protocol::Command::Pause(true),
        ]
    }

    #[test]
    fn what_the_screen_says_a_command_is_the_parser_takes() {
        use strum::VariantNames;
        let asked = asked();
        let named = |variant: &&str| asked.iter().any(|command| format!("{command:?}").starts_with(*variant));
        let missing: Vec<_> = protocol::Command::VARIANTS.iter().filter(|variant| !named(variant)).collect();
        assert!(missing.is_empty(), "no example of {missing:?}");
        let (mut twins, mut alone) = (0, 0);
        for command in &asked {
            let Some(deed) = command.deed() else { continue };
            let Some(arguments) = deed.arguments.clone() else {
                alone += 1;
                continue;
            };
            twins += 1;
            let parsed = Cli::try_parse_from(&arguments).unwrap_or_else(|error| panic!("{:?}: {error}", deed.shell()));
            let told = format!("{:?}", parsed.command.expect("a command"));
            // An approval is named by its first digits there.
            let is_told = |name: &String| told.contains(format!("{name:?}").trim_end_matches('"'));
            assert!(deed.on.iter().all(is_told), "{told}");
        }
        assert_eq!((twins, alone), (12, 4), "what only reads what is known is in no log");
    }
}
