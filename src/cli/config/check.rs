//! `config check`: config.toml and secrets.toml whole, with everything that they name. The doctor reads the same.

use super::super::Exit;
use super::super::context::Context;
use super::super::report::{Failure, Report};
use crate::config::{Checked, Config, ConfigError, Environment, FILE, KeyChange, Mode, Named, Owner, Paths, Reference};
use crate::model::{Clean, SecretRef, Target};
use crate::salesforce::{Connections, is_private_key};
use crate::secrets::{self, SecretError, Secrets};
use crate::ui::keymap::Keymap;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What was read, and what is wrong with it.
pub(in crate::cli) struct Inspection {
    /// The configuration; what is left of it where there are faults.
    pub(in crate::cli) config: Config,
    /// Everything that keeps it, or one of its targets, from being used.
    pub(in crate::cli) faults: Vec<Fault>,
    /// What should be known beside that.
    pub(in crate::cli) hints: Vec<Fault>,
}

/// Something wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Fault {
    file: PathBuf,
    line: Option<usize>,
    column: Option<usize>,
    text: String,
    advice: Option<String>,
}

impl Fault {
    fn of(file: &Path, at: Option<(usize, usize)>, text: String, advice: Option<String>) -> Self {
        let (line, column) = at.unzip();
        Self { file: file.to_owned(), line, column, text, advice }
    }

    fn at(reference: &Reference, text: impl std::fmt::Display, advice: impl Into<String>) -> Self {
        let place = &reference.place;
        let text = format!("{}: {text}", reference.of);
        Self::of(&place.path, Some((place.line, place.column)), text, Some(advice.into()))
    }

    /// Where and what, in one line.
    pub(in crate::cli) fn line(&self) -> String {
        let file = self.file.display();
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}: {}", self.text),
            _ => format!("{file}: {}", self.text),
        }
    }

    /// What to do.
    pub(in crate::cli) fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        let advice = error.advice();
        match error {
            ConfigError::Invalid { place, what, .. } => {
                Self::of(&place.path, Some((place.line, place.column)), what, advice)
            }
            ConfigError::Read { ref path, ref source } => {
                Self::of(path, None, format!("can not be read: {source}"), advice)
            }
            other => Self::of(Path::new(FILE), None, other.to_string(), advice),
        }
    }
}

impl Inspection {
    /// Reads everything. Fails where the file itself can not be read.
    pub(in crate::cli) fn read(dir: &Path, environment: &Environment) -> Result<Self, Fault> {
        let Checked { config, faults, references } = Checked::load(dir, environment)?;
        let stored = Secrets::inspect(dir);
        let mut found: Vec<Fault> = faults.into_iter().map(Fault::from).collect();
        found.extend(keys(&config));
        let at = |flaw: &secrets::Flaw| Fault::of(&flaw.path, flaw.at, flaw.what.clone(), Some(flaw.advice.clone()));
        found.extend(stored.flaws.iter().map(at));
        // One key file serves many orgs: what is wrong with it is told once.
        let mut told = BTreeSet::new();
        for reference in &references {
            let names_store =
                matches!(&reference.named, Named::Secret(SecretRef::Store(_)) | Named::PrivateKey(SecretRef::Store(_)));
            if names_store && (!stored.readable || !stored.flaws.is_empty()) {
                continue;
            }
            if let Some((file, fault)) = outside(dir, reference, &stored.secrets)
                && (file.is_none() || told.insert(file))
            {
                found.push(fault);
            }
        }
        let mut hints = Vec::new();
        hints.extend(writable(&config.file()));
        if !config.file().exists() {
            let advice = "name orgs in it, and sites by fusebox add".to_owned();
            hints.push(Fault::of(&config.file(), None, "is not there: an empty fleet".to_owned(), Some(advice)));
        }
        let used: BTreeSet<&str> = references.iter().filter_map(stored_name).collect();
        let unused = stored.names.iter().filter(|(name, ..)| !used.contains(name.as_str()));
        hints.extend(unused.map(|(name, line, column)| {
            let text = format!("{FILE} names {:?} nowhere", Clean::new(name).as_str());
            let advice = "remove the line, unless something else reads it".to_owned();
            Fault::of(&dir.join(secrets::FILE), Some((*line, *column)), text, Some(advice))
        }));
        Ok(Self { config, faults: found, hints })
    }

