//! The program on a terminal of its own, read as a person reads it.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a page may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Runs the program with `TMPDIR` and its state below `dir`.
    pub(crate) fn run(dir: &Path, arguments: &[&str]) -> Self {
        let (rows, cols) = (NonZero::new(40).expect("not 0"), NonZero::new(140).expect("not 0"));
        let pair = native_pty_system()
            .openpty(PtySize { rows: rows.get(), cols: cols.get(), pixel_width: 0, pixel_height: 0 })
            .expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fusebox"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TMPDIR", dir);
        command.env("FUSEBOX_CONFIG_DIR", dir.join("config"));
        command.env("FUSEBOX_STATE_DIR", dir.join("state"));
        let child = pair.slave.spawn_command(command).expect("the program");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Ends with the program: a pty whose other end is closed answers with an error.
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, output, screen: vt100::Parser::new(rows, cols, 0), _master: pair.master }
    }

    /// Reads until the page holds.
    pub(crate) fn until(&mut self, holds: impl Fn(&str) -> bool) {
        while !holds(&self.screen.screen().contents()) {
            let bytes = self.output.recv_timeout(PATIENCE);
            self.screen.process(&bytes.unwrap_or_else(|_| unreachable!("{}", self.screen.screen().contents())));
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("typed");
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Waits for the end. Answers with the exit code, and whether the terminal was given back.
    pub(crate) fn end(mut self) -> (u32, bool) {
        drop(self.keys);
        let code = self.child.wait().expect("its status").exit_code();
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
            if !self.screen.screen().alternate_screen() && !self.screen.screen().hide_cursor() {
                break;
            }
        }
        let screen = self.screen.screen();
        (code, !screen.alternate_screen() && !screen.hide_cursor())
    }
}
