//! A program of the operator's that signs in: `sf org auth show-access-token`, a vault, a script. It is run without a shell,
//! nothing is written to it, and nothing that it prints is ever shown. Uses `model` alone.

use super::{Session, SignIn};
use crate::model::SecretVariables;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::Http;
use secrecy::SecretString;
use serde::Deserialize;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use url::Url;

/// The most that is read of what a program prints. A session with everything around it has a few hundred bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// The longest token: a session id has about 120 characters, one in the form of a JSON web token some thousands.
const LONGEST: usize = 16 * 1024;

pub(super) struct Program {
    pub(super) command: Vec<String>,
    pub(super) hidden: SecretVariables,
    pub(super) login_url: Url,
}

/// What programs print, Salesforce's own command line among them (`--json` puts everything into `result`).
#[derive(Deserialize)]
struct Printed {
    #[serde(alias = "accessToken", alias = "token")]
    access_token: Option<String>,
    #[serde(alias = "instanceUrl")]
    instance_url: Option<String>,
    id: Option<String>,
    result: Option<Box<Printed>>,
}

/// A token, the address of its instance, and the identity address.
pub(in crate::salesforce) type Told = (SecretString, Option<String>, Option<String>);

impl Program {
    /// Runs it, and takes what it prints for a session. Where it names no instance, that is `login_url`.
    pub(super) async fn session(&self, sign_in: &SignIn, http: &Http) -> Result<Session, Error> {
        let printed = self.run().await.map_err(|what| {
            let program = self.command.first().map_or("", String::as_str);
            Error::new(Kind::TokenCommand, sign_in.redactor().redact(format!("{program}: {what}")))
        })?;
        let (token, instance_url, id) = printed;
        let instance_url = instance_url.unwrap_or_else(|| self.login_url.to_string());
        sign_in.accept_parts(http, token, &instance_url, id.as_deref())
    }

    /// The look's time limit ends the program with the look.
    async fn run(&self) -> Result<Told, String> {
        let Some((program, arguments)) = self.command.split_first() else { return Err("no program".to_owned()) };
        let mut run = Command::new(program);
        for name in self.hidden.names() {
            run.env_remove(name);
        }
        let mut child = run
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("can not be run: {error}"))?;
        let mut text = String::new();
        if let Some(out) = child.stdout.take() {
            let read = out.take(MOST_BYTES + 1).read_to_string(&mut text).await;
            read.map_err(|_| "printed something that is no text".to_owned())?;
        }
        if text.len() as u64 > MOST_BYTES {
            return Err("printed more than a session".to_owned());
        }
        let status = child.wait().await.map_err(|error| format!("was lost: {error}"))?;
        if !status.success() {
            return Err(format!("ended with {status}"));
        }
        read(&text).ok_or_else(|| "printed no access token".to_owned())
    }
}

/// A token alone on its line, or a document.
pub(in crate::salesforce) fn read(text: &str) -> Option<Told> {
    let text = text.trim();
    if text.starts_with('{') {
        let mut printed: Printed = serde_json::from_str(text).ok()?;
        if let Some(result) = printed.result.take() {
            printed = *result;
        }
        let token = printed.access_token.filter(|token| is_token(token))?;
        return Some((token.into(), printed.instance_url, printed.id));
    }
    is_token(text).then(|| (text.to_owned().into(), None, None))
}

fn is_token(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn told(text: &str) -> Option<(String, Option<String>)> {
        read(text).map(|(token, instance, _)| (token.expose_secret().to_owned(), instance))
    }

    #[test]
    fn a_token_comes_bare_or_in_a_document() {
        let token = "00D5g000000ORGE!AQ4A.x_y";
        let instance = Some("https://acme.my.salesforce.com".to_owned());
        assert_eq!(told(&format!("{token}\n")), Some((token.to_owned(), None)));
        for text in [
            format!(r#"{{"access_token":"{token}","instance_url":"https://acme.my.salesforce.com"}}"#),
            format!(
                r#"{{"status":0,"result":{{"accessToken":"{token}","instanceUrl":"https://acme.my.salesforce.com"}}}}"#
            ),
        ] {
            assert_eq!(told(&text), Some((token.to_owned(), instance.clone())), "{text}");
        }
        for text in ["", "two words", "{}", "{\"access_token\":7}", "{\"access_token\":\"a b\"}", "Usage:\n  sf org"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
