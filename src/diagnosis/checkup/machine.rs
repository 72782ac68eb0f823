//! This machine: configuration, modes of files, store, who polls, room, terminal, programs, clock.

use super::{CLOCK_SKEW_S, Check, Group, Sheet, off};
use crate::model::age;
use chrono::{DateTime, TimeDelta, Utc};

/// What the lines of this group are about.
const SUBJECT: &str = "this machine";
/// Below this a day's looks may not fit. Bytes.
const LITTLE_ROOM: u64 = 500 * MIB;
/// Below this the next commit may not fit. Bytes.
const NO_ROOM: u64 = 20 * MIB;
const MIB: u64 = 1024 * 1024;
/// What the console lays its pages out for.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// What was seen of this machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// What the configuration holds, in a few words.
    pub config: String,
    /// What is wrong with it, each with what to do.
    pub faults: Vec<(String, Option<String>)>,
    /// What should be known beside that.
    pub hints: Vec<(String, Option<String>)>,
    /// Files and folders of fusebox's own that are there.
    pub modes: Vec<Mode>,
    /// Whether the store opens and is whole, or why not; none where there is no store yet.
    pub store: Option<Result<(), String>>,
    /// Who polls, and when anything was last seen.
    pub poller: Poller,
    /// After how long without a look what is known is old.
    pub old_after: TimeDelta,
    /// Room on the disk of the state, in bytes, where that could be told.
    pub free: Option<u64>,
    /// The terminal, where there is one.
    pub terminal: Option<Terminal>,
    /// Programs that are needed.
    pub programs: Vec<Program>,
    /// The folder of ssh's sockets and the longest name that still fits, where a site is reached by ssh.
    pub control_dir: Option<(String, usize)>,
}

/// A file or a folder, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// What it is ("the store").
    pub what: &'static str,
    /// Where it is.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// The bits that it must not have.
    pub never: u32,
    /// The bits that it should not have.
    pub rather_not: u32,
}

/// Who polls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poller {
    /// The process that has the lease: host, process, a random part.
    pub holder: Option<String>,
    /// When any target was last seen before this look.
    pub last_at: Option<DateTime<Utc>>,
}

/// A terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Columns and rows.
    pub size: (u16, u16),
    /// `TERM`.
    pub term: String,
    /// Whether 24 bits of colour are promised (`COLORTERM`).
    pub true_color: bool,
    /// Whether signs beyond ASCII are drawn.
    pub unicode: bool,
}

/// A program that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// For what.
    pub needed_for: String,
    /// Where it was found.
    pub found: Option<String>,
}

/// The lines about this machine, but for its clock ([`clock`]), which the others tell.
pub fn machine(seen: &Machine, now: DateTime<Utc>) -> Vec<Check> {
    let mut sheet = Sheet::new(Group::Machine, SUBJECT);
    if seen.faults.is_empty() {
        sheet.ok("config", &seen.config);
    }
    for (text, advice) in &seen.faults {
        sheet.fail("config", text, advice.clone().unwrap_or_else(|| "mend the file".to_owned()));
    }
    for (text, advice) in &seen.hints {
        sheet.warn("config", text, advice.clone().unwrap_or_else(|| "mend the file".to_owned()));
    }
    modes(seen, &mut sheet);
    match &seen.store {
        None => sheet.skip("store", "there is none yet; the first look makes it"),
        Some(Ok(())) => sheet.ok("store", "opens, and all of it can be read"),
        Some(Err(why)) => {
            sheet.fail("store", why, "see the line; what is kept there is history, the next looks begin it anew");
        }
    }
    poller(seen, now, &mut sheet);
    disk(seen, &mut sheet);
    terminal(seen.terminal.as_ref(), &mut sheet);
    for program in &seen.programs {
        let Program { name, needed_for, found } = program;
        match found {
            Some(path) => sheet.ok("program", format!("{name} is {path}, for {needed_for}")),
            None => sheet.fail(
                "program",
                format!("{name} is not found, for {needed_for}"),
                format!("install {name}, or put it on the PATH"),
            ),
        }
    }
    if let Some((dir, longest)) = &seen.control_dir {
        if dir.len() <= *longest {
            sheet.ok("ssh sockets", "calls of one host share a connection");
        } else {
            let text =
                format!("{dir} is too long for a socket ({} of {longest} bytes): every call logs in anew", dir.len());
            sheet.warn("ssh sockets", text, "choose a shorter --state-dir");
        }
    }
    sheet.checks
}

