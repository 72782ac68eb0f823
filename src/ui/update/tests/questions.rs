//! Questions before anything is spent or written: nothing but their own confirmation, given by a person, sends anything.

use super::*;
use crate::model::{ActionClass, Confirmation, Intent, Loss, OrgName, Preview, Safer};
use crate::protocol::{OperationId, Question};
use crate::ui::gallery::draw;
use crate::ui::state::menu::items;
use strum::IntoEnumIterator;

pub(super) fn ms(milliseconds: i64) -> DateTime<Utc> {
    at(1000) + TimeDelta::milliseconds(milliseconds)
}

pub(super) fn preview(title: &str, confirm: Confirmation) -> Preview {
    Preview::new(title, ActionClass::Write, ["It does this."], confirm)
}

pub(super) fn typed_word(word: &str) -> Confirmation {
    Confirmation::Type { word: word.into(), to: "To do it all the same".into() }
}

/// One dialog of each kind: a key, a name that is lost, an object, a number, an approval's digits.
fn previews() -> [Preview; 5] {
    let lost = Preview {
        loses: Some(Loss {
            how: "cuts off a live site".into(),
            name: "news.example.org".into(),
            fact: "proved 2m ago".into(),
        }),
        safer: vec![
            Safer {
                what: "revoke an orphan first".into(),
                costs: "loses nothing".into(),
                intent: Some(Intent::Identify(SiteName::new("b"))),
            },
            Safer { what: "another user".into(), costs: "loses nothing".into(), intent: None },
        ],
        steps: vec!["The audit gets a line.".into(), "A person signs in.".into()],
        ..preview("Reauthorize", typed_word("news.example.org"))
    };
    [
        Preview {
            steps: vec!["One refresh.".into()],
            ..preview("Identify", Confirmation::Yes("let it refresh".into()))
        },
        lost,
        preview("Object type", typed_word("Lead")),
        preview("Refresh 12 sites", typed_word("12")),
        Preview {
            loses: Some(Loss {
                how: "may cut off".into(),
                name: "10ab03f2".into(),
                fact: "whose it is is not known".into(),
            }),
            safer: vec![Safer {
                what: "revoke orphan 51ab03f2 instead".into(),
                costs: "loses nothing".into(),
                intent: Some(Intent::Revoke("51ab03f2".into())),
            }],
            ..preview("Revoke approval 10ab03f2", typed_word("10ab03f2"))
        },
    ]
}

/// A dialog that asks this, since the time 0.
fn asked(preview: Preview) -> State {
    let mut state = state(fleet());
    if preview.title.as_str() == "Object type" {
        return setting::shown(preview);
    }
    let effects = act_and_effects(&mut state, Action::Identify, ms(-50));
    let [Effect::Send(Command::Preview { id, intent })] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*intent, Intent::Identify(SiteName::new("d")), "the selected one");
    answer(&mut state, *id, preview);
    state
}

fn act_and_effects(state: &mut State, action: Action, now: DateTime<Utc>) -> Vec<Effect> {
    let mut effects = Vec::new();
    act(state, action, now, &mut effects);
    effects
}

pub(super) fn command(id: OperationId) -> Command {
    Command::Identify { id, site: SiteName::new("d"), org: OrgName::new("acme") }
}

pub(super) fn answer(state: &mut State, id: OperationId, preview: Preview) {
    answer_at(state, id, preview, 0);
}

fn answer_at(state: &mut State, id: OperationId, preview: Preview, milliseconds: i64) {
    let question = Question { preview, command: command(id) };
    let told = update(state, Message::Event(Event::Preview(id, Ok(Box::new(question)))), ms(milliseconds));
    assert_eq!(sent(&told), 0);
}

/// Orders of the classes spend and write among these.
pub(super) fn sent(effects: &[Effect]) -> usize {
    let more_than_a_look =
        |effect: &&Effect| matches!(effect, Effect::Send(command) if command.class() != ActionClass::Look);
    effects.iter().filter(more_than_a_look).count()
}

pub(super) fn press(state: &mut State, key: Key, now: DateTime<Utc>) -> usize {
    sent(&update(state, Message::Key(key), now))
}

/// Types it, 20 ms a letter, from `from` on; answers when the last letter was.
fn type_fast(state: &mut State, text: &str, from: i64) -> i64 {
    let mut time = from;
    for letter in text.chars() {
        time += 20;
        assert_eq!(press(state, Key::Char(letter), ms(time)), 0);
    }
    time
}

