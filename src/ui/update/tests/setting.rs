//! Settings chosen anew: what is offered, the dry run that is read before it is confirmed, and the last change taken back.

use super::questions::{answer, command, ms, preview, sent, typed_word};
use super::*;
use crate::model::dry_run::{DryLine, DryRun, Impact, Offer, Offered};
use crate::model::{ActionClass, Confirmation, Preview, SegmentKind};
use crate::protocol::{OperationId, Question};
use crate::ui::gallery::draw;

fn press(state: &mut State, key: Key, time: i64) -> Vec<Effect> {
    update(state, Message::Key(key), ms(time))
}

fn tell(state: &mut State, event: Event, time: i64) {
    assert_eq!(sent(&update(state, Message::Event(event), ms(time))), 0);
}

fn offer(names: &[&str], present: &str) -> Offer {
    let one =
        |name: &&str| Offered { name: (*name).into(), label: format!("{name}s").into(), present: *name == present };
    Offer { choices: names.iter().map(one).collect(), notes: Vec::new() }
}

fn run(lines: usize) -> DryRun {
    let line = |n: usize| DryLine {
        impact: if n < 2 { Impact::Breaks } else { Impact::Same },
        named: format!("field_{n}").into(),
        from: "A".into(),
        to: "A".into(),
        so: "so".into(),
    };
    DryRun {
        from: Some("Contact".into()),
        to: "Lead".into(),
        lines: (0..lines).map(line).collect(),
        then: vec!["it reads fields again".into()],
        notes: Vec::new(),
    }
}

/// The choice of the selected site's object type, open since the time 0.
fn choosing() -> (State, OperationId) {
    let mut state = state(fleet());
    let effects = press(&mut state, Key::Char('O'), 0);
    let [Effect::Send(Command::Offer { id, site, setting: SettingKind::ObjectType })] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(site.as_str(), "d", "the selected one");
    let id = *id;
    (state, id)
}

/// A dry run that is shown, with this question under it since the time 0.
pub(super) fn shown(preview: Preview) -> State {
    let (mut state, id) = choosing();
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Contact", "Lead"], "Contact")))), -200);
    for letter in "lead".chars() {
        assert_eq!(press(&mut state, Key::Char(letter), -150), []);
    }
    let effects = press(&mut state, Key::Enter, -100);
    let [Effect::Send(Command::Preview { id, intent: Intent::ObjectType(site, object) })] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((site.as_str(), object.as_str()), ("d", "Lead"));
    let id = *id;
    tell(&mut state, Event::DryRun(id, Box::new(run(40))), -50);
    answer(&mut state, id, preview);
    state
}

#[test]
fn what_is_offered_is_narrowed_by_typing_and_what_the_site_has_is_told() {
    let (mut state, id) = choosing();
    assert_eq!(press(&mut state, Key::Enter, 100), [], "there is nothing to take yet");
    tell(&mut state, Event::Asks(id, "what d offers".into()), 150);
    assert!(format!("{:?}", draw(&state, ms(3000))).contains("waits for what d offers"));
    tell(&mut state, Event::Offer(OperationId(99), Ok(Box::new(offer(&["X"], "X")))), 200);
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Account", "Contact", "Lead"], "Contact")))), 200);
    assert_eq!(state.context(), Context::Choose);
    assert_eq!(press(&mut state, Key::Enter, 300), [], "it has that already");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text == "d syncs to Contact already"));
    press(&mut state, Key::Down, 300);
    let effects = press(&mut state, Key::Enter, 400);
    let [Effect::Send(Command::Preview { intent, .. })] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*intent, Intent::ObjectType(SiteName::new("d"), "Lead".into()));
    // Nothing that is typed there is a command: q is a letter, and what is not offered can not be taken.
    let (mut state, id) = choosing();
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Contact", "Lead"], "Contact")))), 200);
    for letter in "qq".chars() {
        press(&mut state, Key::Char(letter), 300);
    }
    assert_eq!(press(&mut state, Key::Enter, 400), []);
    assert!(format!("{:?}", draw(&state, ms(400))).contains("nothing is named so"));
}

