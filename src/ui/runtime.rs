//! The only place that waits and the only one that touches the terminal: messages in, effects performed, frames out.
//!
//! Waiting input is drained before anything is drawn; nothing is drawn unless a message came; nothing ticks: between
//! messages the loop sleeps until something on the page reads differently.

mod clipboard;
mod encoder;
pub mod input;
pub mod quiet;
#[cfg(test)]
mod tests;
pub mod tty;

use crate::config::ConsoleConfig;
use crate::config::console::AmbiguousWidth;
use crate::model::{Clock, Permits};
use crate::protocol::{Command, Link};
use crate::ui::effect::Effect;
use crate::ui::glyphs::Glyphs;
use crate::ui::keymap::{Key, Keymap};
use crate::ui::message::Message;
use crate::ui::state::State;
use crate::ui::theme::{ColorChoice, Theme};
use crate::ui::update::update;
use crate::ui::view;
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, Stream, StreamExt};
use input::Input;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;

/// Names a key at which the console panics, in debug builds alone: for the test that looks from outside at what a panic
/// leaves behind.
const PANIC_KEY: &str = "FUSEBOX_TEST_PANIC_KEY";

/// What the command line decides for the console.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The fleet's name, for the header.
    pub fleet: String,
    /// What may be spent or written.
    pub permits: Permits,
    /// Whether to draw with ASCII alone, whatever the locale says.
    pub ascii: bool,
    /// Whether to use colour.
    pub color: ColorChoice,
    /// How it looks.
    pub look: ConsoleConfig,
    /// Where sites are configured, for the words of an empty fleet; may be empty.
    pub config: String,
    /// What keys do.
    pub keymap: Keymap,
    /// The options that make another run of the program one about this fleet.
    pub launch: Vec<String>,
}

/// Why the console ended other than by the operator's wish.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Standard input or output is no terminal.
    #[error("the console needs a terminal on standard input and output; for pipes and scripts there is `fusebox list`")]
    NoTerminal,
    /// The terminal went away: a dropped line, a closed window.
    #[error("the terminal is gone")]
    Vanished,
    /// A signal ended it: 1, 2 or 15. The terminal was given back.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// A part of the program panicked; the terminal was given back and the panic is on standard error.
    #[error("a part of fusebox failed; see the message above")]
    Panicked,
    /// The terminal refused to be read or written.
    #[error("the terminal failed: {0}. Check TERM, and that nothing else reads this terminal")]
    Terminal(#[source] io::Error),
}

impl From<io::Error> for UiError {
    /// A terminal that is gone answers so; which of its signs is seen first (this, the signal, the end of what it types)
    /// is chance, and the end is the same.
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::IO | Errno::NXIO) => Self::Vanished,
            _ => Self::Terminal(error),
        }
    }
}

impl UiError {
    /// The exit status of a program that ends for this reason: 128 and the signal's number, as shells have it; 101
    /// after a panic, as Rust has it.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
            Self::Vanished => 129,
            Self::NoTerminal => 64,
            Self::Panicked => 101,
            Self::Terminal(_) => 1,
        }
    }
}

/// What the operator left the console for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Something else.
    Quit,
    /// The demo, in the place of a fleet without sites.
    Demo,
}

/// What the loop needs of a terminal. The real one is [`tty::Tty`]; tests draw into a buffer.
pub trait Screen {
    /// Draws what differs from the last frame.
    fn draw(&mut self, state: &State, now: DateTime<Utc>) -> io::Result<()>;
    /// Sends `text` to the operator's clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Forgets what the terminal shows, so that the next frame is whole.
    fn forget(&mut self) -> io::Result<()>;
    /// Gives the terminal back and stops this process; answers when it was continued or the stop is on its way.
    fn suspend(&mut self) -> io::Result<()>;
    /// Takes the terminal again after a stop.
    fn resume(&mut self) -> io::Result<()>;
    /// Whether somebody else gave the terminal back: a panic.
    fn lost(&self) -> bool;
}

/// How many lines the process's terminal has; none where there is no terminal or it does not know.
pub fn lines() -> Option<usize> {
    tty::size().ok().map(|size| usize::from(size.height)).filter(|lines| *lines > 0)
}

/// Runs the console on the process's terminal until it is left.
///
/// # Errors
///
/// [`UiError`] says why it ended other than by the operator's wish; [`UiError::exit_status`] is its exit status.
///
/// # Panics
///
/// In debug builds, at the key that `FUSEBOX_TEST_PANIC_KEY` names.
pub async fn run(link: Link, options: Options, clock: Clock) -> Result<Left, UiError> {
    let env = |name: &str| std::env::var(name).ok();
    let theme = Theme::detect(options.color, options.look, env);
    let ascii = options.ascii || options.look.ambiguous_width == AmbiguousWidth::Wide;
    let glyphs = Glyphs::detect(ascii, env);
    if options.color == ColorChoice::Always {
        crossterm::style::force_color_output(true);
    }
    let mut tty = tty::Tty::open()?;
    let panic_key = if cfg!(debug_assertions) { env(PANIC_KEY).and_then(|key| key.parse().ok()) } else { None };
    let inputs = input::inputs(&tty)?.inspect(|input| {
        let asked = panic_key.is_some_and(|key| *input == Input::Message(Message::Key(Key::Char(key))));
        assert!(!asked, "{PANIC_KEY} was pressed");
    });
    // Asked for once changes of it are listened for.
    let mut state = State::new(options.fleet, false, theme, glyphs, tty.size()?);
    state.permits = options.permits;
    state.config = options.config;
    state.keymap = options.keymap;
    state.launch = options.launch;
    let ended = drive(&mut tty, state, inputs, link, &clock).await;
    tty.close();
    ended
}

