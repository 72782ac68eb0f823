//! `import [FILE]`: sites out of WP-CLI's aliases or a CSV into the configuration, whose comments and order stay. It
//! reads what it is given and the configuration, and asks no site anything.

mod told;

use super::Exit;
use super::context::Context;
use super::report::{Failure, Report};
use crate::config::edit::Edit;
use crate::config::import::{self, Fault, Format, LARGEST, Plan, Source, Terms};
use crate::config::{Config, FILE};
use crate::model::{OrgName, Target};
use clap::ValueEnum;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Where WP-CLI looks first for its configuration.
const WP_CLI_CONFIG: &str = "WP_CLI_CONFIG_PATH";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// WP-CLI's aliases or a CSV; `-` is standard input. Else what WP-CLI itself reads: `$WP_CLI_CONFIG_PATH`, or
    /// `~/.wp-cli/config.yml`
    file: Option<PathBuf>,
    /// What FILE is; else told by its ending, or by what stands in it
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Written>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Make sites that differ as FILE tells them
    #[arg(long)]
    update: bool,
    /// Take sites out of the configuration that FILE does not have
    #[arg(long, conflicts_with = "only")]
    prune: bool,
    /// The members of this group of aliases alone
    #[arg(long, value_name = "GROUP")]
    only: Option<String>,
    /// The org of all of them
    #[arg(long)]
    org: Option<String>,
}

/// What a source is written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Written {
    /// WP-CLI's YAML
    Aliases,
    /// A header, then a line a site
    Csv,
}

impl From<Written> for Format {
    fn from(written: Written) -> Self {
        match written {
            Written::Aliases => Self::Aliases,
            Written::Csv => Self::Csv,
        }
    }
}

/// Where the sites come from.
struct Origin {
    /// As it is told; `-` for standard input.
    path: PathBuf,
    /// Whether FILE was not named.
    found: bool,
}

impl Origin {
    fn name(&self) -> String {
        if self.is_input() { "standard input".to_owned() } else { self.path.display().to_string() }
    }

    fn is_input(&self) -> bool {
        !self.found && self.path == Path::new("-")
    }
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let org = args.org.as_deref().map(|org| known_org(&config, org)).transpose()?;
    let origin = origin(args)?;
    let source = source(args, &origin)?;
    let format = source.format;
    if args.prune && source.names().next().is_none() && !config.sites.is_empty() {
        let message = format!("{} names no site, so --prune would take all of them out", origin.name());
        return Err(Failure::new(Exit::Usage, message).advise("fusebox remove SITE.. takes out what you name"));
    }
    let terms = Terms { org, update: args.update, prune: args.prune };
    let plan = Plan::make(source, &config, &terms);
    let mut edit = Edit::open(&config.dir)?;
    let changes = plan.apply(&mut edit)?;
    if changes && !args.dry_run {
        // The place in the error is in the file as it would have become.
        edit.save().map_err(|error| Failure::from(error).after("nothing was imported"))?;
        forget(context, &plan).await?;
    }
    let mut report = told::report(&plan, args, &origin.name(), &config.dir.join(FILE), format);
    if origin.found {
        report.warnings.insert(0, format!("read {}, where WP-CLI keeps its aliases", origin.name()));
    }
    Ok(report)
}

/// What is known of the sites that were taken out leaves the lists, as `remove` has it.
async fn forget(context: &Context, plan: &Plan) -> Result<(), Failure> {
    if plan.removed.is_empty() {
        return Ok(());
    }
    let sites = plan.removed.clone();
    let store = context.store()?;
    store.call(move |store| sites.into_iter().try_for_each(|site| store.forget(&Target::Site(site)))).await?;
    Ok(())
}

fn known_org(config: &Config, name: &str) -> Result<OrgName, Failure> {
    let org = OrgName::new(name);
    if config.orgs.iter().any(|known| known.name == org) {
        return Ok(org);
    }
    let failure = Failure::new(Exit::Usage, format!("no org named {:?} is in the configuration", org.as_str()));
    Err(match crate::model::nearest(org.as_str(), config.orgs.iter().map(|org| org.name.as_str())) {
        Some(nearest) => failure.advise(format!("did you mean {nearest:?}?")),
        None => failure.advise("fusebox login ORG adds one, and docs/usage.md says how to by hand"),
    })
}

/// The file that is named, or the one that WP-CLI itself would read.
fn origin(args: &Args) -> Result<Origin, Failure> {
    if let Some(path) = &args.file {
        return Ok(Origin { path: path.clone(), found: false });
    }
    let named = std::env::var_os(WP_CLI_CONFIG).filter(|path| !path.is_empty()).map(PathBuf::from);
    let usual = || Some(directories::BaseDirs::new()?.home_dir().join(".wp-cli").join("config.yml"));
    match named.clone().or_else(usual) {
        Some(path) if named.is_some() || path.exists() => Ok(Origin { path, found: true }),
        _ => Err(Failure::new(Exit::Usage, "no FILE is named, and ~/.wp-cli/config.yml is not there")
            .advise("WP-CLI keeps its aliases there, and in wp-cli.yml of a project: name the file that has them")
            .advise(
                "wp cli alias list | fusebox import - takes them all; a CSV has a header with name,url,host,path,..",
            )),
    }
}

fn source(args: &Args, origin: &Origin) -> Result<Source, Failure> {
    let bytes = bytes(origin)?;
    let format = args.format.map(Format::from).or_else(|| by_ending(&origin.path));
    let mut source = import::read(&bytes, format).map_err(|fault| refused(fault, origin))?;
    let Some(group) = &args.only else { return Ok(source) };
    if source.format == Format::Csv {
        return Err(Failure::usage("--only takes a group of aliases, and a CSV has none"));
    }
    source.only(group).map_err(|none| {
        let group = crate::model::Clean::new(group);
        let failure = Failure::new(Exit::Usage, format!("{} has no group {:?}", origin.name(), group.as_str()));
        match none.nearest {
            Some(nearest) => failure.advise(format!("did you mean {nearest:?}?")),
            None => failure.advise("wp cli alias list shows them"),
        }
    })?;
    Ok(source)
}

fn by_ending(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(Format::Csv),
        "yml" | "yaml" => Some(Format::Aliases),
        _ => None,
    }
}

/// One byte more than is read at most, so that what is too long can be told.
fn bytes(origin: &Origin) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let read = if origin.is_input() {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(&origin.path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let missing = error.kind() == ErrorKind::NotFound;
            let exit = if missing { Exit::Usage } else { Exit::Configuration };
            let failure = Failure::new(exit, format!("{} can not be read: {error}", origin.name()));
            Err(failure.advise("name a file of aliases or a CSV, or - for standard input"))
        }
    }
}

fn refused(fault: Fault, origin: &Origin) -> Failure {
    let place = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
    let message = format!("nothing was imported: {}{place}: {}", origin.name(), fault.what);
    Failure::new(Exit::Configuration, message).advise(fault.advice)
}