    /// What was found, in a few words: "3 orgs, 41 sites, read-only".
    pub(in crate::cli) fn summary(&self) -> String {
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let (orgs, sites) = (self.config.orgs.len(), self.config.sites.len());
        format!("{}, {}, {}", count(orgs, "org"), count(sites, "site"), self.mode())
    }

    fn mode(&self) -> &'static str {
        match self.config.fleet.mode {
            Some(Mode::ReadOnly) => "read-only",
            Some(Mode::ReadWrite) => "read-write",
            None => "read-only (no mode is set)",
        }
    }
}

pub(super) fn run(context: &Context) -> Result<Report, Failure> {
    let Paths { config: dir, .. } = context.paths()?;
    let (inspection, faults) = match Inspection::read(&dir, &context.environment) {
        Ok(mut inspection) => {
            let faults = std::mem::take(&mut inspection.faults);
            (Some(inspection), faults)
        }
        Err(fault) => (None, vec![fault]),
    };
    let good = inspection.as_ref().filter(|_| faults.is_empty());
    let mut text = String::new();
    for fault in &faults {
        let _ = writeln!(text, "{}", fault.line());
        if let Some(advice) = fault.advice() {
            let _ = writeln!(text, "  {advice}");
        }
    }
    if let Some(inspection) = good {
        let _ = writeln!(text, "{}", inspection.summary());
    }
    let result = json!({
        "file": dir.join(FILE),
        "orgs": good.map(|good| good.config.orgs.len()),
        "sites": good.map(|good| good.config.sites.len()),
        "mode": good.map(Inspection::mode),
        "faults": faults,
    });
    let mut report = Report::done(result, text);
    let hints = inspection.iter().flat_map(|inspection| &inspection.hints);
    report.warnings = hints.map(|hint| [hint.line(), hint.advice.clone().unwrap_or_default()].join("; ")).collect();
    if !faults.is_empty() {
        report.exit = Exit::Configuration;
        let many = if faults.len() == 1 { "" } else { "s" };
        report.message = Some(format!("{} fault{many}; nothing can be trusted before that is mended", faults.len()));
    }
    Ok(report)
}

/// Every line of `[keys]` that can not be obeyed. The keymap tells the first one, so that is taken out and it is asked
/// again.
fn keys(config: &Config) -> Vec<Fault> {
    let mut left: Vec<KeyChange> = config.keys.clone();
    let mut found = Vec::new();
    while let Err(bad) = Keymap::remapped(&left) {
        let before = left.len();
        left.retain(|change| (change.line, change.column) != (bad.line, bad.column));
        found.push(Fault::of(&config.file(), Some((bad.line, bad.column)), bad.what, Some(bad.advice)));
        if left.len() == before {
            break;
        }
    }
    found
}

fn stored_name(reference: &Reference) -> Option<&str> {
    match &reference.named {
        Named::Secret(SecretRef::Store(name)) | Named::PrivateKey(SecretRef::Store(name)) => Some(name),
        _ => None,
    }
}

