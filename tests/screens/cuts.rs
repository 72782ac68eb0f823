//! That no word is cut without a sign: every word that comes from outside is put between braces, and on a page each brace
//! that opens must close or run into the sign of a cut.

use crate::fleet::stage;
use fusebox::model::{
    Clean, FieldsLater, Holder, OrgBoard, OrgLedger, OrgName, SiteDetail, SiteFields, SiteName, SiteRow, Why,
};
use fusebox::protocol::Picture;
use fusebox::ui::gallery::{self, Stage, Variant};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
use fusebox::ui::message::Message;
use ratatui::layout::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The same of words about a cause, whose age no one can brace.
fn said(why: &Why) -> Why {
    match why {
        Why::Said(words) => braced(words).into(),
        Why::Runs(_) => why.clone(),
    }
}

/// `{ops1} {made} {a} {5th} ...`
fn braced(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        if c.is_alphanumeric() != inside {
            out.push(if inside { '}' } else { '{' });
            inside = !inside;
        }
        out.push(c);
    }
    if inside {
        out.push('}');
    }
    out
}

fn clean(text: &Clean) -> Clean {
    Clean::new(braced(text.as_str()))
}

fn row(row: &SiteRow) -> SiteRow {
    SiteRow {
        name: SiteName::new(braced(row.name.as_str())),
        org: row.org.as_ref().map(|org| OrgName::new(braced(org.as_str()))),
        user: row.user.as_ref().map(clean),
        why: said(&row.why),
        reason: braced(&row.reason),
        object_type: row.object_type.as_ref().map(clean),
        ..row.clone()
    }
}

fn detail(known: &SiteDetail) -> SiteDetail {
    let mut detail = SiteDetail { row: row(&known.row), ..known.clone() };
    detail.org = detail.row.org.clone();
    for finding in &mut detail.findings {
        finding.why = said(&finding.why);
        finding.reason = braced(&finding.reason);
        for evidence in &mut finding.evidence {
            evidence.what = braced(&evidence.what);
        }
        for remedy in &mut finding.remedies {
            remedy.what = braced(&remedy.what);
            remedy.effect = braced(&remedy.effect);
        }
    }
    for line in detail.log.iter_mut().flat_map(|log| &mut log.value.rows) {
        line.message = clean(&line.message);
    }
    if let Some(user) = &mut detail.user {
        user.username = clean(&user.username);
    }
    detail
}

fn board(known: &OrgBoard) -> OrgBoard {
    let mut board = OrgBoard { name: OrgName::new(braced(known.name.as_str())), ..known.clone() };
    for user in &mut board.users {
        user.name = clean(&user.name);
        for holder in &mut user.slots {
            if let Holder::Site { name } = holder {
                *name = SiteName::new(braced(name.as_str()));
            }
        }
    }
    board
}

fn site(known: &SiteName) -> SiteName {
    SiteName::new(braced(known.as_str()))
}

fn ledger(known: &OrgLedger) -> OrgLedger {
    let mut ledger = OrgLedger { org: OrgName::new(braced(known.org.as_str())), ..known.clone() };
    for user in &mut ledger.users {
        user.name = clean(&user.name);
        for entry in &mut user.entries {
            entry.attribution.site = entry.attribution.site.as_ref().map(site);
            entry.attribution.shared_with = entry.attribution.shared_with.iter().map(site).collect();
            for evidence in &mut entry.attribution.evidence {
                evidence.what = braced(&evidence.what);
            }
            if let Some(orphan) = &mut entry.orphan {
                orphan.reason = braced(&orphan.reason);
            }
        }
        for left in &mut user.departed {
            left.site = left.site.as_ref().map(site);
        }
    }
    ledger
}

fn fields(known: &SiteFields) -> SiteFields {
    let mut known = known.clone();
    for pair in &mut known.mapping.mapped {
        (pair.field, pair.crm_field) = (clean(&pair.field), clean(&pair.crm_field));
    }
    known.description.object = clean(&known.description.object);
    for field in &mut known.description.fields {
        (field.name, field.label, field.kind) = (clean(&field.name), clean(&field.label), clean(&field.kind));
    }
    known
}

