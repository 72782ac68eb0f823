//! The loop over a screen in memory: what it draws, what it sends, how it ends. No test waits for a time.

use super::*;
use crate::model::row::Counts;
use crate::model::{Health, SiteName, SiteRow};
use crate::protocol::{Command, Event, Picture};
use crate::ui::theme::{Depth, Ground};
use futures_util::stream;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What happened to the terminal, in order.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Frame,
    Forgotten,
    Copied(String),
    Suspended,
    Resumed,
}

struct Memory {
    terminal: Terminal<TestBackend>,
    seen: Vec<Seen>,
    lost: bool,
}

impl Memory {
    fn new() -> Self {
        Self { terminal: Terminal::new(TestBackend::new(80, 24)).expect("a terminal"), seen: Vec::new(), lost: false }
    }

    fn shows(&self, text: &str) -> bool {
        let content = self.terminal.backend().buffer().content();
        content.chunks(80).any(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().contains(text))
    }
}

impl Screen for Memory {
    fn draw(&mut self, state: &State, now: DateTime<Utc>) -> io::Result<()> {
        self.terminal.draw(|frame| view::view(state, now, frame)).expect("drawn");
        self.seen.push(Seen::Frame);
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.seen.push(Seen::Copied(text.to_owned()));
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.seen.push(Seen::Forgotten);
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.seen.push(Seen::Suspended);
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        self.seen.push(Seen::Resumed);
        Ok(())
    }

    fn lost(&self) -> bool {
        self.lost
    }
}

fn clock() -> Clock {
    Clock::new(|| DateTime::from_timestamp(1_795_000_000, 0).expect("a time"))
}

fn picture(names: &[&str]) -> Picture {
    let rows: Vec<_> = names
        .iter()
        .map(|name| SiteRow {
            health: Health::Fail,
            cause: None,
            ..SiteRow::unseen(SiteName::new(name), (*name).into())
        })
        .collect();
    let counts: Counts = rows.iter().collect();
    Picture { rows: Arc::new(rows.into_iter().map(Arc::new).collect()), counts, ..Picture::default() }
}

/// The machinery's ends of a link.
struct Ends {
    commands: mpsc::Receiver<Command>,
    pictures: watch::Sender<Picture>,
    events: mpsc::Sender<Event>,
}

fn link(first: Picture) -> (Link, Ends) {
    let (commands, taken) = mpsc::channel(4);
    let (pictures, seen) = watch::channel(first);
    let (events, happened) = mpsc::channel(4);
    (Link { commands, pictures: seen, events: happened }, Ends { commands: taken, pictures, events })
}

fn state() -> State {
    State::new("demo".into(), true, Theme::new(Depth::Mono, Ground::Dark), Glyphs::new(true), Size::new(80, 24))
}

fn key(key: Key) -> Input {
    Input::Message(Message::Key(key))
}

/// Inputs that are sent one by one.
fn channel() -> (mpsc::UnboundedSender<Input>, impl Stream<Item = Input>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    (sender, stream::poll_fn(move |cx| receiver.poll_recv(cx)))
}

async fn play(screen: &mut Memory, link: Link, inputs: Vec<Input>) -> Result<Left, UiError> {
    drive(screen, state(), stream::iter(inputs).chain(stream::pending()), link, &clock()).await
}

#[tokio::test]
async fn the_first_picture_is_drawn_before_any_key_and_quit_ends_it() {
    let (link, mut ends) = link(picture(&["a.example.org", "b.example.org"]));
    let mut screen = Memory::new();
    play(&mut screen, link, vec![key(Key::Char('j')), key(Key::Char('q'))]).await.expect("left by the operator");
    assert!(screen.shows("X 2 FAIL") && screen.shows("b.example.org"));
    assert_eq!(screen.seen, [Seen::Frame], "keys that wait together are one frame, and none is drawn after the last");
    assert_eq!(ends.commands.try_recv(), Ok(Command::Describe(SiteName::new("a.example.org"))));
}

#[tokio::test]
async fn a_flood_of_keys_is_one_frame() {
    let (link, _ends) = link(picture(&["a.example.org"]));
    let mut screen = Memory::new();
    let mut inputs: Vec<_> = std::iter::repeat_n(key(Key::Char('j')), 500).collect();
    inputs.push(Input::Signal(15));
    let ended = play(&mut screen, link, inputs).await;
    assert!(matches!(ended, Err(UiError::Signal(15))));
    assert_eq!(screen.seen, [Seen::Frame]);
}

