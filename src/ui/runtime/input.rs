//! The edge: terminal events and signals become [`Input`]s. Key releases and repeats end here.
//!
//! Reading stands on a thread of its own. crossterm's reader never returns once the terminal is gone (it loops over the
//! error), so nothing of the loop may call it; that the terminal is gone is learnt from the kernel instead.

use crate::ui::keymap::Key;
use crate::ui::message::Message;
use crate::ui::runtime::UiError;
use crate::ui::runtime::tty::{Tty, size};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::future::ready;
use futures_util::stream::{self, Stream, StreamExt};
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// One thing that reached the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Something for `update`.
    Message(Message),
    /// A signal that ends the program.
    Signal(i32),
    /// The terminal asks to stop (SIGTSTP).
    Stop,
    /// The process was continued (SIGCONT).
    Continue,
    /// The terminal is gone.
    Gone,
}

/// Events of the terminal and signals of the process, as one stream. Ends never; tells [`Input::Gone`] instead.
pub fn inputs(tty: &Tty) -> Result<impl Stream<Item = Input> + Unpin + use<>, UiError> {
    let (sender, mut events) = mpsc::unbounded_channel();
    // The thread lives as long as the process: there is no way to interrupt a read of the terminal.
    std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        loop {
            let input = match crossterm::event::read() {
                Ok(event) => match translate(event) {
                    Some(message) => Input::Message(message),
                    None => continue,
                },
                Err(_) => Input::Gone,
            };
            let gone = input == Input::Gone;
            if sender.send(input).is_err() || gone {
                return;
            }
        }
    })?;
    let events = stream::poll_fn(move |cx| events.poll_recv(cx)).boxed();
    let gone = stream::once(hung_up(tty.reader()?)).map(|()| Input::Gone).boxed();
    let panicked = stream::once(tty.panicked()).map(|()| Input::Message(Message::Woke)).boxed();
    let mut sources = vec![gone, panicked];
    for (kind, input) in [
        (SignalKind::hangup(), Input::Signal(1)),
        (SignalKind::interrupt(), Input::Signal(2)),
        (SignalKind::terminate(), Input::Signal(15)),
        (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), Input::Stop),
        (SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()), Input::Continue),
    ] {
        let mut arrivals = signal(kind)?;
        sources.push(stream::poll_fn(move |cx| arrivals.poll_recv(cx)).map(move |()| input.clone()).boxed());
    }
    // Not crossterm's: it listens only once its thread runs, and a resize before that would be seen at the next minute.
    let mut resized = signal(SignalKind::window_change())?;
    let resized = stream::poll_fn(move |cx| resized.poll_recv(cx));
    let sizes = resized.filter_map(|()| ready(size().ok().map(|size| Input::Message(Message::Resize(size)))));
    sources.push(sizes.boxed());
    sources.push(events);
    Ok(stream::select_all(sources))
}

/// Answers when the other side of the terminal is closed.
#[expect(
    deprecated,
    reason = "what replaces it is unsafe to call; an OwnedFd keeps its descriptor open, which is all that is asked of it"
)]
async fn hung_up(reader: OwnedFd) {
    let Ok(reader) = AsyncFd::with_interest(reader, Interest::READABLE) else {
        // Not every file can be watched (a redirected one); those end with an error of the reader.
        return std::future::pending().await;
    };
    loop {
        match reader.readable().await {
            Ok(mut guard) if !guard.ready().is_read_closed() => guard.clear_ready(),
            _ => return,
        }
    }
}

/// A terminal event as a message; none for what the screen does not know.
pub fn translate(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => translate_key(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(..) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) => None,
    }
}

fn translate_key(key: KeyEvent) -> Option<Key> {
    if key.kind != KeyEventKind::Press
        || key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META)
    {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) if c.is_control() => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEventState;

    fn key(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<Message> {
        translate(Event::Key(KeyEvent { code, modifiers, kind, state: KeyEventState::NONE }))
    }

    #[test]
    fn only_presses_pass_the_edge() {
        let none = KeyModifiers::NONE;
        assert_eq!(key(KeyCode::Char('j'), none, KeyEventKind::Press), Some(Message::Key(Key::Char('j'))));
        assert_eq!(key(KeyCode::Char('j'), none, KeyEventKind::Release), None);
        assert_eq!(key(KeyCode::Char('j'), none, KeyEventKind::Repeat), None);
        assert_eq!(key(KeyCode::Char('x'), KeyModifiers::ALT, KeyEventKind::Press), None);
        assert_eq!(
            key(KeyCode::Char('C'), KeyModifiers::CONTROL, KeyEventKind::Press),
            Some(Message::Key(Key::Ctrl('c')))
        );
        assert_eq!(key(KeyCode::F(3), none, KeyEventKind::Press), None);
    }
}
