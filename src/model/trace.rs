//! What the looks at a site saw of its connection, in stretches of a quarter of an hour: the memory behind its wire.
//!
//! A stretch keeps the last good call and the last final refusal by the minute, and what else was seen as flags, so
//! that the order in which things are heard of does not matter and hearing of one twice changes nothing. What is older
//! than a day is folded into the state in which the kept day begins. Uses `model` alone.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Seconds of a stretch.
const STEP_S: i64 = 900;

/// Minutes of a stretch.
const STEP_M: i64 = 15;

/// A stretch between two answered looks counts as looked at when both lie so near: the later look brought the log of it,
/// and looks wander by their jitter.
const FILLED: i64 = 4;

/// A day of a site's connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The stretch of the first thing known of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    begins: Option<i64>,
    /// The number of the newest stretch kept, counted from 1970.
    newest: i64,
    /// The stretches up to it, oldest first.
    #[serde(with = "packed")]
    stretches: Vec<Stretch>,
    /// The last good call before them, in minutes from 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    good: Option<i64>,
    /// The last final refusal before them, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<i64>,
    /// Whether a connection was stored at the last look before them; none where there never was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    stood: Option<bool>,
}

/// What one stretch brought: a minute in four bits for the last good call, the same for the last refusal, four flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch(u16);

const LOOKED: u16 = 1 << 8;
const PARTED: u16 = 1 << 9;
const ERRORS: u16 = 1 << 10;
const SILENT: u16 = 1 << 11;

impl Stretch {
    /// The minute of the last success: a call that worked, a refresh, an authorization.
    pub fn good(self) -> Option<u16> {
        (self.0 & 15).checked_sub(1)
    }

    /// The minute of the last final refusal.
    pub fn refused(self) -> Option<u16> {
        ((self.0 >> 4) & 15).checked_sub(1)
    }

    /// Whether a look found a connection stored, and a plugin that uses it.
    pub fn looked(self) -> bool {
        self.0 & LOOKED != 0
    }

    /// Whether a look found no connection, or none that the plugin uses.
    pub fn parted(self) -> bool {
        self.0 & PARTED != 0
    }

    /// Whether the site logged an error, or a call came to nothing.
    pub fn errors(self) -> bool {
        self.0 & ERRORS != 0
    }

    fn see_good(&mut self, minute: u16) {
        self.0 = (self.0 & !15) | (self.0 & 15).max(minute + 1);
    }

    fn see_refused(&mut self, minute: u16) {
        self.0 = (self.0 & !0xf0) | (self.0 & 0xf0).max((minute + 1) << 4);
    }

    /// Forgets what is told of later minutes than `minute`.
    fn until(&mut self, minute: u16) {
        if self.good().is_some_and(|good| good > minute) {
            self.0 &= !15;
        }
        if self.refused().is_some_and(|refused| refused > minute) {
            self.0 &= !0xf0;
        }
    }
}

/// What was seen, as far as a wire shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The connection worked.
    Good,
    /// It was refused for good.
    Refused,
    /// Something went wrong that may pass.
    Error,
    /// A look found a connection in use.
    Stands,
    /// A look found none.
    Parted,
    /// A look was not answered.
    Silent,
}

impl Trace {
    /// How many stretches are kept: a day.
    pub const KEPT: i64 = 96;

    /// The number of the stretch that `at` lies in.
    pub fn stretch_of(at: DateTime<Utc>) -> i64 {
        at.timestamp().div_euclid(STEP_S)
    }