#[test]
fn random_keys_send_nothing() {
    const KEYS: [Key; 12] = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::Backspace,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Home,
        Key::End,
        Key::Delete,
        Key::Ctrl('u'),
        Key::Char(' '),
    ];
    for preview in previews() {
        let mut chance = fastrand::Rng::with_seed(7);
        for _ in 0..1000 {
            let (mut state, mut time) = (asked(preview.clone()), 0);
            for _ in 0..50 {
                time += chance.i64(0..900);
                let key =
                    if chance.bool() { KEYS[chance.usize(0..KEYS.len())] } else { Key::Char(chance.char(' '..='~')) };
                let its_own = match state.context() {
                    Context::Confirm => key == Key::Char('y'),
                    // Two letters come together by chance.
                    Context::Type => key == Key::Enter && state.facts().answered,
                    _ => false,
                };
                if its_own {
                    continue;
                }
                let effects = update(&mut state, Message::Key(key), ms(time));
                assert_eq!(sent(&effects), 0, "{key} in {}", preview.title);
                // A safer step opens a dialog of its own over it, which holds as well.
                for effect in &effects {
                    if let Effect::Send(Command::Preview { id, .. }) = effect {
                        answer_at(&mut state, *id, previews()[chance.usize(0..2)].clone(), time);
                    }
                }
            }
        }
    }
}

#[test]
fn the_steps_are_read_and_left_and_nothing_is_sent() {
    let [yes, lost, ..] = previews();
    for preview in [yes.clone(), lost.clone()] {
        let kind = asked(preview.clone()).context();
        for back in [Key::Esc, Key::Enter, Key::Char('d'), Key::Char('q')] {
            let mut state = asked(preview.clone());
            assert_eq!(press(&mut state, Key::Char('d'), ms(100)), 0);
            assert_eq!(state.context(), kind, "a moment after it opened it takes no key");
            assert_eq!(press(&mut state, Key::Char('d'), ms(400)), 0);
            assert_eq!(state.context(), Context::Steps);
            let page = format!("{:?}", draw(&state, ms(400)));
            assert!(page.contains("dry run") && page.contains("nothing was sent"), "{page}");
            // What says yes to the question says nothing here.
            assert_eq!(press(&mut state, Key::Char('y'), ms(900)), 0);
            type_fast(&mut state, "news.example.org", 900);
            assert_eq!(state.context(), Context::Steps);
            assert_eq!(press(&mut state, back, ms(2000)), 0);
            assert_eq!(state.context(), kind, "{back}");
            // The same key again comes too soon to leave the question with it; by Esc one may leave at once.
            assert_eq!(press(&mut state, back, ms(2100)), 0);
            assert_eq!(state.context(), if back == Key::Esc { Context::Sites } else { kind }, "{back}");
        }
    }
    // While one types it is a letter, and it is one where the word begins with it.
    let mut state = asked(lost.clone());
    press(&mut state, Key::Char('n'), ms(400));
    press(&mut state, Key::Char('d'), ms(500));
    assert_eq!(state.context(), Context::Type);
    let mut state = asked(Preview { confirm: typed_word("docs.example.org"), ..lost });
    type_fast(&mut state, "docs.example.org", 400);
    assert!(state.facts().answered);
}

#[test]
fn a_paste_and_a_key_held_down_send_nothing() {
    for preview in previews() {
        let mut state = asked(preview.clone());
        let word = match &preview.confirm {
            Confirmation::Type { word, .. } => word.to_string(),
            Confirmation::Yes(_) => "y".to_owned(),
        };
        for text in [format!("{word}\n"), word.clone(), format!("{word}\r").repeat(2048 / (word.len() + 1) + 1)] {
            assert_eq!(sent(&update(&mut state, Message::Paste(text), ms(1000))), 0);
        }
        assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("pasted text counts for nothing")));
        assert!(!state.facts().answered, "and it is not in the field");
        for n in 0..200 {
            assert_eq!(press(&mut state, Key::Enter, ms(2000 + 30 * n)), 0, "{}", preview.title);
        }
    }
}

