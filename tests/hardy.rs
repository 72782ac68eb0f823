//! Whatever size, key, paste, picture or report arrives, in whatever order: no panic, every frame is drawn, Ctrl-c leaves and
//! Esc leads back. Chance decides; `FUSEBOX_TEST_SEED` repeats or varies a run, and a failure names its seed.
//!
//! Keys come from the table of actions and contexts from the state, so what is added to them is tried too.

#[path = "hardy/chance.rs"]
mod chance;
#[cfg(test)]
#[path = "hardy/pages.rs"]
mod pages;

use chance::{Chance, now};
use fusebox::model::{ActionClass, OrgName, Permits, SiteName};
use fusebox::protocol::{Command, Event, OperationId};
use fusebox::ui::action::{Context, TABLE};
use fusebox::ui::effect::Effect;
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
use fusebox::ui::message::Message;
use fusebox::ui::state::State;
use fusebox::ui::theme::{Depth, Ground, Theme};
use fusebox::ui::update::update;
use fusebox::ui::view::{next_change, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

const SIZES: usize = 600;
const KEYS: usize = 60_000;
/// A frame is drawn after this many keys: drawing takes most of the time.
const KEYS_A_FRAME: usize = 200;
/// Esc leads back to the list within this many presses.
const MOST_ESC: usize = 10;

/// A screen, its clock, and the questions that it waits for.
struct Console {
    state: State,
    seconds: i64,
    asked: Vec<SiteName>,
    asked_orgs: Vec<OrgName>,
    previews: Vec<OperationId>,
    /// What pages of their own wait for.
    pages: Vec<Command>,
}

impl Console {
    fn new(chance: &mut Chance) -> Self {
        let theme = Theme::new(
            chance.one_of(&[Depth::True, Depth::Indexed, Depth::Sixteen, Depth::Mono]),
            chance.one_of(&[Ground::Dark, Ground::Light]),
        );
        let glyphs = Glyphs::new(chance.odds(1, 2));
        let state = State::new("agency-eu".to_owned(), chance.odds(1, 2), theme, glyphs, Size::new(80, 24));
        Self { state, seconds: 0, asked: Vec::new(), asked_orgs: Vec::new(), previews: Vec::new(), pages: Vec::new() }
    }

    fn tell(&mut self, message: Message) -> Vec<Effect> {
        let effects = update(&mut self.state, message, now(self.seconds));
        for effect in &effects {
            match effect {
                Effect::Send(Command::Describe(name)) => self.asked.push(name.clone()),
                Effect::Send(Command::Ledger(org)) => self.asked_orgs.push(org.clone()),
                Effect::Send(Command::Preview { id, .. }) => self.previews.push(*id),
                Effect::Send(
                    page @ (Command::Fields | Command::KeptFields(_) | Command::ReadFields(_) | Command::Plan { .. }),
                ) => self.pages.push(page.clone()),
                Effect::Copy(text) => {
                    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "copied {text:?}");
                }
                _ => {}
            }
        }
        effects
    }

    /// What the machinery and the clock do by themselves.
    fn world(&mut self, chance: &mut Chance) {
        self.seconds += chance.below(90) - 3;
        let message = match chance.below(11) {
            0..=2 => Message::Picture(chance.picture(self.seconds)),
            3 => Message::Event(Event::Notice(chance.text())),
            4 => Message::Event(Event::Proved {
                id: OperationId(1),
                site: SiteName::new(chance.text()),
                outcome: Err(chance.text()),
            }),
            5 if chance.odds(1, 2) => Message::Event(Event::Trail(std::sync::Arc::new(chance.trail(self.seconds)))),
            5 => Message::Event(Event::Finished(OperationId(1))),
            6 => Message::Unsent(Command::Pause(true)),
            7 => {
                let permits = if chance.odds(1, 3) { Permits::unsaid() } else { Permits::default() };
                Message::Event(Event::Permits(permits))
            }
            8 if chance.odds(1, 3) => {
                let last = i64::try_from(self.state.operations).unwrap_or(1);
                let id = chance.one_of(&[last, last, 1 << 62]);
                let id = OperationId(u64::try_from(id).unwrap_or(1));
                Message::Event(Event::Watching(id, Box::new(chance.watching(self.seconds))))
            }
            _ => Message::Woke,
        };
        self.tell(message);
        if let Some(org) = self.asked_orgs.pop() {
            let message = if chance.odds(1, 4) {
                Message::Unsent(Command::Ledger(org))
            } else {
                let board = self.state.picture.boards.iter().find(|board| board.name == org).cloned();
                let ledger = board.map(|board| std::sync::Arc::new(chance.ledger(&board, self.seconds)));
                Message::Event(Event::Ledger(org, ledger))
            };
            self.tell(message);
        }
        if let Some(id) = self.previews.pop() {
            let asked = if chance.odds(1, 5) { Err(chance.text()) } else { Ok(Box::new(chance.question(id))) };
            self.tell(Message::Event(Event::Preview(id, asked)));
            // Long enough for the dialog to take keys.
            self.seconds += 1;
        }
        if let Some(asked) = self.pages.pop() {
            let sites = self.state.picture.rows.iter().map(|row| row.name.clone()).collect();
            let message = match asked {
                Command::Fields => Message::Event(chance.fields_board(sites, self.seconds)),
                Command::KeptFields(site) => Message::Event(chance.kept_fields(site, self.seconds)),
                Command::ReadFields(site) => Message::Event(chance.read_fields(site, self.seconds)),
                Command::Plan { sites, .. } if chance.odds(3, 4) => Message::Event(chance.plan(sites, self.seconds)),
                unsent => Message::Unsent(unsent),
            };
            self.tell(message);
        }
        let Some(name) = self.asked.pop() else { return };
        if chance.odds(1, 4) {
            self.tell(Message::Unsent(Command::Describe(name)));
        } else {
            let row = self.state.picture.rows.iter().find(|row| row.name == name).cloned();
            let detail = row.map(|row| Box::new(chance.detail(&row, self.seconds)));
            self.tell(Message::Event(Event::Detail(name, detail)));
        }
    }

    /// Draws a frame of `size`, which may be another than the last message told.
    fn draw(&self, size: Size) {
        let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).expect("a terminal");
        let time = now(self.seconds);
        terminal.draw(|frame| view(&self.state, time, frame)).expect("drawn");
        let cells = terminal.backend().buffer().content();
        let hostile = cells.iter().find(|cell| cell.symbol().chars().any(char::is_control));
        assert_eq!(hostile, None, "a control character on the page");
        let written = cells.iter().any(|cell| cell.symbol() != " ");
        assert!(written || size.width < 20, "nothing is drawn at {size}");
        assert!(next_change(&self.state, time) > time, "the loop would spin");
    }

    fn is_home(&self) -> bool {
        self.state.context() == Context::Sites && self.state.overlays.is_empty() && self.state.screens.opened.is_empty()
    }

    /// Whether one gets out from here; told on a copy.
    fn assert_free(&self) {
        let press = |state: &mut State, key| update(state, Message::Key(key), now(self.seconds));
        let left = press(&mut self.state.clone(), Key::Ctrl('c'));
        assert!(left.contains(&Effect::Quit), "Ctrl-c does not leave {:?}", self.state.context());
        if self.is_home() {
            return;
        }
        let mut back = Self {
            state: self.state.clone(),
            seconds: self.seconds,
            asked: Vec::new(),
            asked_orgs: Vec::new(),
            previews: Vec::new(),
            pages: Vec::new(),
        };
        let home = (0..MOST_ESC).any(|_| {
            press(&mut back.state, Key::Esc);
            back.is_home()
        });
        assert!(home, "{MOST_ESC} times Esc lead from {:?} to {:?}", self.state.context(), back.state.context());
        press(&mut back.state, Key::Char('?'));
        assert_eq!(back.state.context(), Context::Help, "the list takes no key");
    }
}

