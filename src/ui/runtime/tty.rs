//! The process's terminal: taken once, given back on every way out.
//!
//! A panic gives it back through the hook, a stop before the process stops, everything else through [`Tty::close`] or
//! the drop. Giving back twice does nothing.

use crate::ui::runtime::clipboard::{Through, takes_links};
use crate::ui::runtime::quiet::Quiet;
use crate::ui::runtime::{Screen, UiError};
use crate::ui::state::State;
use crate::ui::view::view;
use chrono::{DateTime, Utc};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::layout::Size;
use rustix::process::{Signal, getpid, kill_process};
use std::io::{self, IsTerminal, Stdout, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Alternate screen, its cells cleared, no text cursor, pastes told apart from keys.
const ENTER: &str = "\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?2004h";
/// The other way round, after the end of a frame that may have been cut, and with styles reset.
const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The terminal, in raw mode on its alternate screen.
#[derive(Debug)]
pub struct Tty {
    terminal: Terminal<Quiet<Stdout>>,
    held: Arc<Held>,
    through: Through,
    links: bool,
}

/// Whether the terminal is ours now, and whether a panic took it away.
#[derive(Debug, Default)]
struct Held {
    ours: AtomicBool,
    panicked: AtomicBool,
    panic: Notify,
}

impl Held {
    fn take(&self) -> io::Result<()> {
        enable_raw_mode()?;
        self.ours.store(true, Ordering::SeqCst);
        write(ENTER)
    }

    /// Errors are left alone: this is the way out, and a terminal that is gone needs nothing back.
    fn give_back(&self) {
        if self.ours.swap(false, Ordering::SeqCst) {
            drop(write(LEAVE));
            drop(disable_raw_mode());
        }
    }
}

fn write(sequence: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(sequence.as_bytes())?;
    out.flush()
}

impl Tty {
    /// Takes the terminal, and sees to it that a panic gives it back before it is told.
    pub fn open() -> Result<Self, UiError> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(UiError::NoTerminal);
        }
        let held = Arc::new(Held::default());
        let hooked = Arc::clone(&held);
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if hooked.ours.load(Ordering::SeqCst) {
                hooked.panicked.store(true, Ordering::SeqCst);
                hooked.give_back();
                hooked.panic.notify_one();
            }
            former(info);
        }));
        let terminal = Terminal::new(Quiet::new(io::stdout(), size))?;
        held.take()?;
        let env = |name: &str| std::env::var(name).ok();
        Ok(Self { terminal, held, through: Through::detect(env), links: takes_links(env) })
    }

    /// Its size in cells.
    pub fn size(&self) -> io::Result<Size> {
        size()
    }

    /// The side that keys come from, to learn that it is gone.
    pub fn reader(&self) -> io::Result<OwnedFd> {
        io::stdin().as_fd().try_clone_to_owned()
    }

    /// Answers when a panic took the terminal away, on whatever thread: the loop may be asleep for long.
    pub fn panicked(&self) -> impl Future<Output = ()> + Send + use<> {
        let held = Arc::clone(&self.held);
        async move { held.panic.notified().await }
    }

    /// Gives the terminal back.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.held.give_back();
    }
}

/// The terminal's size in cells.
pub(super) fn size() -> io::Result<Size> {
    // Not crossterm's: where the terminal does not know its size, that one runs a program to guess it.
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    Ok(Size::new(size.ws_col, size.ws_row))
}

impl Screen for Tty {
    fn draw(&mut self, state: &State, now: DateTime<Utc>) -> io::Result<()> {
        let link = state.linked().filter(|_| self.links).map(|link| link.url);
        self.terminal.backend_mut().link_to(link);
        self.terminal.draw(|frame| view(state, now, frame))?;
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        write(&self.through.copy(text))
    }

    fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.held.give_back();
        // SIGSTOP and not the caught SIGTSTP: it stops every thread and cannot come back to us.
        kill_process(getpid(), Signal::STOP)?;
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        // After a stop that could not be caught the terminal is still ours in name, and in the mode that a shell left.
        drop(disable_raw_mode());
        self.held.take()?;
        self.terminal.clear()
    }

    fn lost(&self) -> bool {
        self.held.panicked.load(Ordering::SeqCst)
    }
}