#[test]
fn a_name_that_is_typed_fast_is_taken_when_enter_comes_after_a_rest() {
    for preview in previews() {
        let Confirmation::Type { word, .. } = preview.confirm.clone() else { continue };
        let mut state = asked(preview.clone());
        let last = type_fast(&mut state, word.as_str(), 400);
        for early in [0, 100, 299] {
            assert_eq!(press(&mut state, Key::Enter, ms(last + early)), 0, "{early} ms after the last letter");
        }
        let Some(Overlay::Confirm(open)) = state.overlays.last() else { panic!("it was left") };
        let id = open.id;
        let effects = update(&mut state, Message::Key(Key::Enter), ms(last + 300));
        let ids: Vec<&Command> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send(command) => Some(command),
                _ => None,
            })
            .collect();
        assert_eq!(ids, [&command(id)]);
        assert!(state.overlays.is_empty());
        assert_eq!(press(&mut state, Key::Enter, ms(last + 330)), 0, "and once alone");
        // Anything but the word is not the word.
        let mut state = asked(preview);
        let last = type_fast(&mut state, &format!("{word}x"), 400);
        assert_eq!(press(&mut state, Key::Enter, ms(last + 1000)), 0);
        press(&mut state, Key::Backspace, ms(last + 1100));
        assert_eq!(press(&mut state, Key::Enter, ms(last + 2000)), 1);
    }
}

#[test]
fn a_dialog_takes_no_key_when_it_opened_a_moment_ago() {
    let [yes, lost, ..] = previews();
    let mut state = asked(yes.clone());
    for early in [0, 150, 299] {
        assert_eq!(press(&mut state, Key::Char('y'), ms(early)), 0);
        assert_eq!(press(&mut state, Key::Enter, ms(early)), 0);
        assert_eq!(state.context(), Context::Confirm, "nor is it left by what was pressed for something else");
    }
    assert_eq!(press(&mut state, Key::Char('y'), ms(300)), 1);
    let mut typing = asked(lost);
    type_fast(&mut typing, "news.example.org", -100);
    assert!(!typing.facts().answered, "letters of the first moments are not kept");
    // Enter says no, and so do Esc, n and q.
    for key in [Key::Enter, Key::Esc, Key::Char('n'), Key::Char('q')] {
        let mut state = asked(yes.clone());
        assert_eq!(press(&mut state, key, ms(500)), 0);
        assert_eq!(state.context(), Context::Sites, "{key}");
    }
    // Before the machinery has said what would be done there is nothing to confirm, whatever is pressed and however long.
    for preview in previews() {
        let mut waiting = super::state(fleet());
        act_and_effects(&mut waiting, Action::Reauthorize, ms(0));
        let mut time = 400;
        for key in ['y', 'd', '1', '2', 'a', 'f'].map(Key::Char).into_iter().chain([Key::Enter]).cycle().take(200) {
            time += 40;
            assert_eq!(press(&mut waiting, key, ms(time)), 0, "{key}");
        }
        type_fast(&mut waiting, "news.example.org", time);
        assert_eq!(waiting.context(), Context::Told, "still asking");
        update(&mut waiting, Message::Paste("news.example.org\n".repeat(128)), ms(time));
        answer(&mut waiting, OperationId(1), preview);
        assert!(!waiting.facts().answered, "nothing of it is an answer");
    }
    let mut waiting = super::state(fleet());
    act_and_effects(&mut waiting, Action::Identify, ms(0));
    assert_eq!(press(&mut waiting, Key::Char('y'), ms(5000)), 0);
    press(&mut waiting, Key::Esc, ms(5000));
    answer(&mut waiting, OperationId(1), yes);
    assert!(waiting.overlays.is_empty(), "a dialog that was left stays left");
}

#[test]
fn a_safer_step_has_a_key_while_nothing_is_typed() {
    let [_, lost, _, bulk, _] = previews();
    let mut state = asked(lost.clone());
    let effects = update(&mut state, Message::Key(Key::Char('1')), ms(500));
    let asks = Effect::Send(Command::Preview { id: OperationId(2), intent: Intent::Identify(SiteName::new("b")) });
    assert_eq!(effects, [asks]);
    press(&mut state, Key::Esc, ms(600));
    assert_eq!(state.context(), Context::Type, "one comes back to the first");
    let mut typing = asked(lost);
    press(&mut typing, Key::Char('n'), ms(500));
    assert_eq!(update(&mut typing, Message::Key(Key::Char('1')), ms(600)), [], "then it is a letter");
    // A digit that the word begins with is a letter at once.
    let safer =
        Safer { what: "fewer".into(), costs: "less".into(), intent: Some(Intent::Identify(SiteName::new("b"))) };
    let mut state = asked(Preview { safer: vec![safer], ..bulk });
    type_fast(&mut state, "12", 400);
    assert!(state.facts().answered);
}

