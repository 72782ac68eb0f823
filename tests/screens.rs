//! The pages as they are drawn; and that no size, key or name breaks them.
//!
//! After a change of the look `.ci/redraw` writes the snapshots and the pictures anew.

#[path = "screens/contrast.rs"]
mod contrast;
#[path = "screens/cuts.rs"]
mod cuts;
#[path = "screens/fleet.rs"]
mod fleet;
#[path = "screens/hostile.rs"]
mod hostile;
#[path = "screens/matrix.rs"]
mod matrix;
#[path = "screens/rights.rs"]
mod rights;
#[path = "screens/told.rs"]
mod told;
#[path = "screens/watch.rs"]
mod watch;

use fleet::{now, picture, row, rows};
use fusebox::model::Health;
use fusebox::protocol::{Command, Event, Picture};
use fusebox::ui::effect::Effect;
use fusebox::ui::gallery::{self, Variant};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
use fusebox::ui::message::Message;
use fusebox::ui::state::State;
use fusebox::ui::theme::{Depth, Ground, Theme};
use fusebox::ui::update::update;
use fusebox::ui::view::{next_change, view};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;

const DARK: Theme = Theme::new(Depth::True, Ground::Dark);

/// A screen that has seen `picture` and got an answer to every question for a detail.
fn screen(width: u16, height: u16, theme: Theme, ascii: bool, picture: Picture) -> State {
    let size = Size::new(width, height);
    let mut state = fleet::FULL.screen(size, theme, Glyphs::new(ascii));
    tell(&mut state, Message::Picture(picture));
    state
}

/// Gives a message and answers what comes back, as the machinery would.
fn tell(state: &mut State, message: Message) -> Vec<Effect> {
    let effects = update(state, message, now());
    for effect in &effects {
        if let Effect::Send(Command::Ledger(org)) = effect {
            let ledger = fleet::FULL.ledgers.get(org).cloned();
            update(state, Message::Event(Event::Ledger(org.clone(), ledger)), now());
        }
        if let Effect::Send(Command::Describe(name)) = effect {
            let known = state.picture.rows.iter().find(|row| row.name == *name);
            let detail = known.map(|row| Box::new(fleet::detail(row)));
            update(state, Message::Event(Event::Detail(name.clone(), detail)), now());
        }
    }
    effects
}

fn keys(state: &mut State, typed: &str) {
    for c in typed.chars() {
        tell(state, Message::Key(Key::Char(c)));
    }
}

fn draw(state: &State) -> Buffer {
    gallery::draw(state, now())
}

fn text(state: &State) -> String {
    text_of(&draw(state))
}

fn text_of(buffer: &Buffer) -> String {
    let mut terminal = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            if covered == 0 {
                line.push_str(symbol);
            }
            covered =
                if covered > 0 { covered - 1 } else { usize::from(unicode_width::UnicodeWidthStr::width(symbol) > 1) };
        }
        terminal.push_str(line.trim_end());
        terminal.push('\n');
    }
    terminal
}

fn loading() -> Picture {
    fleet::stage(Variant::Loading).picture
}

#[test]
fn the_narrowest_list() {
    insta::assert_snapshot!("narrow-60x15", text(&screen(60, 15, DARK, false, picture(rows()))));
}

#[test]
fn filter_and_sort() {
    let mut state = screen(80, 24, DARK, false, picture(rows()));
    keys(&mut state, "/acme !ok");
    tell(&mut state, Message::Key(Key::Enter));
    insta::assert_snapshot!("filter-kept-80x24", text(&state));
    keys(&mut state, "/ zzz");
    insta::assert_snapshot!("filter-hides-all-80x24", text(&state));
    tell(&mut state, Message::Key(Key::Esc));
    keys(&mut state, "s");
    insta::assert_snapshot!("sort-80x24", text(&state));
}

#[test]
fn the_copy_menu_and_the_link_that_was_copied() {
    let mut state = screen(80, 24, DARK, false, picture(rows()));
    let last_rows = |state: &State| text(state).lines().skip(22).collect::<Vec<_>>().join("\n");
    keys(&mut state, "y");
    insta::assert_snapshot!("copy-80x24", last_rows(&state));
    keys(&mut state, "n");
    insta::assert_snapshot!("copied-80x24", last_rows(&state));
    keys(&mut state, "o");
    insta::assert_snapshot!("link-80x24", last_rows(&state));
}

