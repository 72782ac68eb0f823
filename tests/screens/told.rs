//! What is told beside the lines of sites: refusals, the host's clock, who polls, marks, columns that come back.

use crate::fleet::{self, ago, picture, rows};
use crate::{DARK, keys, screen, text};
use fusebox::model::OrgBoard;
use fusebox::model::row::Counts;
use fusebox::protocol::{Picture, Poller};
use fusebox::ui::gallery::Variant;
use std::sync::Arc;

/// The row of vital signs of a roomy page.
fn vitals(picture: Picture) -> String {
    text(&screen(100, 30, DARK, false, picture)).lines().nth(2).expect("a page").to_owned()
}

#[test]
fn what_is_wrong_beyond_the_sites_is_told_above_them() {
    let mut state = screen(80, 24, DARK, false, fleet::stage(Variant::Degraded).picture.clone());
    assert!(text(&state).contains("gives no token list"));
    keys(&mut state, "A");
    assert!(!text(&state).contains("gives no token list"));
    // The host's own clock, a collector that is gone, another that polls.
    let mut skewed = picture(rows());
    let boards = skewed
        .boards
        .iter()
        .map(|board| OrgBoard { answered_at: Some(ago("12s")), clock_offset_s: 190, ..OrgBoard::clone(board) }.into());
    skewed.boards = Arc::new(boards.collect());
    assert!(vitals(skewed.clone()).contains("▲ clock 3m slow"), "{}", vitals(skewed));
    let mut silent = picture(rows());
    silent.poll.last_at = Some(ago("2h"));
    silent.poll.by = Poller::Another;
    assert!(vitals(silent.clone()).contains("polled elsewhere  ○ OLD 2h"), "{}", vitals(silent));
}

#[test]
fn where_all_is_well_a_row_that_was_chosen_has_its_strip() {
    let mut state = screen(80, 24, DARK, false, fleet::stage(Variant::AllWell).picture.clone());
    assert!(text(&state).contains("proved in the last"));
    keys(&mut state, "j");
    assert!(!text(&state).contains("proved in the last"));
}

#[test]
fn marks_range_wide_and_zoom() {
    let mut state = screen(160, 50, DARK, false, picture(rows()));
    keys(&mut state, "jjj  ");
    insta::assert_snapshot!("marked-160x50", text(&state));
    keys(&mut state, "vjj");
    assert!(text(&state).contains("range of 3  v marks 3 more"));
    for (width, height) in [(80, 24), (160, 50)] {
        let mut state = screen(width, height, DARK, false, picture(rows()));
        keys(&mut state, "w+");
        insta::assert_snapshot!(format!("wide-zoomed-{width}x{height}"), text(&state));
    }
}

#[test]
fn of_a_fleet_read_in_part_the_number_of_all_is_told() {
    let mut part = picture(rows().into_iter().take(20).collect());
    part.partial = true;
    part.counts = Counts { fail: 2, ok: 9_998, ..Counts::default() };
    let page = text(&screen(80, 24, DARK, false, part));
    assert!(page.contains("1-14 of 10000") && page.contains("9998 OK"), "{page}");
}

#[test]
fn what_a_filter_hides_is_told_before_how_old_it_is() {
    let vitals = |filter: &str, stale: bool| {
        let mut all = picture(rows());
        if stale {
            all.poll.last_at = Some(ago("2h"));
        }
        let mut state = screen(80, 24, DARK, false, all);
        keys(&mut state, filter);
        text(&state).lines().nth(1).expect("a page").to_owned()
    };
    assert!(vitals("/!shop", false).ends_with("41 of 42  1 hidden  RW"), "{}", vitals("/!shop", false));
    assert!(vitals("/!shop", true).ends_with("41 of 42   ○ OLD 2h   RW"), "{}", vitals("/!shop", true));
    assert!(vitals("/acme !ok", false).ends_with("4 of 42  38 hidden  12s ago  RW"));
}