fn modes(seen: &Machine, sheet: &mut Sheet) {
    for file in &seen.modes {
        let Mode { what, path, mode, never, rather_not } = file;
        let wrong = mode & (never | rather_not);
        let text = format!("{what} {path} may be used by others (mode {mode:04o})");
        // One order for both kinds: it takes away what is too much and nothing else.
        let letters: String = [(0o044, 'r'), (0o022, 'w'), (0o011, 'x')]
            .iter()
            .filter(|(bits, _)| wrong & bits != 0)
            .map(|(_, c)| *c)
            .collect();
        let advice = format!("run: chmod go-{letters} {path}");
        if mode & never != 0 {
            sheet.fail("modes", text, advice);
        } else if wrong != 0 {
            sheet.warn("modes", text, advice);
        }
    }
    let well = |file: &&Mode| file.mode & (file.never | file.rather_not) == 0;
    if seen.modes.iter().all(|file| well(&file)) {
        sheet.ok("modes", format!("{} files and folders are their owner's alone", seen.modes.len()));
    }
}

fn poller(seen: &Machine, now: DateTime<Utc>, sheet: &mut Sheet) {
    let Poller { holder, last_at } = &seen.poller;
    let by = holder.as_ref().map(|holder| match holder.split('/').collect::<Vec<_>>()[..] {
        [host, process, _] => format!("process {process} on {host} polls"),
        _ => format!("{holder} polls"),
    });
    let start = "run `fusebox poll --follow` as a service, `fusebox poll` from cron, or keep a console open";
    match (by, last_at) {
        (Some(by), _) => sheet.ok("polling", by),
        (None, None) => sheet.warn("polling", "nobody polls, and nothing was seen before this", start),
        (None, Some(at)) if now - *at > seen.old_after => {
            sheet.warn(
                "polling",
                format!("nobody polls; before this the last look was {} ago", age::since(*at, now)),
                start,
            );
        }
        (None, Some(at)) => {
            sheet.ok("polling", format!("nobody polls just now; the last look was {} ago", age::since(*at, now)));
        }
    }
}

fn disk(seen: &Machine, sheet: &mut Sheet) {
    let Some(free) = seen.free else { return sheet.skip("disk", "the room for the state cannot be told") };
    let text = format!("{} MiB are free for the state", free / MIB);
    if free < NO_ROOM {
        sheet.fail("disk", text, "free some space: nothing that is seen can be kept");
    } else if free < LITTLE_ROOM {
        sheet.warn("disk", text, "free some space");
    } else {
        sheet.ok("disk", text);
    }
}

fn terminal(terminal: Option<&Terminal>, sheet: &mut Sheet) {
    let Some(Terminal { size: (columns, rows), term, true_color, unicode }) = terminal else {
        return sheet.skip("terminal", "there is none here");
    };
    let colours = match term.as_str() {
        _ if *true_color => "16 million colours",
        term if term.contains("256") => "256 colours",
        _ => "16 colours",
    };
    let signs = if *unicode { "Unicode" } else { "ASCII" };
    let text = format!("{columns}x{rows}, {colours}, {signs} ({term})");
    if term.is_empty() || term == "dumb" {
        sheet.warn(
            "terminal",
            format!("TERM says {term:?}: the console draws nothing there"),
            "set TERM to what the terminal is",
        );
    } else if *columns < COLUMNS || *rows < ROWS {
        sheet.warn("terminal", text, format!("make it {COLUMNS}x{ROWS} or larger for the console"));
    } else {
        sheet.ok("terminal", text);
    }
}

/// The clock of this host, by what the others' clocks show: `seconds` that they are ahead of it.
pub fn clock(seconds: Option<i64>) -> Check {
    let mut sheet = Sheet::new(Group::Machine, SUBJECT);
    match seconds {
        None => sheet.skip("clock", "nobody answered who could tell the time"),
        Some(0) => sheet.ok("clock", "agrees with those who answered"),
        Some(seconds) if seconds.abs() <= CLOCK_SKEW_S => {
            sheet.ok("clock", format!("{} those who answered", off(-seconds)));
        }
        Some(seconds) => sheet.warn(
            "clock",
            format!("{} those who answered; figures are corrected by that", off(-seconds)),
            "set this machine's clock: timedatectl set-ntp true",
        ),
    }
    sheet.checks.remove(0)
}
