//! Approvals that are revoked from the screen: which one is meant, and what becomes of the dialog from which it was offered.

use super::*;
use crate::model::ledger::{Attribution, UserLedger};
use crate::model::{
    ActionClass, Approval, ApprovalId, Confirmation, Expiry, Holder, Intent, LedgerEntry, OrgBoard, OrgLedger, OrgName,
    Preview, ReadOnly, Revocable, Safer, Slot, UserBoard, UserFacts, UserId,
};
use crate::protocol::{OperationId, Question};

fn press(state: &mut State, key: Key, seconds: i64) -> Vec<Effect> {
    update(state, Message::Key(key), at(seconds))
}

fn id(byte: u8) -> ApprovalId {
    ApprovalId::from_bytes([byte; 16])
}

fn user() -> UserId {
    UserId::parse("005000000000001").expect("an id")
}

fn approval(byte: u8) -> Approval {
    Approval {
        id: id(byte),
        user: user(),
        app: "WP Fusion (OAuth)".into(),
        created_at: at(-100_000 + i64::from(byte)),
        last_used_at: None,
        use_count: 1,
    }
}

fn revoke(operation: OperationId) -> Command {
    Command::Revoke { id: operation, subject: Box::new(Revocable::left_behind(approval(2))) }
}

fn preview(title: &str, confirm: Confirmation, safer: Vec<Safer>) -> Preview {
    let (class, does) = (ActionClass::Write, vec!["It does this.".into()]);
    Preview { title: title.into(), class, loses: None, does, slots: None, steps: Vec::new(), safer, confirm }
}

fn answer(state: &mut State, id: OperationId, preview: Preview, command: Command, seconds: i64) {
    let question = Question { preview, command };
    update(state, Message::Event(Event::Preview(id, Ok(Box::new(question)))), at(seconds));
}

/// What the machinery is asked about.
fn asked(effects: &[Effect]) -> Vec<(OperationId, Intent)> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Send(Command::Preview { id, intent }) => Some((*id, intent.clone())),
        _ => None,
    });
    asked.collect()
}

fn with_slot(approval_id: Option<ApprovalId>) -> Picture {
    let slot = Slot {
        position: approval_id.map(|_| 1),
        used: Some(2),
        limit: 4,
        approval_id,
        next_out: true,
        tied: false,
        shared: false,
    };
    picture(vec![SiteRow { slot: Some(slot), org: Some(OrgName::new("acme")), ..row("d", Health::Fail) }])
}

fn given(state: &mut State, line: &str) -> Vec<Effect> {
    press(state, Key::Char(':'), 0);
    typed(state, line);
    press(state, Key::Enter, 0)
}

#[test]
fn the_sites_own_approval_is_meant_where_it_is_known_and_eight_digits_anywhere() {
    let mut state = state(with_slot(Some(id(7))));
    let own = Intent::Revoke(id(7).to_string().into());
    assert_eq!(asked(&given(&mut state, "revoke")), [(OperationId(1), own)]);
    let mut state = super::state(with_slot(None));
    assert_eq!(given(&mut state, "revoke"), [], "nobody knows which");
    press(&mut state, Key::Esc, 0);
    for view in ['1', '2', '3', '7'] {
        press(&mut state, Key::Char(view), 0);
        let effects = given(&mut state, "revoke 51ab03f2");
        let [(_, Intent::Revoke(named))] = &asked(&effects)[..] else { panic!("{view}: {effects:?}") };
        assert_eq!(named.as_str(), "51ab03f2");
        press(&mut state, Key::Esc, 0);
    }
    state.permits.fleet = Some(ReadOnly::Flag);
    assert_eq!(given(&mut state, "revoke 51ab03f2"), []);
}

fn entry(byte: u8) -> LedgerEntry {
    LedgerEntry {
        approval: approval(byte),
        created: approval(byte).created_at,
        used: None,
        observed_at: at(0),
        tenths_a_day: None,
        days: Vec::new(),
        next_out: false,
        tied: false,
        attribution: Attribution::default(),
        refresh_token: Expiry::Unknown { because: "nobody told".into() },
        orphan: None,
    }
}

/// The page of a user who holds so many approvals.
fn page(entries: u8) -> State {
    let slots = (0..entries).map(|_| Holder::Site { name: SiteName::new("a") }).collect();
    let board = UserBoard {
        id: user(),
        name: "ops1@acme".into(),
        slots,
        used: Some(entries.into()),
        facts: UserFacts::default(),
    };
    let board = OrgBoard { users: vec![board], ..OrgBoard::unknown("acme", "https://acme.example") };
    let mut state = state(Picture { boards: Arc::new(vec![Arc::new(board)]), ..fleet() });
    press(&mut state, Key::Char('2'), 0);
    let user = UserLedger {
        id: user(),
        name: "ops1@acme".into(),
        active: None,
        frozen: None,
        used: Some(entries.into()),
        limit: 4,
        seen_over_limit: None,
        entries: (0..entries).map(entry).collect(),
        departed: Vec::new(),
        unplaced: Vec::new(),
        other_apps: None,
    };
    let org = OrgName::new("acme");
    let ledger = OrgLedger { org: org.clone(), complete: true, refused: None, seen_at: Some(at(0)), users: vec![user] };
    update(&mut state, Message::Event(Event::Ledger(org, Some(Arc::new(ledger)))), at(0));
    press(&mut state, Key::Enter, 0);
    assert_eq!(state.context(), Context::User);
    state
}