/// Every word that tells a health, on rows that differ in nothing else.
#[test]
fn states_are_told_apart_without_any_style() {
    use strum::IntoEnumIterator;
    for ascii in [false, true] {
        let rows: Vec<_> = Health::iter()
            .map(|health| row(health, "same.example.org", ["acme/ops1", "1/4", "~30d", "?", "2m", ""]))
            .collect();
        let mut told = std::collections::BTreeSet::new();
        for one in rows {
            let word = one.health.to_string();
            let page = text(&screen(80, 24, Theme::new(Depth::Mono, Ground::Dark), ascii, picture(vec![one])));
            let line = page.lines().find(|line| line.contains("same.example.org")).expect("its row").to_owned();
            assert!(line.contains(&word), "{line}");
            // The sign alone tells it, too.
            assert!(told.insert(line.replace(&word, "")), "{word}: {line}");
        }
    }
    // Selection, leaving first and sharing stand in signs of their own.
    let page = text(&screen(80, 24, Theme::new(Depth::Mono, Ground::Dark), true, picture(rows())));
    assert_eq!(page.lines().filter(|line| line.starts_with('>')).count(), 1);
    assert!(page.contains("<1/4") && page.contains("=2/4"));
}

#[test]
fn the_header_says_whether_anything_may_be_written() {
    for (size, refused, allowed) in
        [((80, 24), "  RO\n", "  RW\n"), ((100, 30), "read-only   12:04Z", "read-write   12:04Z")]
    {
        let mut state = screen(size.0, size.1, DARK, false, picture(rows()));
        assert!(text(&state).contains(allowed));
        state.permits = fusebox::model::Permits::unsaid();
        assert!(text(&state).contains(refused) && !text(&state).contains(allowed));
    }
}

#[test]
fn hostile_and_wide_names_move_no_column() {
    let hostile = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\r\nb\tc",
        "漢字の店",
        "ｗｉｄｅ．ｅｘａｍｐｌｅ．ｏｒｇ．ｗｉｄｅ",
        "e\u{301}\u{302}\u{303}x",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦",
        "☎\u{fe0f}☎\u{fe0f}",
        "\u{202e}gro.elpmaxe",
        "🇩🇪🇫🇷",
        "한국어사이트.example",
        "नमस्ते",
    ];
    for (width, height) in [(60, 15), (80, 24), (100, 30), (160, 50)] {
        let plain = screen(
            width,
            height,
            DARK,
            false,
            picture(vec![row(Health::Fail, "a", ["acme/ops1", "1/4", "~30d", "7", "2m", "WHY!"])]),
        );
        let at = place(&draw(&plain), "WHY!");
        for name in hostile {
            let mut odd = row(Health::Fail, name, ["acme/ops1", "1/4", "~30d", "7", "2m", "WHY!"]);
            odd.user = Some(name.into());
            odd.reason = name.repeat(60);
            let state = screen(width, height, DARK, false, picture(vec![odd]));
            assert_eq!(place(&draw(&state), "WHY!"), at, "{width}x{height} {name:?}");
            // What a terminal makes of it, not only what the buffer says.
            let mut terminal =
                vt100::Parser::new(height.try_into().expect("rows"), width.try_into().expect("columns"), 0);
            terminal.process(b"\x1b[2J");
            terminal.process(ansi_at(&draw(&state)).as_bytes());
            let (y, x) = at.expect("drawn");
            assert_eq!(
                terminal.screen().rows(x, 4).nth(usize::from(y)).as_deref(),
                Some("WHY!"),
                "{width}x{height} {name:?}"
            );
        }
    }
}

fn place(buffer: &Buffer, text: &str) -> Option<(u16, u16)> {
    let signs: Vec<String> = text.chars().map(String::from).collect();
    let width = buffer.area.width;
    (0..buffer.area.height)
        .flat_map(|y| (0..width).map(move |x| (y, x)))
        .find(|(y, x)| signs.iter().zip(*x..).all(|(sign, x)| x < width && buffer[(x, *y)].symbol() == sign))
}

#[test]
fn what_changes_by_time_alone_is_foreseen() {
    let state = screen(80, 24, DARK, false, picture(rows()));
    // 12:04:30: the header's minute comes first, then nothing on the page is younger than a minute.
    let step = next_change(&state, now());
    assert!(step > now() && step <= now() + chrono::TimeDelta::seconds(30));
    let before = gallery::draw(&state, step - chrono::TimeDelta::milliseconds(1));
    assert_eq!(
        before.diff(&gallery::draw(&state, now())).into_iter().filter(|(x, y, _)| !seconds(&before, *x, *y)).count(),
        0
    );
    assert!(!before.diff(&gallery::draw(&state, step)).is_empty());
}

