//! What commands are run with: the folders, the configuration, the one clock, the store, the machinery.

use super::report::Failure;
use super::{Exit, Global, operator};
use crate::backend::{self, Auditing, Handle, Parts, Polling};
use crate::config::{Config, Environment, Paths};
use crate::model::{Clock, Permits, SiteName, sharing};
use crate::secrets::{Secrets, fingerprint_key};
use crate::store::StoreHandle;
use chrono::{TimeDelta, Utc};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The store's file within the state's folder.
pub(super) const STORE: &str = "fusebox.db";

/// ssh's control sockets within the state's folder.
pub(super) const CONTROL: &str = "ssh";

/// Moves the clock of this process, for tests against a simulator whose clock was moved ("29d").
const CLOCK_OFFSET: &str = "FUSEBOX_CLOCK_OFFSET";

/// What a command is run with.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) clock: Clock,
    /// What the environment says of the configuration.
    pub(super) environment: Environment,
}

impl Context {
    pub(super) fn new(global: Global) -> Result<Self, Failure> {
        Ok(Self { global, clock: clock()?, environment: environment() })
    }

    pub(super) fn paths(&self) -> Result<Paths, Failure> {
        Ok(Paths::resolve(self.global.config_dir.clone(), self.global.state_dir.clone())?)
    }

    pub(super) fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load_with(&self.paths()?.config, &self.environment)?)
    }

    /// What may be spent or written, as the configuration and the command line say it.
    pub(super) fn permits(&self, config: &Config) -> Permits {
        config.permits().with_flag(self.global.read_only)
    }

    pub(super) fn store(&self) -> Result<StoreHandle, Failure> {
        Ok(StoreHandle::open(&self.paths()?.state.join(STORE))?)
    }

    /// Names the state of the configuration's file, what the environment says of it, and who reads it: another name, and
    /// what it told may be another. To be asked before the file is read. None where there is no file.
    pub(super) fn config_file(&self) -> Result<Option<String>, Failure> {
        let path = self.paths()?.config.join(crate::config::FILE);
        let Ok(file) = std::fs::metadata(&path) else { return Ok(None) };
        Ok(Some(format!(
            "{} {}:{} {} bytes, written {}.{:09}, changed {}.{:09} {}",
            env!("CARGO_PKG_VERSION"),
            file.dev(),
            file.ino(),
            file.size(),
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
            file.ctime_nsec(),
            self.environment.fingerprint(),
        )))
    }

    /// Starts the machinery on the operator's own folders, with the configuration that was read from `file`
    /// ([`Context::config_file`]) if it is to be remembered.
    pub(super) fn machinery(
        &self,
        config: Config,
        file: Option<String>,
        polling: Polling,
    ) -> Result<(Handle, StoreHandle), Failure> {
        let permits = self.permits(&config);
        let parts = parts(config, &self.paths()?.state, self.store()?, self.clock.clone(), polling, permits)?;
        begin(Parts { file, ..parts })
    }
}

/// What the machinery is made of, of these folders.
pub(super) fn parts(
    config: Config,
    state: &Path,
    store: StoreHandle,
    clock: Clock,
    polling: Polling,
    permits: Permits,
) -> Result<Parts, Failure> {
    let control_dir = control_dir(state);
    DirBuilder::new().recursive(true).mode(0o700).create(&control_dir).map_err(|error| {
        let message = format!("{} can not be made: {error}", control_dir.display());
        Failure::new(Exit::Configuration, message).advise("give another folder with --state-dir")
    })?;
    Ok(Parts {
        secrets: Secrets::open(&config.dir)?,
        fingerprint_key: fingerprint_key(state)?,
        config,
        store,
        clock,
        holder: holder(),
        control_dir,
        state_dir: state.to_owned(),
        polling,
        permits,
        auditing: auditing(state),
        file: None,
    })
}

/// How the audit of this state is opened.
pub(super) fn auditing(state: &Path) -> Auditing {
    let folder = state.to_owned();
    Arc::new(move || operator::audit(&folder).map_err(|failure| failure.message().to_owned()))
}

