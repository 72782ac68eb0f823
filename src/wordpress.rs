//! What a WordPress site says of its connection: one agent program (`agent.php` and `agent/`) and three ways to run it, WP-CLI here,
//! WP-CLI over ssh, and REST. The contract is `docs/agent.md`. Uses `model` alone.
//!
//! [`Agent::refresh_token`] spends, what stands in `writing` writes, all else looks. No secret is put on a command line, into an environment or
//! into an error.

mod answer;
mod exit;
mod frame;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod process;
mod program;
mod redact;
mod request;
mod rest;
mod same_site;
mod ssh;
mod wire;
mod wp_cli;
mod writing;

pub use answer::{Refresh, RefreshOutcome, SegmentChoice, SiteWrite};
pub use program::agent_program;
pub use rest::{Http, is_loopback};
pub use ssh::LONGEST_CONTROL_DIR;

use crate::model::fields::{self, Description, Mapping};
use crate::model::{Clean, Clock, Failure, FailureClass, ProveOutcome, SecretVariables, SiteLog, SiteStatus};
use chrono::{DateTime, TimeDelta, Utc};
use request::{Request, Verb};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;
use wire::{Answer, Refusal};

/// The version of `agent.php` as it is now. Sites that are asked through WP-CLI always run this one.
pub const AGENT_VERSION: &str = "2";

/// Rows of the log that one look asks for.
pub const LOG_ROWS: u8 = 20;

/// How the agent is reached.
#[derive(Clone, Debug)]
pub enum Way {
    /// As a must-use plugin, over https, with an Application Password.
    Rest {
        /// The WordPress user that holds the capability `fusebox_read`.
        user: String,
        /// Its Application Password; the spaces that WordPress shows do not matter.
        password: SecretString,
    },
    /// Through WP-CLI on this machine.
    Local {
        /// Where WordPress lies.
        path: PathBuf,
        /// WP-CLI's name or path.
        wp: String,
    },
    /// Through WP-CLI on another machine, with the operator's own ssh.
    Ssh {
        /// A name that ssh knows, or `user@name`.
        host: String,
        /// Another port than the one that ssh would take.
        port: Option<u16>,
        /// Where WordPress lies there; `~/` leads to the home directory.
        path: String,
        /// WP-CLI's name or path there.
        wp: String,
        /// A directory of ours (0700) for the sockets of shared connections.
        control_dir: PathBuf,
    },
}

/// What one look answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteLook {
    /// Plugin and settings.
    pub status: SiteStatus,
    /// The plugin's log.
    pub log: SiteLog,
    /// Seconds that the site's clock is ahead of ours.
    pub clock_offset_s: i64,
}

/// One site's agent.
#[derive(Clone, Debug)]
pub struct Agent {
    url: Url,
    transport: Transport,
    key: SecretString,
    timeout: Duration,
    clock: Clock,
    /// Variables that no program started here may see.
    hidden: SecretVariables,
}

#[derive(Clone, Debug)]
enum Transport {
    Rest(Box<rest::Rest>),
    Local(wp_cli::WpCli),
    Ssh(ssh::Ssh),
}

/// Whether a call loads the site's plugins and theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    All,
    WithoutPlugins,
}

impl Agent {
    /// The agent of the site at `url`. `key` is this installation's fingerprint key, 64 hexadecimal digits; `timeout`
    /// bounds every call.
    ///
    /// Fails with [`FailureClass::BadRequest`] where a setting is unusable (http beyond loopback, a host that ssh would
    /// take for an option, no key); nothing has been run or sent then.
    pub fn new(url: Url, way: Way, key: SecretString, timeout: Duration, clock: Clock) -> Result<Self, Failure> {
        Self::with_http(url, way, key, timeout, clock, &Http::default())
    }

    /// The same over clients that other agents use too: for a fleet.
    pub fn with_http(
        url: Url,
        way: Way,
        key: SecretString,
        timeout: Duration,
        clock: Clock,
        http: &Http,
    ) -> Result<Self, Failure> {
        if !request::is_key(key.expose_secret()) {
            return Err(Failure::new(FailureClass::BadRequest, "the fingerprint key is not 64 hexadecimal digits"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            // It stands on command lines and in failures.
            let text = "a site's address holds no user, no password, no ? and no #";
            return Err(Failure::new(FailureClass::BadRequest, text));
        }
        let transport = match way {
            Way::Rest { user, password } => {
                Transport::Rest(Box::new(rest::Rest::new(&url, user, password, timeout, http)?))
            }
            Way::Local { path, wp } => Transport::Local(wp_cli::WpCli::new(&url, path, wp)?),
            Way::Ssh { host, port, path, wp, control_dir } => {
                Transport::Ssh(ssh::Ssh::new(&url, host, port, path, wp, control_dir)?)
            }
        };
        Ok(Self { url, transport, key, timeout, clock, hidden: SecretVariables::default() })
    }

    /// Lets ssh read `file` in place of the operator's configuration. Nothing changes for the other ways.
    #[must_use]
    pub fn with_ssh_config(mut self, file: PathBuf) -> Self {
        if let Transport::Ssh(ssh) = &mut self.transport {
            ssh.read_config(file);
        }
        self
    }

    /// Lets every call take this long: a refresh of fields is several calls to Salesforce, each of which may take twenty
    /// seconds, while a look is over in one or two.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        if let Transport::Rest(rest) = &mut self.transport {
            rest.within(timeout);
        }
        self
    }