/// Whether a cell belongs to an age below a minute, which stands as it was drawn until the minute is full.
fn seconds(buffer: &Buffer, x: u16, y: u16) -> bool {
    let line: Vec<&str> = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
    let x = usize::from(x);
    line[x..].iter().find(|sign| !sign.chars().all(|c| c.is_ascii_digit())) == Some(&"s")
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        8 => proptest::sample::select("jkgGN/?srneupRq!acme ok.,x:<>\"0d-f".chars().collect::<Vec<_>>()).prop_map(Key::Char),
        1 => any::<char>().prop_filter("the edge lets no control character through", |c| !c.is_control()).prop_map(Key::Char),
        4 => proptest::sample::select(vec![
            Key::Enter, Key::Esc, Key::Backspace, Key::Delete, Key::Up, Key::Down, Key::Left, Key::Right,
            Key::PageUp, Key::PageDown, Key::Home, Key::End, Key::Ctrl('l'), Key::Ctrl('u'), Key::Ctrl('w'),
        ]),
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![
        12 => any_key().prop_map(Message::Key),
        1 => "\\PC{0,20}".prop_map(Message::Paste),
        2 => (1u16..500, 1u16..200).prop_map(|(w, h)| Message::Resize(Size::new(w, h))),
        2 => (0usize..60, any::<bool>()).prop_map(|(n, first)| {
            let mut picture = if first { loading() } else { picture(rows()) };
            let rows: Vec<_> = picture.rows.iter().take(n).cloned().collect();
            picture.counts = rows.iter().map(AsRef::as_ref).collect();
            picture.rows = rows.into();
            Message::Picture(picture)
        }),
        1 => Just(Message::Woke),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_key_breaks_a_page(
        width in 1u16..=500, height in 1u16..=200, messages in proptest::collection::vec(any_message(), 0..60), ascii: bool,
    ) {
        let mut state = screen(width, height, DARK, ascii, picture(rows()));
        for message in messages {
            tell(&mut state, message);
            let sites = state.sites();
            let under = sites.shown.get(sites.cursor).and_then(|i| state.picture.rows.get(*i));
            prop_assert_eq!(under.map(|row| &row.name), sites.selected.as_ref(), "the selection is a site that is shown");
            prop_assert!(sites.shown.iter().all(|i| *i < state.picture.rows.len()));
            prop_assert!(next_change(&state, now()) > now());
        }
        draw(&state);
        // A frame may come in another size than the last message said.
        let mut terminal = Terminal::new(TestBackend::new(height, width.min(200))).expect("a terminal");
        terminal.draw(|frame| view(&state, now(), frame)).expect("drawn");
    }
}

#[test]
fn every_small_size_is_drawn() {
    for width in 1..=90 {
        for height in 1..=30 {
            let mut state = screen(width, height, DARK, false, picture(rows()));
            draw(&state);
            keys(&mut state, "?");
            draw(&state);
        }
    }
}

#[test]
#[ignore = "writes a picture to look at: cargo test --test screens -- --ignored dump --nocapture"]
fn dump() {
    let get = |name: &str, or: &str| std::env::var(name).unwrap_or_else(|_| or.to_owned());
    let depth = match get("DEPTH", "true").as_str() {
        "256" => Depth::Indexed,
        "16" => Depth::Sixteen,
        "mono" => Depth::Mono,
        _ => Depth::True,
    };
    let ground = if get("GROUND", "dark") == "light" { Ground::Light } else { Ground::Dark };
    let (width, height) =
        get("SIZE", "80x24").split_once('x').map(|(w, h)| (w.parse().unwrap(), h.parse().unwrap())).unwrap();
    let fleet = if get("FLEET", "demo") == "loading" { loading() } else { picture(rows()) };
    let mut state = screen(width, height, Theme::new(depth, ground), false, fleet);
    keys(&mut state, &get("KEYS", ""));
    println!("{}", ansi(&draw(&state)));
}

fn ansi(buffer: &Buffer) -> String {
    (0..buffer.area.height).map(|y| ansi_rows(buffer, y..y + 1) + "\r\n").collect()
}

/// As the terminal gets it: with the cursor moved, and what a wide character covers left out.
fn ansi_at(buffer: &Buffer) -> String {
    let empty = Buffer::empty(buffer.area);
    written(empty.diff_iter(buffer))
}

fn ansi_rows(buffer: &Buffer, rows: std::ops::Range<u16>) -> String {
    let cells = rows.flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)));
    written(cells.map(|(x, y)| (x, y, &buffer[(x, y)])))
}

fn written<'a>(cells: impl Iterator<Item = (u16, u16, &'a Cell)>) -> String {
    let mut out = Vec::new();
    CrosstermBackend::new(&mut out).draw(cells).expect("drawn");
    String::from_utf8(out).expect("text")
}
