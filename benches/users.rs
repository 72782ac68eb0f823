//! What the list of users costs to open with ten thousand approvals: from the key to the frame, in one thread and without a
//! terminal.
//!
//! It has to be there at once: above 50 ms this ends with status 1, without optimization too, so the gate runs it as
//! `cargo bench --profile dev`.

use chrono::{DateTime, TimeDelta, Utc};
use fusebox::model::{Holder, OrgBoard, OrgFacts, OrgName, Rotation, SiteName, SiteRow, UserBoard, UserFacts, UserId};
use fusebox::protocol::Picture;
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
use fusebox::ui::message::Message;
use fusebox::ui::runtime::quiet::Quiet;
use fusebox::ui::state::State;
use fusebox::ui::theme::{Depth, Ground, Theme};
use fusebox::ui::update::update;
use fusebox::ui::view::view;
use ratatui::Terminal;
use ratatui::layout::Size;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

const WIDE: Size = Size::new(160, 50);
const SMALL: Size = Size::new(80, 24);
const SIZES: [fn() -> std::io::Result<Size>; 2] = [|| Ok(WIDE), || Ok(SMALL)];
const APPROVALS: usize = 10_000;
const A_USER: usize = 4;
const USERS_AN_ORG: usize = 25;
const MOST: Duration = Duration::from_millis(50);
/// A machine that does something else for a while is no reason to fail: the best of so many rounds counts.
const ROUNDS: usize = 5;

#[expect(clippy::print_stdout, reason = "a bench tells its figures")]
fn main() -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for size in SIZES {
        let Ok(at) = size() else { return ExitCode::FAILURE };
        let best = (0..ROUNDS).map(|_| measure(size)).min().unwrap_or(Duration::MAX);
        println!(
            "users with {APPROVALS} approvals open at {at} in {:.1} ms; at most {MOST:?}",
            best.as_secs_f64() * 1e3
        );
        if best > MOST {
            status = ExitCode::FAILURE;
        }
    }
    status
}

#[expect(clippy::disallowed_methods, reason = "a bench measures with the machine's clock")]
fn instant() -> Instant {
    Instant::now()
}

fn measure(sized: fn() -> std::io::Result<Size>) -> Duration {
    let size = sized().expect("a size");
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();
    let theme = Theme::new(Depth::True, Ground::Dark);
    let mut state = State::new("agency".to_owned(), true, theme, Glyphs::new(false), size);
    let mut terminal = Terminal::new(Quiet::new(Vec::new(), sized)).expect("a terminal in memory");
    update(&mut state, Message::Picture(fleet(now)), now);
    terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
    let began = instant();
    update(&mut state, Message::Key(Key::Char('2')), now);
    terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
    let took = began.elapsed();
    assert_eq!(state.screens.users.totals.approvals, APPROVALS);
    took
}

fn name(n: usize) -> SiteName {
    SiteName::new(format!("site{n:05}.example.com"))
}

fn fleet(now: DateTime<Utc>) -> Picture {
    let row = |n| Arc::new(SiteRow::unseen(name(n), format!("https://site{n:05}.example.com").as_str().into()));
    let rows: Vec<Arc<SiteRow>> = (0..APPROVALS).map(row).collect();
    let orgs = (APPROVALS / A_USER).div_ceil(USERS_AN_ORG);
    let boards = (0..orgs).map(|n| Arc::new(board(n, now))).collect();
    let counts = rows.iter().map(AsRef::as_ref).collect();
    Picture { rows: Arc::new(rows), boards: Arc::new(boards), counts, ..Picture::default() }
}

fn board(org: usize, now: DateTime<Utc>) -> OrgBoard {
    let users = (0..USERS_AN_ORG).map(|place| {
        let n = org * USERS_AN_ORG + place;
        UserBoard {
            id: UserId::parse(&format!("005{n:012}")).expect("fifteen digits"),
            name: format!("int{n}@example.com").as_str().into(),
            slots: (0..A_USER).map(|slot| Holder::Site { name: name(n * A_USER + slot) }).collect(),
            used: Some(4),
            facts: UserFacts { oldest_at: Some(now - TimeDelta::days(200)), ..UserFacts::default() },
        }
    });
    OrgBoard {
        name: OrgName::new(format!("org{org}")),
        url: "https://example.my.salesforce.com".into(),
        sandbox: Some(false),
        policy: None,
        policy_unit: None,
        rotation: Rotation::Off,
        slot_limit: 4,
        sites: USERS_AN_ORG * A_USER,
        users: users.collect(),
        refused: None,
        failure: None,
        answered_at: Some(now),
        clock_offset_s: 0,
        facts: OrgFacts::default(),
    }
}