    /// Keeps these variables from the programs that it starts: they hold secrets that are nobody else's.
    #[must_use]
    pub fn hiding(mut self, hidden: SecretVariables) -> Self {
        self.hidden = hidden;
        self
    }

    /// Status and log. That WP Fusion is absent, inactive or not authorized is an answer, not a failure.
    pub async fn look(&self) -> Result<SiteLook, Failure> {
        self.look_with(Load::All).await
    }

    /// As [`Agent::look`], without loading the site's plugins and theme: what a site that ends in
    /// [`FailureClass::PhpFatal`] still has to say. Such a site syncs nothing, whatever the status reads. Over REST there
    /// is no such way: [`FailureClass::BadRequest`].
    pub async fn look_without_plugins(&self) -> Result<SiteLook, Failure> {
        self.look_with(Load::WithoutPlugins).await
    }

    async fn look_with(&self, load: Load) -> Result<SiteLook, Failure> {
        let (status, offset) = self.status_with(load).await?;
        let (answer, _) = self.call(Verb::Log { limit: LOG_ROWS }, load).await?;
        let log = wire::log(answer.result.map_err(Refusal::into_failure)?)?;
        Ok(SiteLook { status, log, clock_offset_s: offset })
    }

    /// The status alone.
    pub async fn status(&self) -> Result<SiteStatus, Failure> {
        Ok(self.status_with(Load::All).await?.0)
    }

    async fn status_with(&self, load: Load) -> Result<(SiteStatus, i64), Failure> {
        let (answer, offset) = self.call(Verb::Status, load).await?;
        let status = wire::status(answer.result.map_err(Refusal::into_failure)?, answer.agent_version)?;
        same_site::check(&self.url, status.home_url.as_str())?;
        Ok((status, offset))
    }

    /// Lets the site make one call to Salesforce with the session it has, refresh withheld. Where the plugin's state
    /// leaves nothing to call with, that is [`ProveOutcome::Failed`] with the agent's words.
    pub async fn prove(&self) -> Result<ProveOutcome, Failure> {
        let (answer, _) = self.call(Verb::Prove, Load::All).await?;
        match answer.result {
            Ok(result) => wire::prove(result),
            Err(refusal) if refusal.is_state_of_the_plugin() => Ok(ProveOutcome::Failed { text: refusal.message }),
            Err(refusal) => Err(refusal.into_failure()),
        }
    }

    /// What the site maps to what, from its settings.
    pub async fn mapping(&self) -> Result<Mapping, Failure> {
        let (answer, _) = self.call(Verb::Mapping, Load::All).await?;
        wire::mapping(answer.result.map_err(Refusal::into_failure)?)
    }

    /// The fields of `object` as the site's Salesforce user sees them: one call by the site, refresh withheld.
    pub async fn describe(&self, object: &str) -> Result<Description, Failure> {
        if !fields::is_object(object) {
            return Err(Failure::new(FailureClass::BadRequest, format!("{object:?} is no API name of an object")));
        }
        let (answer, _) = self.call(Verb::Describe { object: object.to_owned() }, Load::All).await?;
        wire::describe(answer.result.map_err(Refusal::into_failure)?)
    }

    /// The plugin's own link for authorizing the site in a browser. It holds no secret.
    pub async fn authorization_url(&self) -> Result<Url, Failure> {
        let (answer, _) = self.call(Verb::AuthorizationUrl, Load::All).await?;
        wire::authorization_url(answer.result.map_err(Refusal::into_failure)?)
    }

    /// Lets the site refresh its own token once: of the class spend, and the caller's to have asked for it. A failure may
    /// have come after the request left the site, so it does not tell that nothing was spent.
    pub async fn refresh_token(&self) -> Result<RefreshOutcome, Failure> {
        let (answer, _) = self.call(Verb::RefreshToken, Load::All).await?;
        match answer.result {
            Ok(result) => wire::refreshed(result),
            Err(refusal) => refusal.into_refresh(),
        }
    }