#[test]
fn the_selected_approval_of_a_user_is_meant_and_stands_on_the_page() {
    let mut state = page(30);
    for place in 0..30 {
        assert_eq!(state.user_place(), Some(place));
        let rows = crate::ui::panes::user::rows_of(&state, place, at(0)).expect("its rows");
        let offset = state.user_page().expect("the page").offset;
        let height = crate::ui::panes::user::height(&state);
        assert!(offset <= rows.start && rows.start < offset + height, "{place}: {rows:?} from {offset}");
        let drawn = crate::ui::gallery::draw(&state, at(0));
        let page: Vec<String> = (0..24).map(|y| (0..80).map(|x| drawn[(x, y)].symbol()).collect()).collect();
        let lit = page.iter().find(|line| line.starts_with('>')).expect("a selected row");
        assert!(lit.contains(&id(u8::try_from(place).expect("small")).short()), "{place}: {lit}");
        press(&mut state, Key::Char('j'), 0);
    }
    let before = state.user_page().expect("the page").offset;
    press(&mut state, Key::Char('j'), 0);
    assert!(state.user_page().expect("the page").offset >= before, "behind the last approval it scrolls");
    assert_eq!(state.user_place(), Some(29));
    press(&mut state, Key::Char('g'), 0);
    assert_eq!((state.user_place(), state.user_page().map(|page| page.offset)), (Some(0), Some(0)));
    press(&mut state, Key::Char('j'), 0);
    let effects = given(&mut state, "revoke");
    assert_eq!(asked(&effects), [(OperationId(1), Intent::Revoke(id(1).to_string().into()))]);
    assert_eq!(given(&mut page(0), "revoke"), [], "there is none");
}

fn authorize() -> Intent {
    Intent::Authorize(SiteName::new("d"), None)
}

/// The dialog of a reauthorization that offers a revocation and another user, answered at second 1.
fn reauthorizing() -> State {
    let mut state = state(fleet());
    let effects = press(&mut state, Key::Char('a'), 0);
    assert_eq!(asked(&effects), [(OperationId(1), authorize())]);
    let step = |what: &str, intent| Safer { what: what.into(), costs: "loses nothing".into(), intent: Some(intent) };
    let safer = vec![
        step("revoke orphan 02020202 first", Intent::Revoke(id(2).to_string().into())),
        step("reauthorize as int-wp@acme", Intent::Authorize(SiteName::new("d"), Some(user()))),
    ];
    let confirm = Confirmation::Type { word: "news".into(), to: "To cut off news all the same".into() };
    let command =
        Command::Authorize { id: OperationId(1), site: SiteName::new("d"), org: OrgName::new("acme"), user: user() };
    answer(&mut state, OperationId(1), preview("Reauthorize d", confirm, safer), command, 1);
    state
}

#[test]
fn an_orphan_goes_first_and_the_reauthorization_is_asked_anew() {
    let mut state = reauthorizing();
    typed(&mut state, "ne");
    for _ in 0..2 {
        press(&mut state, Key::Backspace, 2);
    }
    let effects = press(&mut state, Key::Char('1'), 3);
    assert_eq!(asked(&effects), [(OperationId(2), Intent::Revoke(id(2).to_string().into()))]);
    let yes = preview("Revoke approval 02020202", Confirmation::Yes("revoke it".into()), Vec::new());
    answer(&mut state, OperationId(2), yes.clone(), revoke(OperationId(2)), 4);
    // Left alone, the first one stands as it was.
    let mut left = state.clone();
    press(&mut left, Key::Esc, 5);
    assert_eq!(left.context(), Context::Type);
    assert_eq!(press(&mut state, Key::Char('y'), 5), [Effect::Send(revoke(OperationId(2)))]);
    // Until it is over nothing can be confirmed.
    for key in [Key::Enter, Key::Char('y'), Key::Char('n'), Key::Char('1')] {
        assert_eq!(press(&mut state, key, 60), []);
    }
    typed(&mut state, "news");
    assert!(!state.facts().answered);
    let drawn = format!("{:?}", crate::ui::gallery::draw(&state, at(61)));
    assert!(drawn.contains("asked anew"), "{drawn}");
    let other = Event::ended(OperationId(9), true, "something else is over");
    assert_eq!(asked(&update(&mut state, Message::Event(other), at(62))), []);
    let over = Event::ended(OperationId(2), true, "approval 02020202 is gone");
    assert_eq!(asked(&update(&mut state, Message::Event(over), at(63))), [(OperationId(3), authorize())]);
    answer(&mut state, OperationId(3), yes, revoke(OperationId(3)), 64);
    assert_eq!(state.context(), Context::Confirm, "what it costs now is what it shows");
    // A revocation that nobody took is no reason to wait for ever.
    let mut state = reauthorizing();
    press(&mut state, Key::Char('1'), 3);
    let yes = preview("Revoke approval 02020202", Confirmation::Yes("revoke it".into()), Vec::new());
    answer(&mut state, OperationId(2), yes, revoke(OperationId(2)), 4);
    press(&mut state, Key::Char('y'), 5);
    let effects = update(&mut state, Message::Unsent(revoke(OperationId(2))), at(6));
    assert_eq!(asked(&effects), [(OperationId(3), authorize())]);
}

#[test]
fn a_step_in_the_place_of_another_leaves_no_dialog_behind() {
    let mut state = reauthorizing();
    let effects = press(&mut state, Key::Char('2'), 3);
    assert_eq!(asked(&effects), [(OperationId(2), Intent::Authorize(SiteName::new("d"), Some(user())))]);
    let yes = preview("Reauthorize d", Confirmation::Yes("send somebody to the browser".into()), Vec::new());
    let command =
        Command::Authorize { id: OperationId(2), site: SiteName::new("d"), org: OrgName::new("acme"), user: user() };
    answer(&mut state, OperationId(2), yes, command.clone(), 4);
    assert_eq!(press(&mut state, Key::Char('y'), 5), [Effect::Send(command)]);
    assert!(state.overlays.is_empty());
}
