//! `login ORG`: from nothing to an org that answers. It says what an administrator makes in Salesforce, asks for what only
//! people know, signs in, looks once, and writes the org into the configuration when that worked. An org that is configured
//! already is signed in to anew.
//!
//! Of the class own: fusebox's own app and user alone are concerned, and no slot of WP Fusion's is taken.

pub(super) mod asker;
mod browser;
mod guide;
mod seen;

use super::Exit;
use super::context::Context;
use super::report::{Failure, Report, talk};
use crate::backend;
use crate::config::edit::Edit;
use crate::config::{CALLBACK_PORT, Config, FILE, Flow, OrgConfig};
use crate::model::{Clean, FailureClass, OrgName, OrgTerms, SecretRef};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::{Ask, Client, Looked};
use crate::secrets::{Secrets, certify, put, write_private};
use asker::Asker;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strum::Display;
use url::Url;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to call the org; one of the configuration's is signed in to anew
    org: String,
    /// Where to sign in: `https://` and the org's My Domain, or login.salesforce.com, test.salesforce.com for a sandbox
    #[arg(long, value_name = "URL")]
    login_url: Option<Url>,
    /// How to sign in
    #[arg(long, value_enum)]
    flow: Option<FlowName>,
    /// The consumer key of fusebox's own app
    #[arg(long, value_name = "KEY")]
    client_id: Option<String>,
    /// With jwt: fusebox's user
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// With jwt: where the private key lies (`file:PATH`, ..); else one is made beside the configuration
    #[arg(long, value_name = "PLACE")]
    private_key: Option<String>,
    /// With client-credentials: where the consumer secret lies (`store:NAME`, `env:NAME`, ..), or `-` for the first line of
    /// the input; else it is asked for and kept in secrets.toml. Also with browser, where the app wants it
    #[arg(long, value_name = "PLACE")]
    client_secret: Option<String>,
    /// With browser: the port of the callback address
    #[arg(long, value_name = "PORT")]
    callback_port: Option<u16>,
    /// With token-command: the program that prints a session, and its arguments, to the end of the line
    #[arg(long, num_args = 1.., allow_hyphen_values = true, value_name = "PROGRAM")]
    token_command: Option<Vec<String>>,
    /// Certificates (PEM) to trust beside the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Say what to make in Salesforce, and do nothing
    #[arg(long)]
    guide: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Display)]
#[strum(serialize_all = "kebab-case")]
enum FlowName {
    /// A key of fusebox's own: no person, no refresh token, nothing to renew
    Jwt,
    /// A secret, as the user that the app runs as
    ClientCredentials,
    /// A person signs in once in a browser
    Browser,
    /// Another program prints a session
    TokenCommand,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let dir = context.paths()?.config;
    let config = context.config()?;
    let name = OrgName::new(&args.org);
    if args.guide {
        let flow = args.flow.unwrap_or(FlowName::Jwt);
        let (file, port) = (certificate_file(&dir, &name), args.callback_port.unwrap_or(CALLBACK_PORT));
        let guide = guide::text(name.as_str(), flow, &file, port);
        return Ok(Report::done(serde_json::json!({ "guide": guide }), guide));
    }
    let mut asker = Asker::new()?;
    let known = config.orgs.iter().find(|org| org.name == name);
    let org = match known {
        Some(_) if args.names_something() => {
            return Err(Failure::usage(format!("{name} is in the configuration already"))
                .advise(format!("change its table in {}, or leave the options out", dir.join(FILE).display())));
        }
        Some(org) => org.clone(),
        None => gather(&dir, name, args, &mut asker, context).await?,
    };
    let client = client(context, &config, &org, &dir).await?;
    if let Flow::Browser { callback_port, .. } = org.flow {
        browser::sign_in(&org, callback_port, &client, &mut asker).await?;
    }
    let looked = look(&org, &client, &mut asker).await?;
    let file = dir.join(FILE);
    if known.is_none() {
        let mut edit = Edit::open(&dir)?;
        edit.add_org(&org)?;
        edit.save().map_err(|error| Failure::from(error).after("signed in, and the org was not written down"))?;
    }
    Ok(seen::report(&org, &looked, known.is_none().then_some(file.as_path()), config.sites.is_empty()))
}

