//! What a key costs the console, by how many sites it knows: `update`, `view` and the bytes for the terminal, as the
//! program does it, in one thread and without a terminal.
//!
//! Opening the list of fields reads every line, sorts them and draws a page: that is held to a time, since it grows with the fleet.
//!
//! A frame builds visible rows alone, so ten thousand sites may cost no more than a page full does, give or take what
//! machines do; where they cost half again as much, this ends with status 1. Such a share holds on any machine and without optimization, so the gate runs it as
//! `cargo bench --profile dev`; for figures that mean something run `cargo bench`.

use chrono::{DateTime, TimeDelta, Utc};
use fusebox::model::{
    Dated, FieldsBoard, FieldsRow, Health, Holder, OrgBoard, OrgFacts, OrgName, Rotation, SiteDetail, SiteName,
    SiteRow, Slot, UserBoard, UserFacts, UserId,
};
use fusebox::protocol::{Command, Event, Picture};
use fusebox::ui::effect::Effect;
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

const SIZE: Size = Size::new(160, 50);
/// Sites of a fleet; the last but one fills the page, and is what the last is held to.
const FLEETS: [usize; 4] = [1, 40, 400, 10_000];
const MOST: f64 = 1.5;
/// Opening the list of fields takes no longer.
const LONGEST: Duration = Duration::from_millis(50);
const KEYS: usize = 300;
/// A machine that does something else for a while is no reason to fail: the best of so many rounds counts.
const ROUNDS: usize = 5;

/// What was measured with one fleet.
struct Cost {
    /// From the picture to its first frame.
    picture: Duration,
    /// One key, the middle one of all.
    key: Duration,
    /// Bytes that one key wrote, the middle one of all.
    bytes: usize,
    /// From the key that opens the list of fields to its frame with all that is known.
    fields: Duration,
}

fn main() -> ExitCode {
    let mut best: Vec<Cost> = FLEETS.into_iter().map(measure).collect();
    for _ in 1..ROUNDS {
        for (best, sites) in best.iter_mut().zip(FLEETS) {
            let again = measure(sites);
            best.key = best.key.min(again.key);
            best.picture = best.picture.min(again.picture);
            best.fields = best.fields.min(again.fields);
        }
    }
    report(&best)
}