    /// When a stretch ends.
    pub fn end_of(stretch: i64) -> DateTime<Utc> {
        let end = stretch.saturating_add(1).saturating_mul(STEP_S);
        DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The stretch of the first thing known of the site, if anything is.
    pub fn begins(&self) -> Option<i64> {
        self.begins
    }

    /// The newest stretch with anything in it, if there is one.
    pub fn newest(&self) -> Option<i64> {
        (!self.stretches.is_empty()).then_some(self.newest)
    }

    /// What a stretch brought; nothing where it is not kept.
    pub fn stretch(&self, stretch: i64) -> Stretch {
        self.index(stretch).map_or(Stretch::default(), |index| self.stretches[index])
    }

    /// Whether the connection was broken when the kept day began.
    pub fn began_refused(&self) -> bool {
        self.refused > self.good
    }

    /// Whether a connection was stored when the kept day began; none where there never had been one.
    pub fn began_stood(&self) -> Option<bool> {
        self.stood
    }

    /// Takes one thing seen.
    pub(crate) fn see(&mut self, at: DateTime<Utc>, sight: Sight) {
        let stretch = Self::stretch_of(at);
        self.begins = Some(self.begins.map_or(stretch, |begins| begins.min(stretch)));
        let minute = at.timestamp().div_euclid(60);
        let Some(kept) = self.make_room(stretch) else {
            match sight {
                Sight::Good => self.good = self.good.max(Some(minute)),
                Sight::Refused => self.refused = self.refused.max(Some(minute)),
                _ => {}
            }
            return;
        };
        let minute = u16::try_from(minute.rem_euclid(STEP_M)).unwrap_or_default();
        match sight {
            Sight::Good => kept.see_good(minute),
            Sight::Refused => kept.see_refused(minute),
            Sight::Error => kept.0 |= ERRORS,
            Sight::Stands => kept.0 |= LOOKED,
            Sight::Parted => kept.0 |= PARTED,
            Sight::Silent => kept.0 |= SILENT,
        }
        if sight == Sight::Stands {
            self.fill_before(stretch);
        }
    }

    /// The host's clock shows `now`: what was seen later was seen at a time that nobody knows.
    pub(crate) fn set_back(&mut self, now: DateTime<Utc>, slack: TimeDelta) {
        let by = now.checked_add_signed(slack).unwrap_or(now);
        let (last, minute) = (Self::stretch_of(by), by.timestamp().div_euclid(60));
        self.begins = self.begins.map(|begins| begins.min(last));
        self.good.take_if(|good| *good > minute);
        self.refused.take_if(|refused| *refused > minute);
        let Some(newest) = self.newest() else { return };
        let ahead = usize::try_from(newest.saturating_sub(last)).unwrap_or_default();
        self.stretches.truncate(self.stretches.len().saturating_sub(ahead));
        self.newest = newest.min(last);
        if let Some(index) = self.index(last) {
            self.stretches[index].until(u16::try_from(minute.rem_euclid(STEP_M)).unwrap_or_default());
        }
    }

    fn index(&self, stretch: i64) -> Option<usize> {
        let back = usize::try_from(self.newest.checked_sub(stretch)?).ok()?;
        self.stretches.len().checked_sub(back.checked_add(1)?)
    }

    /// The place of a stretch; none where it lies before the kept day.
    fn make_room(&mut self, stretch: i64) -> Option<&mut Stretch> {
        if self.stretches.is_empty() {
            self.newest = stretch;
            self.stretches.push(Stretch::default());
        }
        if stretch > self.newest {
            self.advance_to(stretch);
        }
        let back = self.newest.saturating_sub(stretch);
        if back >= Self::KEPT {
            return None;
        }
        let missing = (usize::try_from(back).ok()? + 1).saturating_sub(self.stretches.len());
        self.stretches.splice(0..0, std::iter::repeat_n(Stretch::default(), missing));
        let index = self.index(stretch)?;
        self.stretches.get_mut(index)
    }

    fn advance_to(&mut self, stretch: i64) {
        let by = usize::try_from(stretch.saturating_sub(self.newest).min(Self::KEPT)).unwrap_or_default();
        let kept = usize::try_from(Self::KEPT).unwrap_or_default();
        let gone = (self.stretches.len() + by).saturating_sub(kept).min(self.stretches.len());
        let oldest = self.newest.saturating_sub(i64::try_from(self.stretches.len()).unwrap_or_default() - 1);
        for (number, gone) in (oldest..).zip(self.stretches.drain(..gone)) {
            let begin = number.saturating_mul(STEP_M);
            self.good = self.good.max(gone.good().map(|minute| begin.saturating_add(minute.into())));
            self.refused = self.refused.max(gone.refused().map(|minute| begin.saturating_add(minute.into())));
            self.stood = match (gone.parted(), gone.looked()) {
                (true, _) => self.stood.map(|_| false),
                (false, true) => Some(true),
                (false, false) => self.stood,
            };
        }
        let filled = (self.stretches.len() + by).min(kept);
        self.stretches.resize(filled, Stretch::default());
        self.newest = stretch;
    }

    /// Two answered looks that lie near each other saw what lies between them.
    fn fill_before(&mut self, stretch: i64) {
        for former in (1..=FILLED).map_while(|back| stretch.checked_sub(back)) {
            let seen = self.stretch(former);
            if seen.0 & (SILENT | PARTED) != 0 {
                return;
            }
            if seen.looked() {
                for between in former + 1..stretch {
                    if let Some(index) = self.index(between) {
                        self.stretches[index].0 |= LOOKED;
                    }
                }
                return;
            }
        }
    }
}

/// Two letters a stretch. What is no letter of ours is a stretch of which nothing is known.
mod packed {
    use super::{Stretch, Trace};
    use serde::{Deserialize, Deserializer, Serializer};

    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    pub(super) fn serialize<S: Serializer>(stretches: &[Stretch], serializer: S) -> Result<S::Ok, S::Error> {
        let letter = |bits: u16| char::from(LETTERS[usize::from(bits & 63)]);
        let text: String = stretches.iter().flat_map(|stretch| [letter(stretch.0 >> 6), letter(stretch.0)]).collect();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Stretch>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bits =
            |letter: u8| LETTERS.iter().position(|known| *known == letter).and_then(|bits| u16::try_from(bits).ok());
        let stretch = |pair: &[u8]| match pair {
            [high, low] => Stretch(bits(*high).zip(bits(*low)).map_or(0, |(high, low)| (high << 6) | low)),
            _ => Stretch::default(),
        };
        let mut stretches: Vec<Stretch> = text.as_bytes().chunks(2).map(stretch).collect();
        let kept = usize::try_from(Trace::KEPT).unwrap_or_default();
        stretches.drain(..stretches.len().saturating_sub(kept));
        Ok(stretches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_003_200 + minutes * 60, 0).expect("a time")
    }

