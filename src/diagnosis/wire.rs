//! The marks of a site's wire: what its looks saw, stretch by stretch, under the verdict about it. Uses `model`.
//!
//! A line's wire ends where the last look was and not now, so that time alone changes no line.

use crate::model::trace::Stretch;
use crate::model::{Finding, Mark, Severity, SiteState, Trace, Wire};
use chrono::{DateTime, Utc};

/// Stretches that one mark of a line covers.
const OF_A_LINE: u8 = 8;

/// How the connection stands at the end of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// Nothing has told yet.
    Untold,
    Well,
    /// Refused for good: until something works.
    Refused,
    /// No connection is stored: until one is.
    Parted,
}

impl Stands {
    fn is_broken(self) -> bool {
        matches!(self, Self::Refused | Self::Parted)
    }
}

/// One stretch of a wire.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    mark: Mark,
    broken_after: bool,
}

/// The wire of a line; `findings` are the verdict's.
pub(super) fn of_line(site: &SiteState, findings: &[Finding]) -> Wire {
    let broken = broken_since(site, findings).map(Trace::stretch_of);
    let Some(last) = site.trace.newest().max(broken).or(site.trace.begins()) else { return Wire::default() };
    let first = (last.div_euclid(OF_A_LINE.into()) + 1) * i64::from(OF_A_LINE) - Trace::KEPT;
    let drawn = drawn(&site.trace, broken, first, last);
    let mut marks = [Mark::Unseen; Wire::CELLS];
    for (mark, stretches) in marks.iter_mut().zip(drawn.chunks(OF_A_LINE.into())) {
        *mark = worst(stretches);
    }
    let still_broken = drawn.last().is_some_and(|last| last.broken_after);
    let wire = Wire::new(marks, Trace::end_of(last - 1));
    if still_broken { wire } else { wire.mended() }
}

/// A day of marks up to `now`, oldest first, and where the newest ends; none where nothing is known of the site.
pub(super) fn of_day(site: &SiteState, findings: &[Finding], now: DateTime<Utc>) -> (Vec<Mark>, Option<DateTime<Utc>>) {
    let broken = broken_since(site, findings).map(Trace::stretch_of);
    if site.trace.begins().is_none() && broken.is_none() {
        return (Vec::new(), None);
    }
    let last = Trace::stretch_of(now).max(site.trace.newest().unwrap_or(i64::MIN));
    let drawn = drawn(&site.trace, broken, last - Trace::KEPT + 1, last);
    (drawn.into_iter().map(|drawn| drawn.mark).collect(), Some(Trace::end_of(last)))
}

/// Since when the verdict calls the connection broken: evidence of the org may know what no look at the site saw.
fn broken_since(site: &SiteState, findings: &[Finding]) -> Option<DateTime<Utc>> {
    let failed = findings.iter().find(|finding| finding.severity == Severity::Fail)?;
    failed.since.or(site.answered_at)
}

/// The stretches `first..=last`. What was kept before `first` tells how the connection stands there.
fn drawn(trace: &Trace, broken: Option<i64>, first: i64, last: i64) -> Vec<Drawn> {
    let newest = trace.newest().unwrap_or(first);
    let kept = (newest - Trace::KEPT + 1).min(first)..=newest.min(last);
    let passed = first.max(newest + 1)..=last;
    let begins = [trace.begins(), broken].into_iter().flatten().min();
    let mut stands = match (trace.began_refused(), trace.began_stood()) {
        (true, _) => Stands::Refused,
        (_, Some(true)) => Stands::Well,
        (_, Some(false)) => Stands::Parted,
        (_, None) => Stands::Untold,
    };
    let mut drawn = Vec::new();
    for number in kept.chain(passed) {
        let before = stands;
        let mark;
        (mark, stands) = step(trace.stretch(number), before);
        let mark = match broken {
            _ if begins.is_none_or(|begins| number < begins) => Mark::Before,
            Some(broken) if number == broken && !before.is_broken() => Mark::Break,
            Some(broken) if number >= broken => Mark::Dead,
            _ => mark,
        };
        if broken.is_some_and(|broken| number >= broken) {
            stands = Stands::Refused;
        }
        if number >= first {
            drawn.push(Drawn { mark, broken_after: stands.is_broken() });
        }
    }
    drawn
}

