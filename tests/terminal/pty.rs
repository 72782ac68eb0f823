//! One run of the binary in a pseudo-terminal, watched through an emulated screen. Waits for what appears, never for a
//! time; a limit ends a wait for something that never comes.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "the limit of a wait needs a clock, and its end fails the test"
)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    modes_before: String,
    _home: tempfile::TempDir,
}

impl Session {
    pub(crate) fn start(columns: u16, rows: u16) -> Self {
        Self::start_with(columns, rows, &[])
    }

    /// Starts the console without a configuration and without polling.
    pub(crate) fn start_with(columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fusebox"));
        command.args(["--no-poll", "--config-dir"]);
        command.arg(home.path().join("config"));
        command.arg("--state-dir");
        command.arg(home.path().join("state"));
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("fusebox starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 8_192];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            master: Some(pair.master),
            keys: Some(keys),
            bytes,
            screen: vt100::Parser::default(),
            modes_before,
            _home: home,
        }
        .sized(columns, rows)
    }

    fn sized(mut self, columns: u16, rows: u16) -> Self {
        self.set_screen(columns, rows);
        self
    }

    /// Waits until the emulated screen shows `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + LIMIT;
        while !self.screen.screen().contents().contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("{error} before {text:?} was shown:\n{}", self.screen.screen().contents()),
            }
        }
    }

    pub(crate) fn send(&mut self, keys: &str) {
        let writer = self.keys.as_mut().expect("the terminal is there");
        writer.write_all(keys.as_bytes()).expect("keys are taken");
        writer.flush().expect("keys are taken");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.process_id().expect("it runs");
        let pid = Pid::from_raw(i32::try_from(id).expect("a process id")).expect("a process id");
        kill_process(pid, signal).expect("it can be signalled");
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().expect("the terminal is there").resize(size).expect("it can be resized");
        self.set_screen(columns, rows);
    }

    fn set_screen(&mut self, columns: u16, rows: u16) {
        let at_least_one = |n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN);
        self.screen.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
    }

    /// Takes the terminal away, as a dropped connection does.
    pub(crate) fn hang_up(&mut self) {
        self.keys = None;
        self.master = None;
    }

    /// Waits for the end of the program and reads what it wrote last. Answers its exit code.
    pub(crate) fn wait_for_end(&mut self) -> Option<u32> {
        let end = Instant::now() + LIMIT;
        loop {
            match self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.child.kill().expect("it can be killed");
                    panic!("it never ended; the last screen:\n{}", self.screen.screen().contents());
                }
            }
        }
        self.child.wait().ok().map(|status| status.exit_code())
    }

    /// The alternate screen is left, the cursor shows, no mode of ours is on, and the line discipline is as before.
    pub(crate) fn assert_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste was left on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let master = self.master.as_ref().expect("the terminal is there");
        assert_eq!(modes(&**master), self.modes_before, "stty");
    }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
