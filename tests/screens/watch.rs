//! The page of an authorization: its link in the terminal, and its code.

use crate::fleet::stage;
use crate::{DARK, text};
use fusebox::model::{ApprovalId, Ending};
use fusebox::protocol::{Command, Event};
use fusebox::ui::effect::Effect;
use fusebox::ui::gallery::{self, Scenario, Stage};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
use fusebox::ui::message::Message;
use fusebox::ui::state::State;
use fusebox::ui::update::update;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::Color;

fn scenario(name: &str) -> (Scenario, Stage) {
    let scenarios = gallery::scenarios().expect("the gallery's data is right");
    let scenario = scenarios.into_iter().find(|scenario| scenario.name == name).expect("a scenario");
    let fleet = stage(scenario.fleet);
    (scenario, fleet)
}

fn shown(name: &str, size: (u16, u16), ascii: bool) -> (State, Stage) {
    let (scenario, fleet) = scenario(name);
    (scenario.play(&fleet, Size::from(size), DARK, Glyphs::new(ascii)), fleet)
}

/// The signs of the cells that are marked as a link, in the order of the page.
fn marked(page: &Buffer) -> String {
    page.content.iter().filter(|cell| cell.underline_color != Color::Reset).map(Cell::symbol).collect()
}

#[test]
fn the_link_of_the_page_is_one_in_the_terminal() {
    for size in [(80, 24), (120, 32), (160, 50)] {
        let (mut state, fleet) = shown("reauthorize-waiting", size, false);
        let link = state.linked().expect("a link").url;
        assert_eq!(marked(&gallery::draw(&state, fleet.now)), link, "the whole of it, and nothing else");
        // Nothing that lies over the page leads anywhere.
        for over in ['?', ':', 'x'] {
            fleet.tell(&mut state, Message::Key(Key::Char(over)));
            assert_eq!((state.linked(), marked(&gallery::draw(&state, fleet.now)).as_str()), (None, ""), "{over}");
            fleet.tell(&mut state, Message::Key(Key::Esc));
        }
        assert_eq!(state.linked().map(|link| link.url), Some(link));
    }
    let (state, fleet) = shown("reauthorize-verified", (80, 24), false);
    assert_eq!((state.linked(), marked(&gallery::draw(&state, fleet.now)).as_str()), (None, ""), "it is over");
}

#[test]
fn a_key_shows_the_code_turns_it_and_takes_it_away() {
    let (mut state, fleet) = shown("reauthorize-waiting", (160, 50), false);
    let plain = text(&state);
    let press = |state: &mut State| {
        fleet.tell(state, Message::Key(Key::Char('Q')));
        gallery::draw(state, fleet.now)
    };
    let (shown, swapped) = (press(&mut state), press(&mut state));
    let code = |page: &Buffer, black: bool| {
        let style = DARK.code();
        let colours = if black { (style.fg, style.bg) } else { (style.bg, style.fg) };
        page.content.iter().filter(|cell| (Some(cell.fg), Some(cell.bg)) == colours).count()
    };
    // 49 modules and the margin of 4 on either side.
    assert_eq!((code(&shown, true), code(&shown, false)), (57 * 29, 0));
    assert_eq!((code(&swapped, true), code(&swapped, false)), (0, 57 * 29));
    press(&mut state);
    assert_eq!(text(&state), plain);
}

#[test]
fn a_terminal_too_small_for_the_code_says_how_large_it_must_be_and_that_is_enough() {
    let (state, _) = shown("reauthorize-code-too-small", (80, 24), false);
    let page = text(&state);
    let told = page.split_once("needs a terminal of 80x").expect("the size is told").1;
    let height: u16 = told.split(':').next().and_then(|height| height.parse().ok()).expect("a height");
    for (height, fits) in [(height - 1, false), (height, true)] {
        let (state, _) = shown("reauthorize-code-too-small", (80, height), false);
        assert_eq!(text(&state).contains('\u{2580}'), fits, "{}", text(&state));
        assert_eq!(text(&state).contains("needs a terminal"), !fits);
    }
}