#[test]
fn who_leaves_while_the_site_is_asked_ends_the_asking() {
    let (mut state, id) = choosing();
    assert_eq!(press(&mut state, Key::Esc, 100), [Effect::Send(Command::Leave(id))]);
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Lead"], "")))), 200);
    assert!(state.overlays.is_empty(), "a choice that was left stays left");
    let mut state = shown(preview("Object type", typed_word("Lead")));
    assert_eq!(press(&mut state, Key::Esc, 400), [], "it was asked to its end");
    let (mut state, id) = choosing();
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Lead"], "")))), 0);
    press(&mut state, Key::Enter, 100);
    let id = OperationId(2);
    tell(&mut state, Event::Asks(id, "what Lead is made of".into()), 150);
    for key in [Key::Char('y'), Key::Enter, Key::Down, Key::Tab] {
        assert_eq!(press(&mut state, key, 5000), [], "{key}");
    }
    assert!(format!("{:?}", draw(&state, ms(5000))).contains("what Lead is made of"));
    assert_eq!(press(&mut state, Key::Esc, 5100), [Effect::Send(Command::Leave(id))]);
    tell(&mut state, Event::DryRun(id, Box::new(run(4))), 5200);
    assert!(state.overlays.is_empty());
}

#[test]
fn a_dry_run_scrolls_and_shows_what_breaks_alone() {
    let mut state = shown(preview("Object type", typed_word("Lead")));
    assert_eq!(state.context(), Context::Type);
    let page = |state: &State| format!("{:?}", draw(state, ms(500)));
    assert!(page(&state).contains("field_0 ") && !page(&state).contains("field_39"));
    for _ in 0..9 {
        press(&mut state, Key::PageDown, 500);
    }
    assert!(page(&state).contains("field_39") && page(&state).contains("type Lead"), "{}", page(&state));
    for _ in 0..60 {
        press(&mut state, Key::Up, 600);
    }
    assert!(page(&state).contains("field_0 "));
    press(&mut state, Key::Tab, 700);
    assert!(page(&state).contains("field_1 ") && !page(&state).contains("field_2 "));
    press(&mut state, Key::Tab, 700);
    assert!(page(&state).contains("field_2 "));
    for letter in "Lead".chars() {
        press(&mut state, Key::Char(letter), 800);
    }
    assert_eq!(press(&mut state, Key::Enter, 2000), [Effect::Send(command(OperationId(2)))]);
}

#[test]
fn a_dry_run_is_copied_as_csv_while_nothing_is_typed() {
    let mut state = shown(preview("Object type", typed_word("Lady__c")));
    assert!(format!("{:?}", draw(&state, ms(500))).contains("y copy as CSV"));
    let copied = press(&mut state, Key::Char('y'), 500);
    let [Effect::Copy(text)] = &copied[..] else { panic!("{copied:?}") };
    assert_eq!(text.lines().count(), 41, "those too that are not visible");
    assert!(text.contains("breaks,field_1,A,A,so\n"), "{text}");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("40 lines as CSV")));
    for letter in "Lady__c".chars() {
        assert_eq!(press(&mut state, Key::Char(letter), 600), [], "a letter of the word");
    }
    assert_eq!(press(&mut state, Key::Enter, 2000), [Effect::Send(command(OperationId(2)))]);
    // Where the word begins with it, it is that letter from the first.
    let mut state = shown(preview("Object type", typed_word("y__c")));
    assert!(!format!("{:?}", draw(&state, ms(500))).contains("copy as CSV"));
    assert_eq!(press(&mut state, Key::Char('y'), 500), []);
    let Some(Overlay::Confirm(confirm)) = state.overlays.last() else { panic!("{:?}", state.overlays) };
    assert_eq!(confirm.typed.value(), "y");
}