/// Where this user's control sockets lie. ssh lets nobody else use them, and fails where it may not make them: in a folder
/// that several users share each has a folder of their own.
fn control_dir(state: &Path) -> PathBuf {
    match std::fs::metadata(state) {
        Ok(folder) if sharing::is_shared(folder.mode()) => {
            state.join(format!("{CONTROL}-{}", rustix::process::geteuid().as_raw()))
        }
        _ => state.join(CONTROL),
    }
}

/// Starts the machinery on other folders, with nothing remembered.
pub(super) fn start(
    config: Config,
    state: &Path,
    clock: Clock,
    polling: Polling,
    permits: Permits,
) -> Result<(Handle, StoreHandle), Failure> {
    let parts = parts(config, state, StoreHandle::open(&state.join(STORE))?, clock, polling, permits)?;
    let folder = state.to_owned();
    let auditing = Arc::new(move || match operator::audit(&folder) {
        // What is tried on a made-up fleet is no matter for this machine's log.
        Ok(audit) => Ok(audit.logging_to(None)),
        Err(failure) => Err(failure.message().to_owned()),
    });
    begin(Parts { auditing, ..parts })
}

/// Starts the machinery. The store is returned to be closed at the end.
fn begin(parts: Parts) -> Result<(Handle, StoreHandle), Failure> {
    let store = parts.store.clone();
    Ok((backend::start(parts)?, store))
}

/// Ends the machinery and leaves a tidy store.
pub(super) async fn end(handle: Handle, store: StoreHandle) {
    handle.shutdown().await;
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
}

/// The names of configured sites, checked.
pub(super) fn known_sites(config: &Config, names: &[String]) -> Result<Vec<SiteName>, Failure> {
    let known = |name: &String| {
        let site = SiteName::new(name);
        if config.site(&site).is_some() {
            return Ok(site);
        }
        let failure = Failure::new(Exit::Usage, format!("no site named {:?} is in the configuration", site.as_str()));
        Err(match config.nearest_site(&site) {
            Some(nearest) => failure.advise(format!("did you mean {:?}?", nearest.as_str())),
            None => failure.advise("fusebox list shows the names"),
        })
    };
    names.iter().map(known).collect()
}

/// What the environment says, read once. What is no text says nothing that could be meant, and is refused where it is read.
fn environment() -> Environment {
    let text = |part: std::ffi::OsString| part.to_string_lossy().into_owned();
    Environment::of(std::env::vars_os().map(|(name, value)| (text(name), text(value))))
}

/// Who this process is, in leases.
fn holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "host" } else { host.trim() };
    format!("{host}/{}/{:08x}", std::process::id(), fastrand::u32(..))
}

/// The one clock of the process.
#[expect(clippy::disallowed_methods, reason = "the one place where the host's clock is read")]
fn clock() -> Result<Clock, Failure> {
    let offset = match std::env::var(CLOCK_OFFSET) {
        Ok(text) => offset(&text).ok_or_else(|| {
            Failure::usage(format!("{CLOCK_OFFSET} is no span of time; write it as \"29d\" or \"-5min\""))
        })?,
        Err(_) => TimeDelta::zero(),
    };
    Ok(Clock::new(move || Utc::now() + offset))
}

fn offset(text: &str) -> Option<TimeDelta> {
    let (back, span) = text.strip_prefix('-').map_or((false, text), |span| (true, span));
    let span = TimeDelta::from_std(humantime::parse_duration(span).ok()?).ok()?;
    // Beyond a hundred years dates end.
    let span = span.min(TimeDelta::days(100 * 365));
    Some(if back { -span } else { span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_go_both_ways() {
        assert_eq!(offset("29d"), Some(TimeDelta::days(29)));
        assert_eq!(offset("-5min"), Some(TimeDelta::minutes(-5)));
        assert_eq!(offset("soon"), None);
    }

    #[test]
    fn every_process_is_another() {
        assert_ne!(holder(), holder());
        assert_eq!(holder().split('/').count(), 3);
    }
}
