//! What this console had done, and the command that does the same.

use super::*;
use crate::model::{Clean, ProveOutcome, RefreshTold};
use crate::protocol::OperationId;
use crate::ui::state::log::LogEnd;

fn ends(state: &State) -> Vec<(&str, Option<String>, LogEnd)> {
    state.log.lines.iter().map(|line| (line.deed.what, line.deed.shell(), line.end.clone())).collect()
}

fn good(text: &str) -> LogEnd {
    LogEnd::Good(Clean::new(text))
}

fn bad(text: &str) -> LogEnd {
    LogEnd::Bad(Clean::new(text))
}

#[test]
fn each_order_is_a_line_with_the_command_that_does_the_same_and_how_it_ended() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('2'), Key::Char('1'), Key::Enter, Key::Esc], at(0));
    assert_eq!(ends(&state), [], "what only reads what is known is no order");
    press_all(&mut state, &[Key::Char('R')], at(10));
    assert_eq!(ends(&state), [("look", Some("fusebox doctor d".to_owned()), LogEnd::Open)]);
    let looked = Event::Looked(vec![Target::Site(SiteName::new("d"))], Ok("answered".into()));
    update(&mut state, Message::Event(looked), at(12));
    assert_eq!(state.log.lines[0].end, good("answered"));

    typed(&mut state, ":prove a");
    press_all(&mut state, &[Key::Enter], at(20));
    let proved = |id, site: &str, outcome| Event::Proved { id: OperationId(id), site: SiteName::new(site), outcome };
    update(&mut state, Message::Event(proved(1, "a", Ok(ProveOutcome::Good))), at(21));
    update(&mut state, Message::Event(Event::Finished(OperationId(1))), at(21));
    assert_eq!(ends(&state)[0], ("prove", Some("fusebox prove a".to_owned()), good("proved")));

    typed(&mut state, "*:prove");
    press_all(&mut state, &[Key::Enter], at(30));
    for (site, outcome) in [("a", Ok(ProveOutcome::Good)), ("b", Err("no answer".to_owned()))] {
        update(&mut state, Message::Event(proved(2, site, outcome)), at(31));
    }
    update(&mut state, Message::Event(Event::Finished(OperationId(2))), at(32));
    assert_eq!(ends(&state)[0], ("prove", Some("fusebox prove a b c d".to_owned()), bad("1 done, 1 not")));

    typed(&mut state, "p");
    assert_eq!(ends(&state)[0], ("pause", None, good("done")));
    assert_eq!(ends(&state).len(), 4, "the newest first");
}

#[test]
fn a_look_ends_as_the_machinery_says() {
    let mut state = state(fleet());
    for (told, end) in [(Ok("answered"), good("answered")), (Err("no answer: refused"), bad("no answer: refused"))] {
        press_all(&mut state, &[Key::Char('R')], at(10));
        assert_eq!(state.log.lines[0].end, LogEnd::Open);
        let told = told.map(Clean::new).map_err(Clean::new);
        let looked = |name: &str| Event::Looked(vec![Target::Site(SiteName::new(name))], told.clone());
        update(&mut state, Message::Event(looked("a")), at(11));
        assert_eq!(state.log.lines[0].end, LogEnd::Open, "another look");
        update(&mut state, Message::Event(looked("d")), at(11));
        assert_eq!(state.log.lines[0].end, end);
    }
    let told = state.notice.as_ref().map(|notice| notice.text.as_str());
    assert_eq!(told, Some("site d: no answer: refused"));
}

#[test]
fn what_is_asked_twice_ends_with_one_answer_and_what_is_not_taken_is_not_done() {
    let mut state = state(fleet());
    let site = SiteName::new("d");
    let order = Command::ReadFields(site.clone());
    state.log.note(&order, at(0));
    state.log.note(&order, at(1));
    let told = Event::ReadFields(site, Err(crate::model::Untold { why: "no".into(), advice: "wait".into() }));
    update(&mut state, Message::Event(told), at(2));
    assert!(state.log.lines.iter().all(|line| line.end == bad("no")), "{:?}", state.log.lines);
    let paused = press_all(&mut state, &[Key::Char('p')], at(3));
    let [Effect::Send(pause)] = &paused[..] else { panic!("{paused:?}") };
    assert_eq!(state.log.lines[0].end, good("done"));
    update(&mut state, Message::Unsent(pause.clone()), at(3));
    assert_eq!(state.log.lines[0].end, bad("not done: the collector was busy or gone"));
}