fn later(known: &FieldsLater) -> FieldsLater {
    let mut known = known.clone();
    known.site = site(&known.site);
    for one in &mut known.broken {
        (one.field, one.crm_field) = (one.field.as_ref().map(clean), clean(&one.crm_field));
    }
    known.added = known.added.iter().map(clean).collect();
    known
}

fn braced_fleet(variant: Variant) -> Stage {
    let fleet = stage(variant);
    let details: BTreeMap<_, _> =
        fleet.details.values().map(detail).map(|detail| (detail.row.name.clone(), detail)).collect();
    let mut rows: Vec<_> = details.values().map(|detail| Arc::new(detail.row.clone())).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let ledgers = fleet.ledgers.values().map(|known| ledger(known));
    let ledgers = ledgers.map(|ledger| (ledger.org.clone(), Arc::new(ledger))).collect();
    let boards = fleet.picture.boards.iter().map(|known| Arc::new(board(known))).collect::<Vec<_>>();
    let mapped = fleet.fields.iter().map(|(name, known)| (site(name), fields(known))).collect();
    let picture = Picture { rows: Arc::new(rows), boards: Arc::new(boards), ..fleet.picture };
    let since = fleet.later.iter().map(|(name, known)| (site(name), later(known))).collect();
    let name = braced(&fleet.name);
    Stage { picture, details, name, config: fleet.config, now: fleet.now, ledgers, fields: mapped, later: since }
}

/// What is wrong with the braces of one line, if anything is.
fn fault(line: &str, cut: char) -> Option<String> {
    let mut open = None;
    for (at, c) in line.char_indices() {
        match (c, open) {
            ('{', None) => open = Some(at),
            ('}', Some(_)) => open = None,
            // After the sign of a cut the rest of a text is gone.
            (c, Some(_)) if c == cut => open = None,
            (c, Some(from)) if !c.is_alphanumeric() => return Some(format!("`{}` goes on as {c:?}", &line[from..at])),
            ('}', None) => return Some(format!("ends what did not begin: `{}`", &line[..at])),
            _ => {}
        }
    }
    open.map(|from| format!("`{}` ends with the line", &line[from..]))
}

#[test]
fn a_cut_without_a_sign_is_seen() {
    for (line, faulty) in [
        ("{shop}.{example}  {ev…", false),
        ("a {b} c", false),
        ("{shop  ", true),
        ("{sho", true),
        ("op} {x}", true),
        ("{sh{op}", true),
    ] {
        assert_eq!(fault(line, '…').is_some(), faulty, "{line}");
    }
}

#[test]
fn no_word_is_cut_without_a_sign() {
    for variant in [Variant::Full, Variant::Loading, Variant::Degraded, Variant::AllWell] {
        let fleet = braced_fleet(variant);
        for ascii in [false, true] {
            for size in [(60, 15), (72, 20), (80, 24), (100, 30), (120, 34), (140, 40), (160, 50), (200, 60)] {
                let mut state = fleet.screen(Size::from(size), crate::DARK, Glyphs::new(ascii));
                fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
                // The strip and the pane tell another story for each site, each user, each org and each field.
                let views = [
                    (9, Key::Char('2')),
                    (16, Key::Char('3')),
                    (23, Key::Char('4')),
                    (31, Key::Char('g')),
                    (32, Key::Enter),
                ];
                for step in 0..42 {
                    if let Some((_, key)) = views.iter().find(|(at, _)| *at == step) {
                        fleet.tell(&mut state, Message::Key(*key));
                    }
                    let page = crate::text_of(&gallery::draw(&state, fleet.now));
                    assert!(page.contains('{'), "{page}");
                    for line in page.lines() {
                        let fault = fault(line, if ascii { '~' } else { '…' });
                        assert!(
                            fault.is_none(),
                            "{variant:?} at {size:?}: {}\n{line}\n\n{page}",
                            fault.unwrap_or_default()
                        );
                    }
                    fleet.tell(&mut state, Message::Key(Key::Down));
                }
            }
        }
    }
}
