//! The page of a plan: for whom it is made, what became of its steps, and what doing one means.

use super::*;
use crate::model::{
    ActionClass, ApprovalId, Intent, LeftOut, OrgId, OrgName, Plan, PlanOrg, PlanStep, PlanTold, ReadOnly, StepState,
    UserId,
};
use crate::protocol::OperationId;
use crate::ui::gallery::draw;

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    update(state, Message::Key(key), at(0))
}

fn given(state: &mut State, line: &str) -> Vec<Effect> {
    press(state, Key::Char(':'));
    typed(state, line);
    press(state, Key::Enter)
}

fn names(names: &[&str]) -> Vec<SiteName> {
    names.iter().map(|name| SiteName::new(*name)).collect()
}

fn user() -> UserId {
    UserId::parse("005000000000001").expect("an id")
}

fn told(sites: Vec<SiteName>, states: Vec<StepState>) -> Arc<PlanTold> {
    let org = OrgName::new("acme");
    let revoke = PlanStep::Revoke {
        org: org.clone(),
        user: user(),
        user_name: "ops1@acme.example".into(),
        approval: ApprovalId::from_bytes([2; 16]),
        approval_made_at: at(-9),
        why: "left behind".into(),
    };
    let authorize = PlanStep::Authorize {
        org: org.clone(),
        site: SiteName::new("d"),
        user: user(),
        user_name: "ops1@acme.example".into(),
        cause: Some(Cause::Evicted),
        own_user: true,
        removes: Vec::new(),
        why: "the slot of 02020202, revoked before".into(),
    };
    let acme = PlanOrg {
        name: org,
        id: OrgId::parse("00D000000000001").expect("an id"),
        slot_limit: 4,
        approvals_seen_at: None,
        without_slot: names(&["b"]),
        missing_users: 1,
        notes: Vec::new(),
        users: Vec::new(),
    };
    let left_out = vec![LeftOut { site: SiteName::new("a"), reason: "app_blocked".into() }];
    let plan = Plan { made_at: at(0), orgs: vec![acme], steps: vec![revoke, authorize], left_out };
    Arc::new(PlanTold { sites, plan, states, stale: Vec::new() })
}

fn tell(state: &mut State, told: &Arc<PlanTold>) {
    update(state, Message::Event(Event::Plan(Arc::clone(told))), at(0));
}

fn asks(sites: &[&str], made: Option<&Arc<PlanTold>>) -> Effect {
    Effect::Send(Command::Plan { sites: names(sites), made: made.cloned() })
}

#[test]
fn all_that_is_broken_or_what_is_marked_is_planned() {
    let mut state = state(fleet());
    assert_eq!(given(&mut state, "plan"), [asks(&[], None)]);
    assert_eq!(state.context(), Context::Plan);
    press(&mut state, Key::Esc);
    assert_eq!(state.context(), Context::Sites);
    // One mark is a site like any other, and more are a batch: worst first, as the list has them.
    press(&mut state, Key::Char(' '));
    let one = press(&mut state, Key::Char('a'));
    let intent = Intent::Authorize(SiteName::new("d"), None);
    assert_eq!(one, [Effect::Send(Command::Preview { id: OperationId(1), intent })]);
    press(&mut state, Key::Esc);
    press(&mut state, Key::Char(' '));
    assert_eq!(press(&mut state, Key::Char('a')), [asks(&["d", "b"], None)]);
    press(&mut state, Key::Esc);
    assert_eq!(given(&mut state, "plan"), [asks(&["d", "b"], None)]);
    // An answer that is late, for other sites, is not shown for these.
    tell(&mut state, &told(Vec::new(), vec![StepState::Ready, StepState::Ready]));
    assert!(state.screens.plan.have.is_none());
    update(&mut state, Message::Unsent(Command::Plan { sites: names(&["d", "b"]), made: None }), at(0));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.starts_with("not done")));
}

#[test]
fn a_step_opens_its_own_dialog_and_what_is_done_shows_when_the_fleet_says_so() {
    let mut state = state(fleet());
    given(&mut state, "plan");
    let made = told(Vec::new(), vec![StepState::Ready, StepState::Ready]);
    tell(&mut state, &made);
    assert_eq!(state.screens.plan.len(), 4);
    let asked = |effects: &[Effect]| match effects {
        [Effect::Send(Command::Preview { intent, .. })] => Some(intent.clone()),
        _ => None,
    };
    let revoke = Intent::Revoke(ApprovalId::from_bytes([2; 16]).to_string().into());
    assert_eq!(asked(&press(&mut state, Key::Enter)), Some(revoke));
    press(&mut state, Key::Esc);
    press(&mut state, Key::Char('j'));
    let authorize = Intent::Authorize(SiteName::new("d"), Some(user()));
    assert_eq!(asked(&press(&mut state, Key::Enter)), Some(authorize));
    press(&mut state, Key::Esc);
    // The same picture again is no reason to ask; another one is.
    let same = state.picture.clone();
    assert_eq!(update(&mut state, Message::Picture(same), at(1)), []);
    assert_eq!(update(&mut state, Message::Picture(fleet()), at(2)), [asks(&[], Some(&made))]);
    assert_eq!(update(&mut state, Message::Picture(fleet()), at(3)), [], "one question at a time");
    let moved = StepState::Moved { why: "its oldest approval is news's".into() };
    let later = told(Vec::new(), vec![StepState::Done { seen: "approval 02020202 is gone".into() }, moved]);
    tell(&mut state, &later);
    let page = |state: &State| {
        let drawn = draw(state, at(4));
        let line = |y| (0..80).map(|x| drawn[(x, y)].symbol()).collect::<String>() + "\n";
        (0..24).map(line).collect::<String>()
    };
    let shown = page(&state);
    for words in ["1 of 2 done", "1 holds no more", "1 user missing", "approval 02020202 is", "news's"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for (place, said) in [(0, "it is done"), (1, "plan anew"), (2, "no slot for b"), (3, "app_blocked")] {
        state.screens.plan.cursor = place;
        assert_eq!(press(&mut state, Key::Enter), [], "{said}");
        assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains(said)), "{said}: {:?}", state.notice);
    }
    assert_eq!(press(&mut state, Key::Char('R')), [asks(&[], None)]);
    for step in ['G', 'g', 'j', 'k', '.', ','] {
        press(&mut state, Key::Char(step));
        draw(&state, at(5));
    }
}

#[test]
fn where_nothing_may_be_spent_the_plan_is_a_look_and_its_steps_are_refused() {
    let mut state = state(fleet());
    state.permits.fleet = Some(ReadOnly::Flag);
    assert_eq!(given(&mut state, "plan"), [asks(&[], None)]);
    tell(&mut state, &told(Vec::new(), vec![StepState::Ready, StepState::Ready]));
    assert_eq!(press(&mut state, Key::Enter), []);
    assert!(state.overlays.is_empty());
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains(ReadOnly::Flag.reason())));
    let drawn = draw(&state, at(0));
    let keys: String = (0..80).map(|x| drawn[(x, 23)].symbol()).collect();
    assert!(!keys.contains("do this step") && keys.contains("plan anew"), "{keys}");
    let steps: Vec<_> = crate::ui::action::TABLE.iter().filter(|entry| entry.id == "plan-step").collect();
    assert!(steps.iter().all(|entry| entry.class == ActionClass::Spend && entry.is_hidden(state.facts())));
}