/// Every key that something is bound to, in `context` or anywhere.
fn bound(context: Option<Context>) -> Vec<Key> {
    let entries = TABLE.iter().filter(|entry| context.is_none_or(|context| entry.contexts.contains(&context)));
    entries.flat_map(|entry| entry.keys).copied().collect()
}

fn key(chance: &mut Chance, context: Context, anywhere: &[Key]) -> Key {
    const OTHERS: [Key; 15] = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Char(' '),
    ];
    // It takes letters and hardly ends: chance alone would spend most of a run in it.
    if context == Context::Help && chance.odds(1, 3) {
        return Key::Esc;
    }
    match chance.below(10) {
        0..=4 => chance.one_of(&bound(Some(context))),
        5..=6 => chance.one_of(anywhere),
        7 => chance.one_of(&OTHERS),
        8 => Key::Ctrl(chance.one_of(&['a', 'd', 'e', 'k', 'l', 'n', 'p', 'r', 'u', 'w', 'z'])),
        _ => Key::Char(chance.character()),
    }
}

#[test]
fn every_size_is_drawn_while_pictures_arrive() {
    let mut chance = Chance::new();
    let mut console = Console::new(&mut chance);
    let anywhere = bound(None);
    let corners =
        [(1, 1), (500, 200), (500, 1), (1, 200), (59, 15), (60, 14), (60, 15), (80, 24), (139, 50), (140, 25)];
    for n in 0..SIZES {
        let size = corners.get(n).map_or_else(|| chance.size(), |(width, height)| Size::new(*width, *height));
        // Now and then a frame is drawn before its size was told.
        if !chance.odds(1, 10) {
            console.tell(Message::Resize(size));
        }
        for _ in 0..chance.below(3) {
            console.world(&mut chance);
            let key = key(&mut chance, console.state.context(), &anywhere);
            console.tell(Message::Key(key));
        }
        console.draw(size);
        console.assert_free();
    }
}

#[test]
fn no_key_leads_where_one_cannot_leave() {
    let mut chance = Chance::new();
    let mut console = Console::new(&mut chance);
    let anywhere = bound(None);
    let mut reached = BTreeSet::new();
    for n in 0..KEYS {
        match chance.below(60) {
            0 => console.world(&mut chance),
            1 => drop(console.tell(Message::Paste(chance.text()))),
            2 => drop(console.tell(Message::Resize(chance.size()))),
            // What was asked for is answered sooner than the world changes.
            _ if !console.previews.is_empty() && chance.odds(1, 4) => console.world(&mut chance),
            _ => {}
        }
        let key = key(&mut chance, console.state.context(), &anywhere);
        reached.insert(format!("{:?}", console.state.context()));
        chance.note(format!("{key} in {:?}", console.state.context()));
        let effects = console.tell(Message::Key(key));
        let spends = |effect: &Effect| matches!(effect, Effect::Send(command) if command.class() == ActionClass::Spend);
        assert!(!(effects.iter().any(spends) && console.state.read_only()), "{:?} while read-only", ActionClass::Spend);
        console.assert_free();
        if n % KEYS_A_FRAME == 0 {
            console.draw(console.state.size);
        }
    }
    let all: BTreeSet<_> = Context::iter().map(|context| format!("{context:?}")).collect();
    assert_eq!(reached, all, "chance must lead everywhere for this to say anything");
}
