//! One run of the binary in a pseudo-terminal, watched through an emulated screen. Waits for what appears, never for a
//! time; a limit on the whole wait ends one for something that never comes, however much else is drawn meanwhile.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "the limit of a wait needs a clock, and its end fails the test"
)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

/// How to start the program.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    /// fusebox, or what runs it.
    pub(crate) program: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// Whether the terminal controls the program, which leads a session: only then does the kernel send signals for it.
    pub(crate) controlled: bool,
}

/// The console without a configuration and without polling.
pub(crate) const CONSOLE: Start<'static> =
    Start { program: FUSEBOX, arguments: &["--no-poll"], environment: &[], size: (80, 24), controlled: true };

const FUSEBOX: &str = env!("CARGO_BIN_EXE_fusebox");

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exit(i32),
    Signal(i32),
}

pub(crate) struct Session {
    pid: Pid,
    /// Ends, stops and continuations, in order.
    changes: Receiver<WaitStatus>,
    end: Option<End>,
    terminal: Option<Terminal>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    written: Vec<u8>,
    modes_before: String,
    home: tempfile::TempDir,
    _child: Box<dyn Child + Send + Sync>,
}

/// Our side of the pseudo-terminal.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    name: PathBuf,
    reader: JoinHandle<()>,
    hanging_up: Arc<AtomicBool>,
}

impl Session {
    /// Runs the program with its configuration, its state and its temporary files in a folder of its own.
    pub(crate) fn start(start: Start<'_>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let temporary = home.path().join("tmp");
        std::fs::create_dir(&temporary).expect("a folder");
        let pair = native_pty_system().openpty(pty_size(start.size)).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(start.program);
        command.args(start.arguments);
        command.env("TERM", "xterm-256color");
        // Nothing stands between but what a test puts there.
        for outer in ["TMUX", "TMUX_PANE", "STY", "VTE_VERSION"] {
            command.env_remove(outer);
        }
        command.env("LANG", "C.UTF-8");
        command.env("RUST_BACKTRACE", "0");
        command.env("TMPDIR", temporary);
        command.env("FUSEBOX_CONFIG_DIR", home.path().join("config"));
        command.env("FUSEBOX_STATE_DIR", home.path().join("state"));
        for (name, value) in start.environment {
            command.env(name, value);
        }
        command.set_controlling_tty(start.controlled);
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("fusebox starts");
        drop(pair.slave);
        let id = child.process_id().and_then(|id| i32::try_from(id).ok()).expect("a process id");
        let pid = Pid::from_raw(id).expect("a process id");
        let (sender, changes) = channel();
        std::thread::spawn(move || watch(pid, &sender));
        let (sender, bytes) = channel();
        let terminal = Terminal::new(pair.master, sender);
        let (columns, rows) = cells(start.size);
        let screen = vt100::Parser::new(rows, columns, 0);
        Self {
            pid,
            changes,
            end: None,
            terminal: Some(terminal),
            bytes,
            screen,
            written: Vec::new(),
            modes_before,
            home,
            _child: child,
        }
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// All that the terminal was sent.
    pub(crate) fn written(&self) -> &[u8] {
        &self.written
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.written.extend_from_slice(bytes);
    }

    /// The folder of temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        Path::join(self.home.path(), "tmp")
    }

