//! Where the configuration and the state lie: what the operator says, else the XDG folders.

use super::ConfigError;
use directories::ProjectDirs;
use std::path::PathBuf;

/// The two folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `secrets.toml`, keys.
    pub config: PathBuf,
    /// What fusebox itself writes: the store, the fingerprint key, ssh's control sockets.
    pub state: PathBuf,
}

impl Paths {
    /// Takes what the operator says, and the XDG folders for the rest.
    pub fn resolve(config: Option<PathBuf>, state: Option<PathBuf>) -> Result<Self, ConfigError> {
        let dirs = ProjectDirs::from("", "", "fusebox");
        let config = config
            .or_else(|| dirs.as_ref().map(|dirs| dirs.config_dir().to_owned()))
            .ok_or(ConfigError::NoHome { what: "configuration" })?;
        let state = state
            .or_else(|| dirs.as_ref().map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned()))
            .ok_or(ConfigError::NoHome { what: "state" })?;
        Ok(Self { config, state })
    }
}