/// What is wrong with something that the configuration names, and the file that it is about, if it is one.
fn outside(dir: &Path, reference: &Reference, secrets: &Secrets) -> Option<(Option<PathBuf>, Fault)> {
    let file_of = |place: &SecretRef| match place {
        SecretRef::File(path) => Some(dir.join(path)),
        _ => None,
    };
    let unread = |place: &SecretRef, error: &SecretError| {
        let (what, advice) = error.told();
        let text = file_of(place).map_or_else(|| what.clone(), |file| format!("{} {what}", file.display()));
        (file_of(place), Fault::at(reference, text, advice))
    };
    let missing = |what: String, advice: String| Some((None, Fault::at(reference, what, advice)));
    match &reference.named {
        // What a command prints is for those who look; here it is enough that there is one.
        Named::Secret(SecretRef::Command(command)) | Named::PrivateKey(SecretRef::Command(command))
            if program_path(command.program().as_str()).is_none() =>
        {
            let what = format!("the program {:?} is not found", command.program().as_str());
            missing(what, "install it, or write its whole path".to_owned())
        }
        Named::Secret(place) => secrets.at_hand(place)?.err().map(|error| unread(place, &error)),
        Named::PrivateKey(place) => match secrets.at_hand(place)? {
            Err(error) => Some(unread(place, &error)),
            Ok(key) if is_private_key(&key) => None,
            Ok(_) => {
                let advice = "expected: an RSA private key in PEM; docs/usage.md makes one with openssl";
                let text = format!("{place} holds no RSA key that can be read");
                Some((file_of(place), Fault::at(reference, text, advice)))
            }
        },
        Named::RefreshToken(path) => {
            let path = dir.join(path);
            let error = secrets::read_private(&path, secrets::LARGEST).err()?;
            let (what, advice) = error.told();
            let text = format!("the refresh token's file {} {what}", path.display());
            let is_missing =
                matches!(&error, SecretError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound);
            let advice = match &reference.of {
                Owner::Target(Target::Org(org)) if is_missing => format!("run: fusebox login {org}"),
                _ => advice,
            };
            Some((Some(path), Fault::at(reference, text, advice)))
        }
        Named::Certificates(path) => {
            let path = dir.join(path);
            let why = match std::fs::read(&path) {
                Err(error) => error.to_string(),
                Ok(pem) => Connections::trusting(&pem).err()?.text.to_string(),
            };
            let text = format!("ca_file {} can not be used: {why}", path.display());
            Some((Some(path), Fault::at(reference, text, "name a file of certificates in PEM, or leave the key out")))
        }
        Named::SignIn(program) if program_path(program).is_none() => missing(
            format!("the program {:?} is not found", Clean::new(program).as_str()),
            "install it, or write its whole path".to_owned(),
        ),
        Named::WpCli(program) if program_path(program).is_none() => missing(
            format!("WP-CLI is not found as {:?}", Clean::new(program).as_str()),
            "install WP-CLI, or name its file with the key \"wp\"".to_owned(),
        ),
        Named::Folder(path) if !path.join("wp-load.php").is_file() => missing(
            format!("no WordPress lies in {}: it has no wp-load.php", path.display()),
            "name the folder that wp-load.php lies in, and check who may read it".to_owned(),
        ),
        Named::Hook(program) if program_path(program).is_none() => {
            let shown = Clean::new(program);
            if Path::new(program).is_file() {
                return missing(format!("{shown} may not be run"), format!("run: chmod +x {shown}"));
            }
            missing(format!("the program {:?} is not found", shown.as_str()), "install it, or mend its path".to_owned())
        }
        Named::SignIn(_) | Named::WpCli(_) | Named::Folder(_) | Named::Hook(_) => None,
    }
}

/// Where a program lies that is called by this name.
pub(in crate::cli) fn program_path(name: &str) -> Option<PathBuf> {
    let runs = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| runs(path));
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| runs(path))
}

/// Who may write the configuration decides what is run and where secrets are sent.
fn writable(file: &Path) -> Option<Fault> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode() & 0o7777;
    (mode & 0o022 != 0).then(|| {
        let text = format!("may be changed by others than its owner (mode {mode:04o})");
        Fault::of(file, None, text, Some(format!("run: chmod go-w {}", file.display())))
    })
}