#[expect(clippy::print_stdout, reason = "a bench tells its figures")]
fn report(costs: &[Cost]) -> ExitCode {
    println!("{:>8}  {:>12}  {:>10}  {:>10}  {:>10}", "sites", "new picture", "key p50", "bytes p50", "fields");
    for (cost, sites) in costs.iter().zip(FLEETS) {
        let micros = |span: Duration| format!("{:.0} us", span.as_secs_f64() * 1e6);
        let [picture, key, fields] = [cost.picture, cost.key, cost.fields].map(micros);
        println!("{sites:>8}  {picture:>12}  {key:>10}  {:>10}  {fields:>10}", cost.bytes);
    }
    let [.., some, many] = costs else { return ExitCode::FAILURE };
    let share = many.key.as_secs_f64() / some.key.as_secs_f64();
    println!("a key with {} sites costs {share:.2} of one with {}; at most {MOST}", FLEETS[3], FLEETS[2]);
    println!("opening the fields of {} sites took {:?}; at most {LONGEST:?}", FLEETS[3], many.fields);
    if share <= MOST && many.fields <= LONGEST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures with the machine's clock")]
fn instant() -> Instant {
    Instant::now()
}

/// A console of so many sites that moves down and up again, each move answered with the site in full.
fn measure(sites: usize) -> Cost {
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();
    let theme = Theme::new(Depth::True, Ground::Dark);
    let mut state = State::new("agency".to_owned(), true, theme, Glyphs::new(false), SIZE);
    let mut terminal = Terminal::new(Quiet::new(Vec::new(), || Ok(SIZE))).expect("a terminal in memory");
    let fleet = fleet(sites, now);
    let began = instant();
    tell(&mut state, Message::Picture(fleet), now);
    terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
    let picture = began.elapsed();
    let mut keys = Vec::new();
    let mut bytes = Vec::new();
    let mut written = terminal.backend().out().len();
    for n in 0..KEYS {
        let now = now + TimeDelta::seconds(i64::try_from(n).unwrap_or_default());
        let key = if (n / 30).is_multiple_of(2) { 'j' } else { 'k' };
        let began = instant();
        tell(&mut state, Message::Key(Key::Char(key)), now);
        terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
        keys.push(began.elapsed());
        bytes.push(terminal.backend().out().len() - written);
        written = terminal.backend().out().len();
    }
    keys.sort_unstable();
    bytes.sort_unstable();
    let row = |row: &Arc<SiteRow>| FieldsRow {
        site: row.name.clone(),
        mapped: Some(Dated::new(now, 44)),
        stored: Some(212),
        read: None,
        later: None,
    };
    let board = Arc::new(FieldsBoard { rows: state.picture.rows.iter().map(row).collect() });
    let began = instant();
    tell(&mut state, Message::Key(Key::Char('4')), now);
    terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
    tell(&mut state, Message::Event(Event::Fields(board)), now);
    terminal.draw(|frame| view(&state, now, frame)).expect("memory takes all");
    Cost { picture, key: keys[KEYS / 2], bytes: bytes[KEYS / 2], fields: began.elapsed() }
}

/// Gives `message` to the screen, and answers what it asks for.
fn tell(state: &mut State, message: Message, now: DateTime<Utc>) {
    for effect in update(state, message, now) {
        let Effect::Send(Command::Describe(name)) = effect else { continue };
        let row = state.picture.rows.iter().find(|row| row.name == name).cloned();
        let detail = row.map(|row| Box::new(detail(&row)));
        update(state, Message::Event(Event::Detail(name, detail)), now);
    }
}

/// A fleet of orgs of thirteen sites, a third of them in trouble, four to a user.
fn fleet(sites: usize, now: DateTime<Utc>) -> Picture {
    let rows: Vec<Arc<SiteRow>> = (0..sites).map(|n| Arc::new(row(n, now))).collect();
    let boards = (0..sites.div_ceil(13)).map(|n| Arc::new(board(n, now))).collect();
    let counts = rows.iter().map(AsRef::as_ref).collect();
    Picture { rows: Arc::new(rows), boards: Arc::new(boards), counts, ..Picture::default() }
}

fn name(n: usize) -> SiteName {
    SiteName::new(format!("site{n:05}.example.com"))
}

fn row(n: usize, now: DateTime<Utc>) -> SiteRow {
    let health = [Health::Ok, Health::Fail, Health::Ok, Health::Warn, Health::Ok, Health::Ok][n % 6];
    let ago = TimeDelta::minutes(i64::try_from(n % 600).unwrap_or_default());
    SiteRow {
        org: Some(OrgName::new(format!("org{}", n / 13))),
        user: Some(format!("int{}@example.com", n / 4).as_str().into()),
        health,
        reason: "the app's secret changed".to_owned(),
        why: "app's secret changed".to_owned().into(),
        since: Some(now - ago),
        proof_at: Some(now - ago),
        slot: Some(Slot {
            position: u32::try_from(n % 4 + 1).ok(),
            used: Some(4),
            limit: 4,
            approval_id: None,
            next_out: n.is_multiple_of(4),
            tied: false,
            shared: false,
        }),
        use_count: u32::try_from(n % 97).ok(),
        observed_at: Some(now - ago),
        ..SiteRow::unseen(name(n), format!("https://site{n:05}.example.com").as_str().into())
    }
}

fn board(n: usize, now: DateTime<Utc>) -> OrgBoard {
    let users = (0..4).map(|user| UserBoard {
        id: UserId::parse(&format!("005{:012}", n * 4 + user)).expect("fifteen digits"),
        name: format!("int{}@example.com", n * 4 + user).as_str().into(),
        slots: (0..4).map(|slot| Holder::Site { name: name(n * 13 + user * 4 + slot) }).collect(),
        used: Some(4),
        facts: UserFacts::default(),
    });
    OrgBoard {
        name: OrgName::new(format!("org{n}")),
        url: "https://example.my.salesforce.com".into(),
        sandbox: Some(false),
        policy: None,
        policy_unit: None,
        rotation: Rotation::Off,
        slot_limit: 4,
        sites: 13,
        users: users.collect(),
        refused: None,
        failure: None,
        answered_at: Some(now),
        clock_offset_s: 0,
        facts: OrgFacts::default(),
    }
}

fn detail(row: &SiteRow) -> SiteDetail {
    SiteDetail {
        row: row.clone(),
        wire: Vec::new(),
        wire_ends_at: None,
        findings: Vec::new(),
        reach: None,
        status: None,
        log: None,
        org: row.org.clone(),
        user: None,
        approvals: Vec::new(),
        departed: Vec::new(),
    }
}