#[test]
fn what_can_not_be_read_can_not_be_confirmed() {
    for preview in previews() {
        let Confirmation::Yes(_) = preview.confirm else { continue };
        let mut state = asked(preview);
        update(&mut state, Message::Resize(Size::new(30, 24)), ms(400));
        assert_eq!(press(&mut state, Key::Char('y'), ms(500)), 0);
        assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("enlarge")));
        for (width, height) in [(1, 1), (20, 3), (52, 12), (60, 15), (300, 90)] {
            update(&mut state, Message::Resize(Size::new(width, height)), ms(600));
            draw(&state, ms(600));
        }
        assert_eq!(press(&mut state, Key::Char('y'), ms(700)), 1);
    }
}

#[test]
fn the_menu_does_what_is_selected_and_what_its_keys_do() {
    let mut state = state(fleet());
    press(&mut state, Key::Char('x'), at(0));
    assert_eq!(state.context(), Context::Menu);
    let first: Vec<Action> = items(&state).iter().take(9).map(|entry| entry.action).collect();
    let expected = [
        Action::Identify,
        Action::KeepWarm,
        Action::Reauthorize,
        Action::RefreshFields,
        Action::ObjectType,
        Action::SegmentType,
        Action::Undo,
        Action::Revoke,
        Action::Prove,
    ];
    assert_eq!(first, expected, "what spends first, then what has no key");
    for _ in 0..8 {
        press(&mut state, Key::Char('j'), at(0));
    }
    let effects = update(&mut state, Message::Key(Key::Enter), at(0));
    assert_eq!(effects, [Effect::Send(Command::Prove { id: OperationId(1), sites: vec![SiteName::new("d")] })]);
    press(&mut state, Key::Char('x'), at(0));
    press(&mut state, Key::Char('R'), at(0));
    assert!(state.overlays.is_empty() && state.notice.as_ref().is_some_and(|notice| notice.text == "asking d now"));
    for key in [Key::Esc, Key::Char('x'), Key::Char('q')] {
        press(&mut state, Key::Char('x'), at(0));
        press(&mut state, key, at(0));
        assert_eq!(state.context(), Context::Sites, "{key}");
    }
    for context in Context::iter().filter(|context| matches!(context, Context::Users | Context::Orgs)) {
        press(&mut state, Key::Char(if context == Context::Users { '2' } else { '3' }), at(0));
        press(&mut state, Key::Char('x'), at(0));
        press(&mut state, Key::Char('G'), at(0));
        draw(&state, at(0));
        press(&mut state, Key::Esc, at(0));
    }
}

#[test]
fn how_an_operation_ended_is_told() {
    let mut state = state(fleet());
    for good in [true, false] {
        update(&mut state, Message::Event(Event::ended(OperationId(1), good, "it\nended")), at(0));
        assert_eq!(state.notice, Some(Notice { text: "it ended".into(), warning: !good }));
    }
    let mut state = asked(previews()[0].clone());
    let id = OperationId(1);
    update(&mut state, Message::Key(Key::Char('y')), ms(500));
    update(&mut state, Message::Unsent(command(id)), ms(600));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.starts_with("not done")));
    let mut waiting = super::state(fleet());
    act_and_effects(&mut waiting, Action::Identify, ms(0));
    let why = Event::Preview(OperationId(1), Err("it can not".to_owned()));
    update(&mut waiting, Message::Event(why), ms(10));
    assert!(waiting.overlays.is_empty() && waiting.notice == Some(Notice { text: "it can not".into(), warning: true }));
}

#[test]
fn a_site_is_kept_warm_from_the_menu_and_by_its_name() {
    let asks = |id, site: &str| {
        let intent = Intent::KeepWarm(SiteName::new(site));
        Effect::Send(Command::Preview { id: OperationId(id), intent })
    };
    let mut state = state(fleet());
    press(&mut state, Key::Char('x'), at(0));
    press(&mut state, Key::Char('j'), at(0));
    assert_eq!(update(&mut state, Message::Key(Key::Enter), at(0)), [asks(1, "d")]);
    press(&mut state, Key::Esc, at(0));
    press(&mut state, Key::Char(':'), at(0));
    typed(&mut state, "keep-warm b");
    assert_eq!(update(&mut state, Message::Key(Key::Enter), at(0)), [asks(2, "b")]);
    // Where it need not, that is said, and nothing is asked.
    let why = "b: its session works and no idle limit is known to be near; nothing was spent".to_owned();
    update(&mut state, Message::Event(Event::Preview(OperationId(2), Err(why.clone()))), at(1));
    assert!(state.overlays.is_empty());
    assert_eq!(state.notice, Some(Notice { text: why, warning: true }));
}