    fn sight() -> impl Strategy<Value = (i64, Sight)> {
        let kinds = [Sight::Good, Sight::Refused, Sight::Error, Sight::Stands, Sight::Parted, Sight::Silent];
        (-3000..3000_i64, prop::sample::select(kinds.to_vec()))
    }

    fn trace(sights: &[(i64, Sight)]) -> Trace {
        let mut trace = Trace::default();
        for (minutes, sight) in sights {
            trace.see(at(*minutes), *sight);
        }
        trace
    }

    #[test]
    fn the_last_minute_of_a_stretch_stays() {
        let trace = trace(&[(4, Sight::Good), (2, Sight::Good), (9, Sight::Refused), (7, Sight::Refused)]);
        let seen = trace.stretch(Trace::stretch_of(at(0)));
        assert_eq!((seen.good(), seen.refused(), seen.looked()), (Some(4), Some(9), false));
        assert_eq!(trace.stretch(Trace::stretch_of(at(15))), Stretch::default());
    }

    #[test]
    fn what_leaves_the_day_is_remembered_as_a_state() {
        let mut trace = trace(&[(0, Sight::Stands), (1, Sight::Good), (20, Sight::Refused)]);
        assert!(!trace.began_refused());
        trace.see(at(3000), Sight::Stands);
        assert!(trace.began_refused());
        assert_eq!((trace.began_stood(), trace.begins()), (Some(true), Some(Trace::stretch_of(at(0)))));
        trace.see(at(30), Sight::Good);
        assert!(!trace.began_refused(), "a success that is heard of late");
    }

    #[test]
    fn near_looks_see_what_lies_between_them() {
        let looked = |trace: &Trace, minutes| trace.stretch(Trace::stretch_of(at(minutes))).looked();
        let near = trace(&[(0, Sight::Stands), (45, Sight::Stands)]);
        assert!(looked(&near, 15) && looked(&near, 30));
        let far = trace(&[(0, Sight::Stands), (90, Sight::Stands)]);
        assert!(!looked(&far, 45));
        let silent = trace(&[(0, Sight::Stands), (15, Sight::Silent), (30, Sight::Stands)]);
        assert!(!looked(&silent, 15));
    }

    #[test]
    fn a_clock_that_was_set_back_takes_its_sights_with_it() {
        let mut set = trace(&[(0, Sight::Stands), (3, Sight::Good), (50, Sight::Good), (70, Sight::Stands)]);
        set.set_back(at(0), TimeDelta::minutes(1));
        assert_eq!(set, trace(&[(0, Sight::Stands)]));
        let mut far = trace(&[(0, Sight::Refused), (60 * 24 * 40, Sight::Good)]);
        far.set_back(at(20), TimeDelta::minutes(1));
        assert_eq!((far.newest(), far.began_refused()), (None, true));
        far.see(at(30), Sight::Stands);
        assert!(far.stretch(Trace::stretch_of(at(30))).looked(), "the next look is kept");
    }

    #[test]
    fn bad_letters_are_nothing_known() {
        for cells in ["ä!", "A", &"z".repeat(5000)] {
            let json = serde_json::json!({ "newest": i64::MAX, "stretches": cells });
            let mut trace: Trace = serde_json::from_value(json).expect("a trace");
            trace.see(at(0), Sight::Stands);
            trace.set_back(at(0), TimeDelta::zero());
            trace.see(at(1), Sight::Stands);
            assert!(trace.stretch(Trace::stretch_of(at(1))).looked());
        }
        assert_eq!(serde_json::from_str::<Trace>("{}").expect("a trace"), Trace::default());
    }

    proptest! {
        #[test]
        fn it_is_bounded_and_survives_packing(sights in prop::collection::vec(sight(), 0..60)) {
            let trace = trace(&sights);
            let json = serde_json::to_string(&trace).expect("JSON");
            prop_assert!(json.len() < 400, "{}", json);
            prop_assert_eq!(serde_json::from_str::<Trace>(&json).expect("a trace"), trace);
        }

        #[test]
        fn seen_twice_is_seen_once(sights in prop::collection::vec(sight(), 1..40)) {
            let mut once = trace(&sights);
            let (minutes, sight) = sights[sights.len() - 1];
            let before = once.clone();
            once.see(at(minutes), sight);
            prop_assert_eq!(once, before);
        }

        #[test]
        fn good_and_bad_may_be_heard_of_in_any_order(sights in prop::collection::vec(sight(), 1..40)) {
            let told = |sights: &[(i64, Sight)]| {
                let trace = trace(sights);
                let newest = trace.newest().unwrap_or_default();
                let minutes: Vec<_> =
                    (newest - Trace::KEPT..=newest).map(|i| (trace.stretch(i).good(), trace.stretch(i).refused())).collect();
                (newest, trace.began_refused(), trace.begins(), minutes)
            };
            let mut turned = sights.clone();
            turned.reverse();
            prop_assert_eq!(told(&sights), told(&turned));
        }
    }
}