impl Args {
    /// Whether it says anything about the org but its name.
    fn names_something(&self) -> bool {
        self.login_url.is_some()
            || self.flow.is_some()
            || self.client_id.is_some()
            || self.username.is_some()
            || self.private_key.is_some()
            || self.client_secret.is_some()
            || self.callback_port.is_some()
            || self.token_command.is_some()
            || self.ca_file.is_some()
    }
}

/// What the operator tells of an org that is not configured yet: by options, else asked for.
async fn gather(
    dir: &Path,
    name: OrgName,
    args: &Args,
    asker: &mut Asker,
    context: &Context,
) -> Result<OrgConfig, Failure> {
    let flow_name = match (args.flow, &args.token_command) {
        (Some(flow), _) => flow,
        (None, Some(_)) => FlowName::TokenCommand,
        (None, None) => asker.choose_flow().await?,
    };
    let made = (flow_name == FlowName::Jwt && args.private_key.is_none())
        .then(|| make_key(dir, &name, context))
        .transpose()?;
    if asker.is_terminal() && args.client_id.is_none() && flow_name != FlowName::TokenCommand {
        let port = args.callback_port.unwrap_or(CALLBACK_PORT);
        talk(&guide::text(name.as_str(), flow_name, &certificate_file(dir, &name), port));
    }
    let login_url = match &args.login_url {
        Some(url) => url.clone(),
        None => asker.url("The org's address (its My Domain, such as https://acme.my.salesforce.com)").await?,
    };
    let client_id = match (&args.client_id, flow_name) {
        (_, FlowName::TokenCommand) => String::new(),
        (Some(id), _) => id.trim().to_owned(),
        (None, _) => asker.ask("The app's consumer key", "--client-id").await?,
    };
    let flow = match flow_name {
        FlowName::Jwt => Flow::Jwt {
            username: match &args.username {
                Some(username) => username.clone(),
                None => asker.ask("fusebox's user there (its user name)", "--username").await?,
            },
            private_key: match (&args.private_key, made) {
                (Some(place), _) => self::place(place)?,
                (None, file) => SecretRef::File(file.unwrap_or_default()),
            },
        },
        FlowName::ClientCredentials => {
            let secret = client_secret(dir, &name, args, asker).await?;
            Flow::ClientCredentials { client_secret: secret }
        }
        FlowName::Browser => Flow::Browser {
            // An app that wants its secret is asked for by an option: most that a browser signs in to are public clients.
            client_secret: match args.client_secret {
                Some(_) => Some(client_secret(dir, &name, args, asker).await?),
                None => None,
            },
            refresh_token: PathBuf::from(format!("{}.refresh-token", file_stem(&name))),
            callback_port: args.callback_port.unwrap_or(CALLBACK_PORT),
        },
        FlowName::TokenCommand => Flow::TokenCommand {
            command: args.token_command.clone().ok_or_else(|| {
                Failure::usage("no program is named").advise("--token-command PROGRAM ARGUMENTS.. at the end")
            })?,
        },
    };
    let terms = OrgTerms { url: Clean::new(login_url.as_str().trim_end_matches('/')), ..OrgTerms::default() };
    Ok(OrgConfig { name, login_url, client_id, flow, ca_file: args.ca_file.clone(), terms, read_only: false })
}