    /// Waits until the emulated screen shows `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the emulated screen is as `holds` wants it.
    pub(crate) fn wait_until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let limit = Instant::now() + LIMIT;
        while !holds(self.screen()) {
            match receive(&self.bytes, limit) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => self.fail(&format!("{error} before {what:?} was seen")),
            }
        }
    }

    /// Presses keys again and again until the screen is as `holds` wants it: what takes no key at first tells nobody when it
    /// does.
    pub(crate) fn press_until(&mut self, keys: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        const ONE: Duration = Duration::from_millis(150);
        let limit = Instant::now() + LIMIT;
        while Instant::now() < limit {
            self.send(keys);
            let one = Instant::now() + ONE;
            while !holds(self.screen()) {
                match receive(&self.bytes, one) {
                    Ok(bytes) => self.take(&bytes),
                    Err(_) => break,
                }
            }
            if holds(self.screen()) {
                return;
            }
        }
        self.fail(&format!("{keys:?} did nothing"));
    }

    pub(crate) fn send(&mut self, keys: &str) {
        let terminal = self.terminal.as_mut().expect("the terminal is there");
        terminal.keys.write_all(keys.as_bytes()).expect("keys are taken");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("it can be signalled");
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let terminal = self.terminal.as_ref().expect("the terminal is there");
        terminal.master.resize(pty_size((columns, rows))).expect("it can be resized");
        let (columns, rows) = cells((columns, rows));
        self.screen.screen_mut().set_size(rows, columns);
    }

    /// Takes the terminal away, as a dropped connection does.
    pub(crate) fn hang_up(&mut self) {
        self.terminal.take().expect("the terminal is there").close();
    }

    /// Waits until the program was stopped.
    pub(crate) fn wait_for_stop(&mut self) {
        let limit = Instant::now() + LIMIT;
        match receive(&self.changes, limit) {
            Ok(change) if change.stopped() => {}
            Ok(change) => {
                self.end = end(change);
                self.fail(&format!("{change:?} and no stop"));
            }
            Err(error) => self.fail(&format!("{error} before it stopped")),
        }
    }

    /// Draws on the screen as another program does while this one is stopped.
    pub(crate) fn draw_over(&mut self, sequence: &str) {
        self.screen.process(sequence.as_bytes());
    }

    /// Waits for the end of the program and reads what it wrote last.
    pub(crate) fn wait_for_end(&mut self) -> End {
        let limit = Instant::now() + LIMIT;
        loop {
            match receive(&self.bytes, limit) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.fail("it never let go of the terminal"),
            }
        }
        while self.end.is_none() {
            match receive(&self.changes, limit) {
                Ok(change) => self.end = end(change),
                Err(_) => self.fail("it let go of the terminal and never ended"),
            }
        }
        self.end.expect("it ended")
    }

    /// The alternate screen is left, the cursor shows, no mode of ours is on, and the line discipline is as before.
    pub(crate) fn assert_given_back(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste was left on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(self.modes(), self.modes_before, "stty");
    }

    /// The line discipline is not as before: what [`Session::assert_given_back`] finds later was done.
    pub(crate) fn assert_taken(&self) {
        assert!(self.screen().alternate_screen() && self.screen().hide_cursor());
        assert_ne!(self.modes(), self.modes_before, "stty");
    }

    fn modes(&self) -> String {
        modes(&*self.terminal.as_ref().expect("the terminal is there").master)
    }

    fn fail(&self, what: &str) -> ! {
        panic!("{what}; the last screen:\n{}", self.screen().contents())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.end.is_none() && !self.changes.try_iter().any(|change| end(change).is_some()) {
            // It leads a session, and so a group.
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }
}

impl Terminal {
    fn new(master: Box<dyn MasterPty + Send>, bytes: Sender<Vec<u8>>) -> Self {
        let keys = master.take_writer().expect("a writer");
        let name = master.tty_name().expect("a name");
        let mut source = master.try_clone_reader().expect("a reader");
        let hanging_up = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&hanging_up);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 8_192];
            // Ends with the program: where nobody holds the other side, reading fails.
            while let Ok(read @ 1..) = source.read(&mut chunk) {
                if asked.load(Ordering::SeqCst) || bytes.send(chunk[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { master, keys, name, reader, hanging_up }
    }

    /// Closes every descriptor of our side. The kernel hangs up with the last one, and the reader holds one for as long
    /// as it reads, so it is given something to read. (Dropping `keys` types a line end and an end of file first.)
    fn close(self) {
        self.hanging_up.store(true, Ordering::SeqCst);
        let other = rustix::fs::open(&self.name, OFlags::WRONLY | OFlags::NOCTTY, Mode::empty()).expect("its name");
        rustix::io::write(&other, b" ").expect("written");
        self.reader.join().expect("it was read");
    }
}

/// Tells every change of a child until its end, and reaps it.
fn watch(pid: Pid, changes: &Sender<WaitStatus>) {
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, change))) => {
                if changes.send(change).is_err() || end(change).is_some() {
                    return;
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn end(change: WaitStatus) -> Option<End> {
    change.exit_status().map(End::Exit).or(change.terminating_signal().map(End::Signal))
}

/// The next one, unless the limit passed: also where one after the other arrives.
fn receive<T>(from: &Receiver<T>, limit: Instant) -> Result<T, RecvTimeoutError> {
    match limit.checked_duration_since(Instant::now()) {
        Some(left) => from.recv_timeout(left),
        None => Err(RecvTimeoutError::Timeout),
    }
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// Columns and rows of an emulated screen, which has one of each at least.
fn cells((columns, rows): (u16, u16)) -> (NonZero<u16>, NonZero<u16>) {
    let at_least_one = |n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN);
    (at_least_one(columns), at_least_one(rows))
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("its modes"))
}