/// The loop: waits for one thing, takes everything else that is ready, draws once.
pub async fn drive(
    screen: &mut impl Screen,
    mut state: State,
    inputs: impl Stream<Item = Input>,
    mut link: Link,
    clock: &Clock,
) -> Result<Left, UiError> {
    let mut inputs = std::pin::pin!(inputs);
    let mut wakes = BTreeSet::new();
    let mut answer_due = None;
    let mut machinery = Machinery { pictures: true, events: true };
    let first = link.pictures.borrow_and_update().clone();
    let mut queue = vec![Input::Message(Message::Picture(first))];
    let mut stopped = false;
    loop {
        for input in queue.drain(..) {
            let message = match input {
                Input::Message(message) => message,
                Input::Signal(number) => return Err(UiError::Signal(number)),
                Input::Gone => return Err(UiError::Vanished),
                Input::Stop => {
                    stopped = true;
                    screen.suspend()?;
                    continue;
                }
                Input::Continue => {
                    // Also after a stop that nobody could catch: another program may have used the terminal since.
                    stopped = false;
                    screen.resume()?;
                    continue;
                }
            };
            match perform(screen, &mut state, message, &link, clock, &mut wakes)? {
                Next::Go => {}
                Next::Answer => answer_due = Some(Instant::now() + GRACE),
                Next::Stop => {
                    stopped = true;
                    screen.suspend()?;
                }
                Next::End(left) => return Ok(left),
            }
        }
        if screen.lost() {
            return Err(UiError::Panicked);
        }
        // What the operator opened is most often told at once: then it is one frame, and no pane shows a gap in between.
        if let Some(due) = answer_due.take().filter(|due| state.detail.asked.is_some() && Instant::now() < *due) {
            queue.push(wait(&mut inputs, &mut link, &mut machinery, due - Instant::now()).await);
            // Another message than the answer does not begin the wait anew.
            answer_due = Some(due);
            continue;
        }
        if !stopped {
            screen.draw(&state, clock.now())?;
        }
        let now = clock.now();
        let due = wakes.first().copied().into_iter().chain([view::next_change(&state, now)]).min().unwrap_or(now);
        queue.push(wait(&mut inputs, &mut link, &mut machinery, sleep_for(due, now)).await);
        // Whatever is ready already belongs to the same frame: a pasted page or a held key is one redraw.
        while let Some(next) = inputs.next().now_or_never() {
            queue.push(next.unwrap_or(Input::Gone));
            if queue.len() >= MOST_AT_ONCE {
                break;
            }
        }
    }
}

/// How long a frame waits for the answer to a question that was sent: less than an eye or a key repeat notices.
const GRACE: Duration = Duration::from_millis(4);

/// Input taken for one frame: a flood is drawn in between.
const MOST_AT_ONCE: usize = 1_024;

/// Whether the machinery's channels are open. It may end before the screen does: the last picture stays.
#[derive(Debug)]
struct Machinery {
    pictures: bool,
    events: bool,
}

async fn wait(
    inputs: &mut (impl Stream<Item = Input> + Unpin),
    link: &mut Link,
    open: &mut Machinery,
    sleep: Duration,
) -> Input {
    let sleep = std::pin::pin!(tokio::time::sleep(sleep));
    let mut sleep = Some(sleep);
    loop {
        tokio::select! {
            biased;
            input = inputs.next() => return input.unwrap_or(Input::Gone),
            event = link.events.recv(), if open.events => match event {
                Some(event) => return Input::Message(Message::Event(event)),
                None => open.events = false,
            },
            changed = link.pictures.changed(), if open.pictures => match changed {
                Ok(()) => return Input::Message(Message::Picture(link.pictures.borrow_and_update().clone())),
                Err(_) => open.pictures = false,
            },
            () = async { if let Some(sleep) = sleep.as_mut() { sleep.await } else { std::future::pending().await } } => {
                return Input::Message(Message::Woke);
            }
        }
    }
}

/// How long to sleep: never a negative span, never so long that a clock set forward goes unnoticed for an hour, never
/// so short that a clock that stands still makes the loop spin.
fn sleep_for(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (due - now).to_std().unwrap_or_default().clamp(Duration::from_millis(20), Duration::from_secs(3_600))
}

enum Next {
    Go,
    /// A question was sent, whose answer belongs into the next frame.
    Answer,
    Stop,
    End(Left),
}

/// Gives a message to `update` and performs what comes back, orders that were not taken included.
fn perform(
    screen: &mut impl Screen,
    state: &mut State,
    message: Message,
    link: &Link,
    clock: &Clock,
    wakes: &mut BTreeSet<DateTime<Utc>>,
) -> Result<Next, UiError> {
    let now = clock.now();
    *wakes = wakes.split_off(&(now + chrono::TimeDelta::nanoseconds(1)));
    // At the start the first frame waits for nothing.
    let pressed = matches!(message, Message::Key(_));
    let mut messages = vec![message];
    let mut next = Next::Go;
    while let Some(message) = messages.pop() {
        for effect in update(state, message, now) {
            match effect {
                Effect::Send(command) => {
                    if pressed && matches!(command, Command::Describe(_)) {
                        next = Next::Answer;
                    }
                    if let Err(TrySendError::Full(command) | TrySendError::Closed(command)) =
                        link.commands.try_send(command)
                    {
                        messages.push(Message::Unsent(command));
                    }
                }
                Effect::WakeAt(at) => {
                    wakes.insert(at);
                }
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Repaint => screen.forget()?,
                Effect::Suspend => next = Next::Stop,
                Effect::Quit => return Ok(Next::End(Left::Quit)),
                Effect::Demo => return Ok(Next::End(Left::Demo)),
            }
        }
    }
    Ok(next)
}