/// What one stretch is drawn as, and how the connection stands after it.
fn step(seen: Stretch, before: Stands) -> (Mark, Stands) {
    let well = if seen.errors() { Mark::Errors } else { Mark::Level };
    match (seen.refused(), seen.good()) {
        (Some(refused), Some(good)) if good >= refused => (Mark::Errors, Stands::Well),
        (Some(_), None) if before.is_broken() => (Mark::Dead, Stands::Refused),
        (Some(_), _) => (Mark::Break, Stands::Refused),
        (None, Some(_)) => (well, Stands::Well),
        (None, None) if seen.parted() => match before {
            Stands::Untold => (Mark::Unseen, before),
            Stands::Well => (Mark::Break, Stands::Parted),
            Stands::Refused | Stands::Parted => (Mark::Dead, before),
        },
        (None, None) if before == Stands::Refused => (Mark::Dead, before),
        (None, None) if seen.looked() => (well, Stands::Well),
        (None, None) if before == Stands::Parted => (Mark::Dead, before),
        (None, None) if seen.errors() => (Mark::Errors, before),
        (None, None) => (Mark::Unseen, before),
    }
}

/// The worst of several stretches. One that ends well has no death in it that lasted: it failed and also worked.
fn worst(stretches: &[Drawn]) -> Mark {
    let worst = stretches.iter().map(|drawn| drawn.mark).max().unwrap_or(Mark::Unseen);
    let recovered = stretches.last().is_some_and(|last| !last.broken_after);
    if worst == Mark::Dead && recovered { Mark::Errors } else { worst }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::detail;
    use crate::diagnosis::fixture::{DAY, DEAD, Scene, SiteBuilder, acme, at, scene, site};
    use crate::model::{FailureClass, Mark, SiteName, Trace};
    use chrono::TimeDelta;

    /// The wire of a site as letters, oldest first: the day of its detail.
    fn day(site: &SiteBuilder, now: i64) -> String {
        let scene = scene(acme().approval(1, -90 * DAY, -60, 9).looked(0), [site.clone()]);
        let detail = detail(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(now));
        assert_eq!(detail.wire.len(), 96);
        assert_eq!(detail.wire_ends_at, Some(Trace::end_of(Trace::stretch_of(at(now)))));
        letters(&detail.wire)
    }

    fn line(scene: &Scene, judged: i64, drawn: i64) -> String {
        letters(&scene.judge("shop", judged).row.wire.marks(at(drawn)))
    }

    fn line_of(site: SiteBuilder, judged: i64, drawn: i64) -> String {
        line(&scene(acme().approval(1, -90 * DAY, -60, 9).looked(0), [site]), judged, drawn)
    }

    fn letters(marks: &[Mark]) -> String {
        let letter = |mark: &Mark| match mark {
            Mark::Before => ' ',
            Mark::Unseen => '.',
            Mark::Level => '-',
            Mark::Errors => '~',
            Mark::Dead => '_',
            Mark::Break => 'X',
        };
        marks.iter().map(letter).collect()
    }

    #[test]
    fn a_site_that_works_is_level_from_its_first_look_on() {
        let shop = (1..=8).fold(site("shop").alive(), |shop, look| shop.looked(look * 15));
        assert_eq!(day(&shop, 121), format!("{:87}---------", ""));
        assert_eq!(line_of(shop, 121, 121), "          --");
    }

    #[test]
    fn a_break_before_the_first_look_is_dated_by_the_log() {
        let shop = site("shop").row(-60, DEAD).row(-20, DEAD).quiet();
        assert_eq!(day(&shop, 1), format!("{:91}X____", ""));
        assert_eq!(line_of(shop, 1, 1), "          X_");
    }

    #[test]
    fn a_dead_site_stays_dead_while_nobody_looks() {
        let shop = site("shop").row(-60, DEAD).quiet();
        assert_eq!(line_of(shop.clone(), 1, 10 * 60), "     X______");
        assert_eq!(line_of(shop.clone(), 1, 5 * DAY), "____________");
        assert_eq!(day(&shop, 5 * DAY), "_".repeat(96));
    }

    #[test]
    fn silence_is_unseen_and_errors_with_a_success_are_errors() {
        let shop = site("shop").alive().row(20, "Error adding contact: no fields").looked(25).good(29);
        let shop = shop.failed(40, FailureClass::Timeout).failed(55, FailureClass::Timeout);
        assert_eq!(day(&shop, 70), format!("{:91}-~...", ""));
        assert_eq!(line_of(shop, 70, 70), "           ~");
    }

    #[test]
    fn what_worked_again_is_level_again() {
        let shop = site("shop").alive().row(35, DEAD).looked(45).looked(60).token(2).looked(75).good(76).looked(90);
        assert_eq!(day(&shop, 91), format!("{:89}--X__--", ""));
        let later = shop.looked(120);
        assert_eq!(line_of(later, 121, 121), "          X-", "two hours with a break in them");
    }

    #[test]
    fn a_break_that_left_the_day_is_still_one() {
        let mut shop = site("shop").alive().row(10, DEAD).looked(15);
        for hour in 1..60 {
            shop = shop.looked(hour * 60 + 15);
        }
        assert_eq!(day(&shop, 60 * 60), "_".repeat(96));
        let shop = shop.token(2).looked(60 * 60 + 15).good(60 * 60 + 15);
        assert!(day(&shop, 60 * 60 + 20).ends_with("__-"), "{}", day(&shop, 60 * 60 + 20));
    }

    #[test]
    fn a_connection_that_is_gone_breaks_and_one_that_never_was_does_not() {
        let gone = |shop: SiteBuilder| shop.with(|status| status.connection = None);
        let lost = gone(site("shop").alive().looked(15)).looked(30).looked(45);
        assert_eq!(day(&lost, 46), format!("{:92}--X_", ""));
        let back = lost.connected().looked(60).good(60);
        assert_eq!(day(&back, 61), format!("{:91}--X_-", ""));
        let never = gone(site("shop")).looked(0).looked(15);
        assert_eq!(day(&never, 16), format!("{:94}..", ""));
    }

    #[test]
    fn what_the_org_alone_saw_breaks_the_wire_too() {
        let org = acme().approval(1, -90 * DAY, -60, 9).looked(0).without_oldest().looked(30);
        let scene = scene(org, [site("shop").alive().looked(15).looked(30).looked(45).looked(60)]);
        let detail = detail(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(61));
        assert_eq!(letters(&detail.wire), format!("{:91}--X__", ""));
    }

    #[test]
    fn nothing_known_is_no_wire() {
        let scene = Scene::default();
        let nothing = detail(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(0));
        assert_eq!((nothing.wire, nothing.wire_ends_at), (Vec::new(), None));
        assert_eq!(line(&scene, 0, 0), " ".repeat(12));
    }

    #[test]
    fn a_line_changes_by_the_two_hours_and_not_by_the_look() {
        let mut shop = site("shop").alive();
        let mut wires = Vec::new();
        for look in 1..=96 {
            shop = shop.looked(look * 15);
            let scene = scene(acme().approval(1, -90 * DAY, -60, 9).looked(0), [shop.clone()]);
            wires.push(scene.judge("shop", look * 15).row.wire);
            let old = scene.judge("shop", look * 15 + 300).row.wire;
            assert_eq!(wires.last(), Some(&old), "time alone changes nothing");
        }
        wires.dedup();
        assert_eq!(wires.len(), 13);
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_a_wire() {
        let ahead = site("shop").alive().looked(15).looked(40 * DAY).good(40 * DAY + 1);
        let mut state = ahead.build();
        state.set_back(at(30));
        let mut scene = scene(acme().looked(0), [site("shop")]);
        scene.fleet.put_site(state);
        let drawn = detail(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(31));
        assert_eq!(drawn.wire.len(), 96);
        assert!(drawn.wire_ends_at.is_some_and(|end| end - at(31) < TimeDelta::minutes(15)));
    }
}
