//! WP-CLI on this machine: the agent goes in on standard input, the answer comes back between its markers.

use super::exit::{self, Place};
use super::process::{self, Kill, hiding};
use super::request::Request;
use super::wire::Answer;
use super::{Failure, FailureClass, Load};
use crate::model::SecretVariables;
use std::path::PathBuf;
use std::time::Duration;
use tokio::process::Command;
use url::Url;

#[derive(Clone, Debug)]
pub(super) struct WpCli {
    url: Url,
    path: PathBuf,
    wp: String,
}

impl WpCli {
    pub(super) fn new(url: &Url, path: PathBuf, wp: String) -> Result<Self, Failure> {
        if wp.is_empty() || wp.starts_with('-') {
            return Err(Failure::new(FailureClass::BadRequest, format!("{wp:?} is no name of a program")));
        }
        Ok(Self { url: url.clone(), path, wp })
    }

    pub(super) async fn send(
        &self,
        request: &Request,
        load: Load,
        limit: Duration,
        hidden: &SecretVariables,
    ) -> Result<Answer, Failure> {
        let mut command = Command::new(&self.wp);
        let mut path = std::ffi::OsString::from("--path=");
        path.push(&self.path);
        command.arg(path).args(arguments(&self.url, load));
        let ended = process::run(hiding(command, hidden), &request.program(), Kill::Group, limit).await;
        exit::answer(ended, request, Place::Here)
    }
}

/// WP-CLI's words after the path. `--url` picks the blog of a multisite, and gives a host name to configurations that
/// want one; nothing here is secret or differs between calls.
pub(super) fn arguments(url: &Url, load: Load) -> Vec<String> {
    let mut words = vec![format!("--url={url}"), "--no-color".to_owned()];
    if load == Load::WithoutPlugins {
        words.extend(["--skip-plugins".to_owned(), "--skip-themes".to_owned()]);
    }
    words.extend(["eval-file".to_owned(), "-".to_owned()]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_same_for_every_verb() {
        let url = Url::parse("https://example.org/one").expect("an address");
        let words = arguments(&url, Load::All);
        assert_eq!(words, ["--url=https://example.org/one", "--no-color", "eval-file", "-"]);
        assert!(arguments(&url, Load::WithoutPlugins).contains(&"--skip-plugins".to_owned()));
    }

    #[test]
    fn an_option_is_no_program() {
        let url = Url::parse("https://example.org").expect("an address");
        assert!(WpCli::new(&url, PathBuf::from("/srv"), "-x".to_owned()).is_err());
    }
}