#[test]
fn no_code_is_offered_where_there_are_no_blocks() {
    let (mut state, fleet) = shown("reauthorize-code", (120, 32), true);
    assert!(!text(&state).contains("Q QR"), "{}", text(&state));
    fleet.tell(&mut state, Message::Key(Key::Char('Q')));
    assert!(text(&state).contains("it needs block characters"), "{}", text(&state));
    assert!(shown("reauthorize-code", (120, 32), false).0.facts().code.is_ok());
}

#[test]
fn what_was_to_be_sent_meanwhile_is_told_and_the_log_is_a_key_away() {
    let (mut state, fleet) = shown("reauthorize-verified", (80, 24), false);
    let page = text(&state);
    assert!(page.contains("was down for 26m"), "{page}");
    assert!(page.contains("5 errors in the plugin's log since 11:38Z"), "{page}");
    fleet.tell(&mut state, Message::Key(Key::Char('l')));
    let page = text(&state);
    let row = |words: &str| page.lines().position(|line| line.contains(words));
    assert_eq!(state.site_page().map(|page| page.name.as_str()), Some("shop.example.org"));
    assert!(row("errors only").is_some_and(|row| row < 8), "{page}");
    fleet.tell(&mut state, Message::Key(Key::Esc));
    assert!(text(&state).contains("connected again"), "back where one was");

    // From the list, too; there the answer comes after the page is open.
    let mut state = fleet.screen(Size::new(80, 24), DARK, Glyphs::new(false));
    fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
    fleet.tell(&mut state, Message::Key(Key::Char('l')));
    let opened = text(&state);
    assert!(opened.lines().take(8).any(|line| line.contains("errors only")), "{opened}");
    // Whoever scrolls is not taken back by the next answer.
    fleet.tell(&mut state, Message::Key(Key::Char('g')));
    let top = text(&state);
    fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
    assert_eq!(text(&state), top);
}

#[test]
fn each_ending_is_told_in_its_own_words_with_what_to_do() {
    let approval = ApprovalId::from_bytes([0xab; 16]);
    let said = || "Salesforce said this".into();
    let endings = [
        (Ending::NotVerified { text: said() }, "authorized, and not verified"),
        (Ending::WrongOrg { org: "delta".into(), kept: false }, "wrong org"),
        (Ending::WrongUser { user: "ops9@acme".into(), kept: true }, "wrong user"),
        (Ending::Abandoned { approval }, "abandoned half way"),
        (Ending::GivenUp, "nobody came"),
        (Ending::Denied, "denied"),
        (Ending::NotInstalled { text: said() }, "the app is not installed"),
        (Ending::Blocked { text: said() }, "the app is blocked"),
        (Ending::Refused { text: said() }, "refused"),
    ];
    for (ending, head) in endings {
        let (mut state, fleet) = shown("reauthorize-waiting", (80, 24), false);
        let id = state.watch_page().expect("its page").id;
        let mut watching = state.watch().expect("one that is watched").clone();
        let advice = ending.advice().expect("something to do").replace("SITE", "shop.example.org");
        watching.standing.ending = Some(ending.clone());
        fleet.tell(&mut state, Message::Event(Event::Watching(id, Box::new(watching))));
        let page = text(&state);
        assert!(page.contains(&format!("{head}    shop.example.org")), "{head}: {page}");
        let words: Vec<&str> = page.split_whitespace().collect();
        let advised: Vec<&str> = advice.split_whitespace().collect();
        assert!(words.windows(advised.len()).any(|some| some == advised), "{advice}: {page}");
        if let Ending::Refused { .. } | Ending::Blocked { .. } | Ending::NotInstalled { .. } = ending {
            assert!(page.contains("Salesforce said this"), "{page}");
        }
        assert!(!page.contains("paste the address") && !page.contains("was down"), "{page}");
        // An address that comes too late is taken nowhere.
        assert_eq!(update(&mut state, Message::Paste("https://x/?code=1".to_owned()), fleet.now), []);
    }
    let (mut state, fleet) = shown("reauthorize-waiting", (80, 24), false);
    assert!(text(&state).contains("paste the address"), "{}", text(&state));
    let effects = update(&mut state, Message::Paste("https://x/?code=PLANTED".to_owned()), fleet.now);
    let [Effect::Send(Command::Pasted { site, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(site.as_str(), "shop.example.org");
    assert!(!format!("{effects:?}{state:?}").contains("PLANTED"), "nothing of it is kept");
}
