//! The whole file with everything that is wrong in it, and what it names outside itself: for who wants to know before
//! anything is looked at. Uses `model` alone.

use super::document::{Document, FlowWord, HookTable, OrgTable, ReachWord, SiteTable};
use super::error::{Faults, Place, line_and_column};
use super::{Config, ConfigError, Environment, FILE, check};
use crate::model::{OrgName, SecretRef, SiteName, Target};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// What reading a configuration brought.
#[derive(Debug)]
pub struct Checked {
    /// The configuration; where there are faults, what is left of it without them.
    pub config: Config,
    /// Everything that is wrong, in the file's order.
    pub faults: Vec<ConfigError>,
    /// What it names outside itself, in the file's order.
    pub references: Vec<Reference>,
}

/// Something outside the file that one of its tables names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Whose table it is.
    pub of: Owner,
    /// What is named there.
    pub named: Named,
    /// Where it is named.
    pub place: Place,
}

/// Whose table names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An org's or a site's.
    Target(Target),
    /// `[hook]`.
    Hook,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.fmt(f),
            Self::Hook => f.write_str("[hook]"),
        }
    }
}

/// What a table can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A secret.
    Secret(SecretRef),
    /// The private key that fusebox signs with.
    PrivateKey(SecretRef),
    /// The file of a refresh token, relative to the configuration's folder.
    RefreshToken(PathBuf),
    /// A file of certificates, likewise.
    Certificates(PathBuf),
    /// The program that signs in.
    SignIn(String),
    /// The folder of a WordPress on this machine.
    Folder(PathBuf),
    /// WP-CLI on this machine.
    WpCli(String),
    /// The program that is told how sites' health changes: a path from the root, or a name that PATH finds.
    Hook(String),
}

impl Checked {
    /// Reads `config.toml` of `dir`, with what the environment says put in its place. A file that is not there is an empty
    /// fleet; one that can not be read is an error.
    pub fn load(dir: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        let text = Config::text(&path)?;
        Ok(Self::parse(dir, &path, &text, environment))
    }

    pub(super) fn parse(dir: &Path, path: &Path, text: &str, environment: &Environment) -> Self {
        let mut faults = Faults::default();
        let mut document = Document::parse(text, &mut faults);
        // Each is checked by itself: what stands in the file is wrong there, whether or not it is in force.
        check::scalars(&document, &mut faults);
        let mut unsaid = None;
        match environment.document(check::scalars) {
            Ok(said) => document.overlay(said),
            Err(error) => unsaid = Some(error),
        }
        let place = |span: std::ops::Range<usize>| {
            let (line, column) = line_and_column(text, span.start);
            Place { path: path.to_owned(), line, column }
        };
        let orgs = document.org.iter().flat_map(of_org).map(|(of, named, span)| (of, named, place(span)));
        let sites = document.site.iter().flat_map(of_site).map(|(of, named, span)| (of, named, place(span)));
        let hook = document.hook.as_ref().and_then(of_hook).map(|(of, named, span)| (of, named, place(span)));
        let found = hook.into_iter().chain(orgs).chain(sites);
        let mut references: Vec<Reference> = found.map(|(of, named, place)| Reference { of, named, place }).collect();
        references.sort_by_key(|found| (found.place.line, found.place.column));
        let config = check::config(dir, document, text, &mut faults);
        let placed = faults.causes(text).into_iter().map(|fault| fault.placed(path, text));
        let faults = placed.chain(unsaid).collect();
        Self { config, faults, references }
    }
}

type Found = (Owner, Named, std::ops::Range<usize>);

fn of_hook(table: &HookTable) -> Option<Found> {
    let program = first(&table.command)?;
    // A path from where one happens to stand is refused as such.
    let findable = program.starts_with('/') || !program.contains('/');
    findable.then(|| (Owner::Hook, Named::Hook(program.to_owned()), table.command.span()))
}

/// The program of a command, where it names one.
fn first(command: &Spanned<Vec<String>>) -> Option<&str> {
    command.get_ref().first().map(String::as_str).filter(|program| !program.trim().is_empty())
}

fn of_org(table: &OrgTable) -> Vec<Found> {
    let named = |value: Option<&Spanned<SecretRef>>, what: fn(SecretRef) -> Named| {
        value.map(|place| (what(place.get_ref().clone()), place.span()))
    };
    let (secret, key) = (table.client_secret.as_ref(), table.private_key.as_ref());
    let sign_in = match table.flow.get_ref() {
        FlowWord::Jwt => vec![named(key, Named::PrivateKey)],
        FlowWord::ClientCredentials => vec![named(secret, Named::Secret)],
        FlowWord::Browser => {
            let file = match table.refresh_token.as_ref().map(|place| (place.get_ref(), place.span())) {
                Some((SecretRef::File(path), span)) => Some((path.clone(), span)),
                Some(_) => None,
                None => Some((check::refresh_token_file(table.name.get_ref()), table.flow.span())),
            };
            vec![named(secret, Named::Secret), file.map(|(path, span)| (Named::RefreshToken(path), span))]
        }
        FlowWord::TokenCommand => {
            let command = table.token_command.as_ref();
            let program = command.and_then(|words| Some((first(words)?.to_owned(), words.span())));
            vec![program.map(|(program, span)| (Named::SignIn(program), span))]
        }
    };
    let ca_file = table.ca_file.as_ref().map(|file| (Named::Certificates(file.get_ref().into()), file.span()));
    let of = Owner::Target(Target::Org(OrgName::new(table.name.get_ref())));
    sign_in.into_iter().chain([ca_file]).flatten().map(|(named, span)| (of.clone(), named, span)).collect()
}

fn of_site(table: &SiteTable) -> Vec<Found> {
    let found = match table.reach.get_ref() {
        ReachWord::Rest => {
            let password = table.password.as_ref();
            vec![password.map(|place| (Named::Secret(place.get_ref().clone()), place.span()))]
        }
        ReachWord::Local => {
            let path = table.path.as_ref().map(|path| (Named::Folder(path.get_ref().into()), path.span()));
            let wp = match &table.wp {
                Some(wp) => (wp.get_ref().clone(), wp.span()),
                None => ("wp".to_owned(), table.reach.span()),
            };
            vec![path, Some((Named::WpCli(wp.0), wp.1))]
        }
        ReachWord::Ssh => Vec::new(),
    };
    let of = Owner::Target(Target::Site(SiteName::new(table.name.get_ref())));
    found.into_iter().flatten().map(|(named, span)| (of.clone(), named, span)).collect()
}