#[test]
fn what_can_not_be_done_is_read_and_never_confirmed() {
    let (mut state, id) = choosing();
    tell(&mut state, Event::Offer(id, Ok(Box::new(offer(&["Lead"], "")))), 0);
    press(&mut state, Key::Enter, 100);
    let id = OperationId(2);
    tell(&mut state, Event::DryRun(id, Box::new(run(40))), 200);
    tell(&mut state, Event::Preview(id, Err("code on d sets the object type".to_owned())), 250);
    assert_eq!(state.context(), Context::Told);
    let page = format!("{:?}", draw(&state, ms(600)));
    assert!(page.contains("code on d sets") && page.contains("nothing can be changed here"), "{page}");
    assert!(matches!(&press(&mut state, Key::Char('y'), 650)[..], [Effect::Copy(_)]), "and take it along");
    for key in [Key::Enter, Key::Char('L')] {
        assert_eq!(press(&mut state, key, 700), [], "{key}");
    }
    press(&mut state, Key::PageDown, 700);
    assert!(!format!("{:?}", draw(&state, ms(700))).contains("field_0 "), "one can read on");
    press(&mut state, Key::Char('q'), 800);
    assert!(state.overlays.is_empty());
}

#[test]
fn a_picklist_asks_for_its_field_and_a_kind_for_nothing_more() {
    let mut state = state(fleet());
    for letter in ":segment-type b".chars() {
        press(&mut state, Key::Char(letter), 0);
    }
    let effects = press(&mut state, Key::Enter, 0);
    let b = SiteName::new("b");
    let asks = |id, setting| Effect::Send(Command::Offer { id: OperationId(id), site: b.clone(), setting });
    assert_eq!(effects, [asks(1, SettingKind::SegmentType)]);
    let kinds = offer(&["Topics", "Picklist", "Personal", "Public"], "Topics");
    tell(&mut state, Event::Offer(OperationId(1), Ok(Box::new(kinds.clone()))), 0);
    press(&mut state, Key::Down, 0);
    assert_eq!(press(&mut state, Key::Enter, 0), [asks(2, SettingKind::Picklist)]);
    tell(&mut state, Event::Offer(OperationId(2), Ok(Box::new(offer(&["Tags__c"], "")))), 0);
    let meant = |kind, field: Option<&str>| Intent::SegmentType(b.clone(), kind, field.map(Into::into));
    let intent = meant(SegmentKind::Picklist, Some("Tags__c"));
    let preview = Effect::Send(Command::Preview { id: OperationId(3), intent });
    assert_eq!(press(&mut state, Key::Enter, 0), [preview]);
    assert_eq!(press(&mut state, Key::Esc, 0), [Effect::Send(Command::Leave(OperationId(3)))]);

    let effects = choose::open(&mut state, b.clone(), SettingKind::SegmentType, ms(0));
    assert_eq!(effects, asks(4, SettingKind::SegmentType));
    tell(&mut state, Event::Offer(OperationId(4), Ok(Box::new(kinds))), 0);
    for letter in "pers".chars() {
        press(&mut state, Key::Char(letter), 0);
    }
    let intent = meant(SegmentKind::Personal, None);
    assert_eq!(press(&mut state, Key::Enter, 0), [Effect::Send(Command::Preview { id: OperationId(5), intent })]);
}

#[test]
fn the_last_change_is_taken_back_by_z_and_y() {
    let mut state = state(fleet());
    let id = OperationId(1);
    let asks = Effect::Send(Command::Preview { id, intent: Intent::Undo });
    assert_eq!(press(&mut state, Key::Char('z'), -50), [asks]);
    tell(&mut state, Event::Preview(id, Err(crate::model::undo::NOTHING.to_owned())), 0);
    assert!(state.overlays.is_empty());
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.starts_with("nothing was changed")));
    press(&mut state, Key::Char('z'), 50);
    let question = Question {
        preview: preview("Undo object-type of d", Confirmation::Yes("put it back".into())),
        command: Command::Undo { id: OperationId(2), change: "0badcafe".to_owned() },
    };
    assert_eq!(question.command.class(), ActionClass::Write);
    tell(&mut state, Event::Preview(OperationId(2), Ok(Box::new(question.clone()))), 100);
    assert_eq!(press(&mut state, Key::Char('y'), 200), [], "too early");
    assert_eq!(press(&mut state, Key::Char('y'), 500), [Effect::Send(question.command)]);
}