#[test]
fn a_command_is_copied_whole_and_for_this_fleet() {
    let mut state = state(fleet());
    state.launch = vec!["--config-dir=/srv/it's".to_owned()];
    let sites: Vec<SiteName> = (0..200).map(|n| SiteName::new(format!("shop-{n}.example.org"))).collect();
    state.log.note(&Command::Prove { id: OperationId(1), sites }, at(0));
    let copied = press_all(&mut state, &[Key::Char('@'), Key::Char('y')], at(0));
    let [Effect::Copy(line)] = &copied[..] else { panic!("{copied:?}") };
    assert!(line.starts_with(r"fusebox '--config-dir=/srv/it'\''s' prove shop-0.example.org "), "{line}");
    assert!(line.ends_with(" shop-199.example.org"), "{line}");
}

#[test]
fn what_spends_and_writes_ends_as_the_machinery_says() {
    let mut state = state(fleet());
    let site = SiteName::new("d");
    let id = OperationId;
    let commands = [
        Command::Identify { id: id(1), site: site.clone(), org: crate::model::OrgName::new("acme") },
        Command::RefreshFields { id: id(2), sites: vec![site.clone(), SiteName::new("a")] },
        Command::AllowWriting(id(3)),
        Command::ReadFields(site.clone()),
    ];
    for command in &commands {
        state.log.note(command, at(0));
    }
    state.log.unsent(&commands[3]);
    update(&mut state, Message::Event(Event::ended(id(1), true, "d holds approval 51ab03f2")), at(1));
    let told = |good| Box::new(RefreshTold { good, ..RefreshTold::default() });
    update(&mut state, Message::Event(Event::Refreshed(id(2), site.clone(), told(true))), at(1));
    update(&mut state, Message::Event(Event::Refreshed(id(2), SiteName::new("a"), told(true))), at(1));
    update(&mut state, Message::Event(Event::Finished(id(2))), at(1));
    update(&mut state, Message::Event(Event::ended(id(3), false, "still read-only")), at(1));
    let expected = [
        ("fields", Some("fusebox fields d".to_owned()), bad("not done: the collector was busy or gone")),
        ("write", None, bad("still read-only")),
        ("refresh-fields", Some("fusebox refresh-fields d a".to_owned()), good("2 done")),
        ("identify", Some("fusebox identify d".to_owned()), good("d holds approval 51ab03f2")),
    ];
    assert_eq!(ends(&state), expected);
    update(&mut state, Message::Event(Event::ended(id(1), false, "twice")), at(2));
    assert_eq!(ends(&state)[3].2, expected[3].2, "what is over stays as it ended");
}

#[test]
fn the_selected_command_is_copied_and_one_goes_back_to_where_one_was() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('2'), Key::Char('@')], at(0));
    assert_eq!(state.context(), Context::Log);
    assert_eq!(press_all(&mut state, &[Key::Char('y')], at(0)), []);
    assert!(state.notice.as_ref().is_some_and(|notice| notice.warning), "there is nothing to copy yet");
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!(state.context(), Context::Users);
    press_all(&mut state, &[Key::Char('1')], at(0));
    typed(&mut state, ":prove b");
    press_all(&mut state, &[Key::Enter], at(1));
    typed(&mut state, "p@");
    let copied = press_all(&mut state, &[Key::Char('y')], at(1));
    assert_eq!(copied, [], "no command pauses a console");
    let copied = press_all(&mut state, &[Key::Char('j'), Key::Char('y')], at(1));
    assert_eq!(copied, [Effect::Copy("fusebox prove b".to_owned())]);
    // What comes meanwhile moves the selection off no line.
    state.log.note(&Command::Pause(false), at(2));
    assert_eq!(state.log.line().map(|line| line.deed.what), Some("prove"));
    typed(&mut state, ":commands");
    press_all(&mut state, &[Key::Enter, Key::Esc], at(2));
    assert_eq!(state.context(), Context::Sites, "it is opened once");
}

#[test]
fn it_remembers_so_many_and_says_how_many_it_forgot() {
    let mut state = state(fleet());
    for n in 0..600 {
        state.log.note(&Command::Look(vec![Target::Site(SiteName::new(format!("s{n}")))]), at(n));
    }
    assert_eq!((state.log.lines.len(), state.log.forgotten), (500, 100));
    assert_eq!(state.log.lines[0].deed.on, ["s599"]);
    press_all(&mut state, &[Key::Char('@'), Key::Char('G')], at(600));
    let drawn: String =
        crate::ui::gallery::draw(&state, at(600)).content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert!(drawn.contains("100 older forgotten") && drawn.contains("fusebox doctor s100"), "{drawn}");
}