#[tokio::test]
async fn every_way_out_has_its_exit_status() {
    for (input, status) in
        [(Input::Signal(1), 129), (Input::Signal(2), 130), (Input::Signal(15), 143), (Input::Gone, 129)]
    {
        let (link, _ends) = link(picture(&[]));
        let ended = play(&mut Memory::new(), link, vec![input]).await;
        assert_eq!(ended.map_err(|error| error.exit_status()), Err(status));
    }
    let (link, _ends) = link(picture(&[]));
    let mut screen = Memory { lost: true, ..Memory::new() };
    let ended = play(&mut screen, link, vec![]).await;
    assert_eq!(ended.map_err(|error| error.exit_status()), Err(101));
}

#[test]
fn a_terminal_that_answers_no_more_is_gone() {
    for (errno, status) in [(Errno::IO, 129), (Errno::NXIO, 129), (Errno::NOSPC, 1)] {
        assert_eq!(UiError::from(io::Error::from(errno)).exit_status(), status);
    }
}

#[tokio::test]
async fn an_input_that_ends_is_a_terminal_that_is_gone() {
    let (link, _ends) = link(picture(&[]));
    let ended = drive(&mut Memory::new(), state(), stream::empty(), link, &clock()).await;
    assert!(matches!(ended, Err(UiError::Vanished)));
}

#[tokio::test]
async fn nothing_is_drawn_while_stopped_and_all_after() {
    let (link, _ends) = link(picture(&["a.example.org"]));
    let mut screen = Memory::new();
    let (keys, inputs) = channel();
    for input in [key(Key::Ctrl('z')), Input::Stop, Input::Continue, key(Key::Ctrl('l')), key(Key::Char('q'))] {
        keys.send(input).expect("read");
    }
    drive(&mut screen, state(), inputs, link, &clock()).await.expect("left by the operator");
    assert_eq!(screen.seen, [Seen::Frame, Seen::Suspended, Seen::Suspended, Seen::Resumed, Seen::Forgotten]);
}

#[tokio::test]
async fn pictures_and_notices_arrive_while_no_key_is_pressed() {
    let (link, ends) = link(picture(&["a.example.org"]));
    let mut screen = Memory::new();
    let Ends { pictures, events, mut commands } = ends;
    let (keys, inputs) = channel();
    let machinery = async {
        // Each answer of the loop is the sign that it took what came before.
        assert_eq!(commands.recv().await, Some(Command::Describe(SiteName::new("a.example.org"))));
        events.send(Event::Detail(SiteName::new("a.example.org"), None)).await.expect("taken");
        pictures.send(picture(&["z.example.org"])).expect("taken");
        assert_eq!(commands.recv().await, Some(Command::Describe(SiteName::new("z.example.org"))));
        events.send(Event::Notice("the line is back".into())).await.expect("taken");
        // The machinery ends before the screen does.
        drop((pictures, events));
        keys.send(key(Key::Char('R'))).expect("read");
        assert!(matches!(commands.recv().await, Some(Command::Look(_))));
        drop(commands);
        keys.send(key(Key::Char('p'))).expect("read");
        keys.send(key(Key::Ctrl('c'))).expect("read");
    };
    let clock = clock();
    let (ended, ()) = tokio::join!(drive(&mut screen, state(), inputs, link, &clock), machinery);
    ended.expect("left by the operator");
    assert!(screen.shows("z.example.org") && !screen.shows("a.example.org"));
}

#[tokio::test]
async fn an_answer_that_comes_at_once_is_in_the_frame_of_its_key() {
    let (link, ends) = link(picture(&["a.example.org", "b.example.org"]));
    let mut screen = Memory::new();
    let Ends { pictures: _pictures, events, mut commands } = ends;
    let (keys, inputs) = channel();
    let machinery = async {
        let (a, b) = (SiteName::new("a.example.org"), SiteName::new("b.example.org"));
        assert_eq!(commands.recv().await, Some(Command::Describe(a.clone())));
        events.send(Event::Detail(a, None)).await.expect("taken");
        while events.capacity() < events.max_capacity() {
            tokio::task::yield_now().await;
        }
        keys.send(key(Key::Char('j'))).expect("read");
        assert_eq!(commands.recv().await, Some(Command::Describe(b.clone())));
        events.send(Event::Detail(b, None)).await.expect("taken");
        keys.send(key(Key::Ctrl('c'))).expect("read");
    };
    let clock = clock();
    let (ended, ()) = tokio::join!(drive(&mut screen, state(), inputs, link, &clock), machinery);
    ended.expect("left by the operator");
    assert_eq!(screen.seen, [Seen::Frame, Seen::Frame], "one at the start, one for its site, none before the answer");
}

#[test]
fn sleeps_are_never_negative_nor_endless() {
    let now = clock().now();
    let day = chrono::TimeDelta::days(1);
    assert_eq!(sleep_for(now - day, now), Duration::from_millis(20));
    assert_eq!(sleep_for(now + day, now), Duration::from_secs(3_600));
    assert_eq!(sleep_for(now + chrono::TimeDelta::seconds(48), now), Duration::from_secs(48));
}