    /// One call: the answer, and how far ahead the site's clock is, in seconds.
    async fn call(&self, verb: Verb, load: Load) -> Result<(Answer, i64), Failure> {
        let request = Request::new(verb, &self.key, self.timeout)?;
        let sent = self.clock.now();
        let answer = match &self.transport {
            Transport::Rest(_) if load == Load::WithoutPlugins => Err(Failure::new(
                FailureClass::BadRequest,
                "over REST a site can not be asked without its plugins; WP-CLI can",
            )),
            Transport::Rest(rest) => rest.send(&request).await,
            Transport::Local(wp) => wp.send(&request, load, self.timeout, &self.hidden).await,
            Transport::Ssh(ssh) => ssh.send(&request, load, self.timeout, &self.hidden).await,
        }?;
        let offset = clock_offset(answer.at, sent, self.clock.now());
        Ok((answer, offset))
    }
}

/// Seconds that the site's clock is ahead, taking the answer as written half way between `sent` and `received`. The site
/// tells whole seconds, cut: half a second is put back.
fn clock_offset(at: DateTime<Utc>, sent: DateTime<Utc>, received: DateTime<Utc>) -> i64 {
    let middle = sent + (received - sent) / 2;
    let ahead = at + TimeDelta::milliseconds(500) - middle;
    (ahead.num_milliseconds() + 500).div_euclid(1_000)
}

/// The words of a failure: cleaned, without secrets, and short enough for a line of a table to point at.
fn words(text: &str) -> Clean {
    Clean::new(redact::redact(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(second: u32, milli: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 4, second).single().expect("a time") + TimeDelta::milliseconds(milli)
    }

    #[test]
    fn the_agents_version_is_the_one_in_its_file() {
        let line = format!("const VERSION  = '{AGENT_VERSION}';");
        assert!(include_str!("wordpress/agent.php").contains(&line));
    }

    #[test]
    fn an_answer_from_the_middle_of_the_call_shows_no_offset() {
        assert_eq!(clock_offset(at(10, 0), at(9, 800), at(11, 0)), 0);
        assert_eq!(clock_offset(at(10, 0), at(10, 0), at(10, 900)), 0);
        assert_eq!(clock_offset(at(40, 0), at(10, 0), at(10, 900)), 30);
        assert_eq!(clock_offset(at(10, 0), at(40, 0), at(40, 900)), -30);
    }

    #[test]
    fn a_clock_of_ours_that_jumps_back_does_no_harm() {
        assert_eq!(clock_offset(at(10, 0), at(20, 500), at(0, 500)), 0);
    }

    fn agent(url: &str, way: Way) -> Result<Agent, Failure> {
        let url = Url::parse(url).expect("an address");
        let clock = Clock::new(|| DateTime::UNIX_EPOCH);
        Agent::new(url, way, SecretString::from("ab".repeat(32)), Duration::from_secs(10), clock)
    }

    fn rest() -> Way {
        Way::Rest { user: "fusebox".to_owned(), password: SecretString::from("abcd efgh") }
    }

    #[test]
    fn http_is_for_loopback_alone() {
        for url in ["http://127.0.0.1:8080", "http://[::1]/blog", "http://localhost:1", "https://shop.example.org"] {
            assert!(agent(url, rest()).is_ok(), "{url}");
        }
        for url in
            ["http://shop.example.org", "http://127.0.0.1.example.org", "ftp://127.0.0.1", "https://a:b@example.org"]
        {
            let failure = agent(url, rest()).expect_err(url);
            assert_eq!(failure.class, FailureClass::BadRequest, "{url}");
        }
    }

    #[test]
    fn an_address_with_a_password_never_comes_to_a_command_line() {
        let local = || Way::Local { path: PathBuf::from("/srv"), wp: "wp".to_owned() };
        assert!(agent("https://shop.example.org", local()).is_ok());
        let failure = agent("https://me:hunter2@shop.example.org", local()).expect_err("a failure");
        assert!(failure.class == FailureClass::BadRequest && !failure.to_string().contains("hunter2"));
    }

    #[test]
    fn a_key_of_another_form_is_refused_and_not_repeated() {
        let url = Url::parse("https://shop.example.org").expect("an address");
        let clock = Clock::new(|| DateTime::UNIX_EPOCH);
        let failure = Agent::new(url, rest(), SecretString::from("hunter2"), Duration::from_secs(10), clock)
            .expect_err("a failure");
        assert!(!failure.to_string().contains("hunter2"));
    }

    #[test]
    fn a_longer_time_is_for_the_way_too() {
        let agent = agent("https://shop.example.org", rest()).expect("an agent").within(Duration::from_secs(90));
        assert_eq!(format!("{agent:?}").matches("timeout: 90s").count(), 2, "{agent:?}");
    }

    #[test]
    fn debugging_an_agent_shows_no_secret() {
        let shown = format!("{:?}", agent("https://shop.example.org", rest()).expect("an agent"));
        assert!(!shown.contains("abcd") && !shown.contains("abab"), "{shown}");
    }
}
