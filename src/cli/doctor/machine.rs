//! What the doctor sees of this machine: files and their modes, the store, the disk, the terminal, programs. Makes and
//! changes nothing.

use super::super::Global;
use super::super::config::check::{Fault, Inspection, program_path};
use super::super::context::{CONTROL, STORE};
use crate::config::{FILE, Flow, Paths, Reach};
use crate::diagnosis::checkup::{Machine, Mode, Poller, Program, Terminal};
use crate::model::Fleet;
use crate::store::{LeaseKey, StoreHandle};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::wordpress::LONGEST_CONTROL_DIR;
use chrono::{DateTime, Utc};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What others may not do with what is secret, or with what decides what is run.
const ANY: u32 = 0o077;
const WRITE: u32 = 0o022;

pub(super) async fn look(
    paths: &Paths,
    inspection: &Result<Inspection, Fault>,
    global: &Global,
    now: DateTime<Utc>,
) -> Machine {
    let line = |fault: &Fault| (fault.line(), fault.advice().map(str::to_owned));
    let (store, poller) = store(&paths.state.join(STORE), now).await;
    let mut seen = Machine {
        modes: modes(paths),
        store,
        poller,
        free: free(&paths.state),
        terminal: terminal(global),
        ..Machine::default()
    };
    match inspection {
        Err(fault) => seen.faults = vec![line(fault)],
        Ok(read) => {
            seen.config = format!("{} holds {}", paths.config.join(FILE).display(), read.summary());
            seen.faults = read.faults.iter().map(line).collect();
            seen.hints = read.hints.iter().map(line).collect();
            seen.old_after = read.config.poll.old_after;
            seen.programs = programs(read);
            if read.config.sites.iter().any(|site| matches!(site.reach, Reach::Ssh { .. })) {
                seen.control_dir = Some((paths.state.join(CONTROL).display().to_string(), LONGEST_CONTROL_DIR));
            }
        }
    }
    seen
}

/// Opens the store only where there is one: looking makes none.
async fn store(path: &Path, now: DateTime<Utc>) -> (Option<Result<(), String>>, Poller) {
    if !path.exists() {
        return (None, Poller::default());
    }
    let handle = match StoreHandle::open(path) {
        Ok(handle) => handle,
        Err(error) => return (Some(Err(error.to_string())), Poller::default()),
    };
    let checked = handle.call(|store| store.check()).await.map_err(|error| error.to_string());
    let poller = handle.call(move |store| {
        let mut fleet = Fleet::default();
        store.site_states()?.items.into_iter().for_each(|site| fleet.put_site(site));
        store.org_states()?.items.into_iter().for_each(|org| fleet.put_org(org));
        let sites = fleet.sites().filter_map(|site| site.reach.as_ref().map(|reach| reach.seen_at));
        let orgs = fleet.orgs().filter_map(|org| org.reach.as_ref().map(|reach| reach.seen_at));
        Ok(Poller { holder: store.holder(&LeaseKey::Poller, now)?, last_at: sites.chain(orgs).max() })
    });
    let poller = poller.await.unwrap_or_default();
    // It is opened again in a moment, and what could go wrong was asked for above.
    let _ = handle.close().await;
    (Some(checked), poller)
}

/// The folders and files that are there. Those of secrets are refused when they are read, and told there; that others
/// can read names of sites is not well either.
fn modes(paths: &Paths) -> Vec<Mode> {
    let files = [
        ("the configuration's folder", paths.config.clone(), WRITE, 0),
        ("the secrets", paths.config.join(crate::secrets::FILE), 0, 0),
        ("the state's folder", paths.state.clone(), WRITE, ANY),
        ("the store", paths.state.join(STORE), WRITE, ANY),
        ("the fingerprint key", paths.state.join("fingerprint.key"), ANY, 0),
        ("the folder of ssh's sockets", paths.state.join(CONTROL), ANY, 0),
    ];
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|file| file.permissions().mode() & 0o7777);
    let seen = |(what, path, never, rather_not): (_, std::path::PathBuf, _, _)| {
        let mode = mode(&path)?;
        Some(Mode { what, path: path.display().to_string(), mode, never, rather_not })
    };
    files.into_iter().filter_map(seen).collect()
}

/// Room where the state lies, or will lie.
fn free(state: &Path) -> Option<u64> {
    let there = state.ancestors().find(|folder| folder.is_dir())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn terminal(global: &Global) -> Option<Terminal> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0)?;
    let variable = |name: &str| std::env::var(name).ok();
    let glyphs = Glyphs::detect(global.ascii, variable);
    let promise = variable("COLORTERM").unwrap_or_default();
    Some(Terminal {
        size: (size.ws_col, size.ws_row),
        term: variable("TERM").unwrap_or_default(),
        true_color: matches!(promise.as_str(), "truecolor" | "24bit"),
        unicode: !glyphs.get(Glyph::Cut).is_ascii(),
    })
}

/// Programs that a configured target needs, and the hook's. A `wp`, a sign-in program or a hook that is missing is a fault
/// of the configuration, and told with its line.
fn programs(read: &Inspection) -> Vec<Program> {
    let (sites, orgs) = (&read.config.sites, &read.config.orgs);
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let by_ssh = sites.iter().filter(|site| matches!(site.reach, Reach::Ssh { .. })).count();
    let local = sites.iter().filter(|site| matches!(site.reach, Reach::Local { .. })).count();
    let mut needed: Vec<(String, String)> = Vec::new();
    if by_ssh > 0 {
        needed.push(("ssh".to_owned(), count(by_ssh, "site")));
    }
    if local > 0 {
        needed.push(("php".to_owned(), count(local, "site")));
    }
    for site in sites {
        if let Reach::Local { wp, .. } = &site.reach
            && program_path(wp).is_some()
            && needed.iter().all(|(name, _)| name != wp)
        {
            needed.push((wp.clone(), count(local, "site")));
        }
    }
    for org in orgs {
        if let Flow::TokenCommand { command } = &org.flow
            && let Some(name) = command.first().filter(|name| program_path(name).is_some())
        {
            needed.push((name.clone(), format!("the sign-in to {}", org.name)));
        }
    }
    let hook = read.config.hook.as_ref().and_then(|hook| hook.command.first());
    if let Some(name) = hook.filter(|name| program_path(name).is_some()) {
        needed.push((name.clone(), "the hook".to_owned()));
    }
    let seen = |(name, needed_for): (String, String)| {
        let found = program_path(&name).map(|path| path.display().to_string());
        Program { name, needed_for, found }
    };
    needed.into_iter().map(seen).collect()
}