/// The client's secret: where it lies, or asked for and put into `secrets.toml`.
async fn client_secret(dir: &Path, name: &OrgName, args: &Args, asker: &mut Asker) -> Result<SecretRef, Failure> {
    let secret = match args.client_secret.as_deref() {
        Some("-") => asker.line().await?.into(),
        Some(place) => return self::place(place),
        None => asker.ask_hidden("The app's consumer secret (not shown)", "--client-secret").await?,
    };
    let entry = format!("{name}-client-secret");
    put(dir, &entry, &secret)?;
    Ok(SecretRef::Store(entry))
}

fn place(text: &str) -> Result<SecretRef, Failure> {
    SecretRef::try_from(text.to_owned()).map_err(|error| Failure::usage(error.to_string()))
}

/// The key for assertions: the one that lies there, or a new one with its certificate.
fn make_key(dir: &Path, name: &OrgName, context: &Context) -> Result<PathBuf, Failure> {
    let file = PathBuf::from(format!("{}.pem", file_stem(name)));
    let path = dir.join(&file);
    if path.exists() {
        talk(&format!("the key in {} is used; the app has to hold its certificate", path.display()));
        return Ok(file);
    }
    let common_name = format!("fusebox {name}");
    let made = certify(&common_name, context.clock.now()).map_err(|what| Failure::new(Exit::Failed, what))?;
    let certificate = certificate_file(dir, name);
    write_private(&path, &made.key_pem)?;
    write_private(&certificate, &made.certificate_pem.into())?;
    talk(&format!(
        "made a key, {}, and its certificate, {}, which holds until {}",
        path.display(),
        certificate.display(),
        made.ends.format("%Y-%m-%d")
    ));
    Ok(file)
}

fn certificate_file(dir: &Path, name: &OrgName) -> PathBuf {
    dir.join(format!("{}.crt", file_stem(name)))
}

/// The name as the beginning of a file's name: a name may hold a slash, a file's name may not.
fn file_stem(name: &OrgName) -> String {
    name.as_str().replace('/', "_")
}

async fn client(context: &Context, config: &Config, org: &OrgConfig, dir: &Path) -> Result<Arc<Client>, Failure> {
    let secrets = Secrets::open(dir)?;
    let client = backend::org_client(config, org, &secrets, &context.clock).await?;
    client.map_err(|failure| {
        Failure::new(Exit::Configuration, format!("{} can not be signed in to: {}", org.name, failure.text))
    })
}

/// Looks, and again as long as a person at a terminal wants: what was just made in Setup takes up to ten minutes.
async fn look(org: &OrgConfig, client: &Client, asker: &mut Asker) -> Result<Looked, Failure> {
    let ask = Ask { app: org.terms.app.clone(), users: BTreeSet::new(), short_list: true, known: None };
    loop {
        let error = match client.try_look(&ask).await {
            Ok(looked) => return Ok(looked),
            Err(error) => error,
        };
        if !asker.is_terminal() {
            return Err(refused(&org.name, &error));
        }
        talk(&format!("{}: {error}", org.name));
        let answer =
            asker.ask_or("Enter tries again (what is new in Setup takes up to 10 minutes), q ends", "").await?;
        if answer.starts_with(['q', 'Q']) {
            return Err(refused(&org.name, &error));
        }
    }
}

/// The failure that a refusal ends the command with.
fn refused(org: &OrgName, error: &Error) -> Failure {
    let exit = match error.kind() {
        Kind::Denied => Exit::Denied,
        Kind::AppNotInstalled | Kind::ApprovalError | Kind::ExternalAppNotFound => Exit::AppNotInstalled,
        Kind::AppBlocked => Exit::AppBlocked,
        kind => match kind.class() {
            FailureClass::Unauthorized | FailureClass::NotPermitted | FailureClass::ApiDisabled => Exit::NotPermitted,
            FailureClass::Throttled => Exit::TryLater,
            FailureClass::BadRequest => Exit::Configuration,
            _ => Exit::Unavailable,
        },
    };
    Failure::new(exit, format!("{org}: {}", error.text())).advise(error.kind().advice())
}
