//! Every sign that is drawn, with its ASCII partner of the same width, so that no layout shifts between the two sets.
//!
//! Uses nothing of ours but [`Health`]. None is an emoji in Unicode's tables and none is private-use.

use crate::model::Health;

/// One sign by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Glyph {
    /// Proved broken; a break.
    Fail,
    /// Will break.
    Warn,
    /// Proved working; a step that is done.
    Ok,
    /// Proof too old; a step that waits.
    Old,
    /// Not known.
    Unknown,
    /// Staging or a clone.
    Staging,
    /// No connection here; nothing in this place.
    Off,
    /// Not looked at yet; a free slot.
    Free,
    /// A slot held.
    Held,
    /// A slot held by no known site.
    Orphan,
    /// Leaves first, or has left.
    Leaves,
    /// The selection's edge.
    Edge,
    /// Marked by the operator.
    Marked,
    /// A wire with errors that recovered.
    Errors,
    /// A wire that carries nothing.
    Dead,
    /// What is opened from where.
    Crumb,
    /// The ends of a fuse.
    CapLeft,
    /// The ends of a fuse.
    CapRight,
    /// A horizontal hairline.
    Line,
    /// Between what has left and what is here.
    Dashed,
    /// A vertical hairline.
    Pipe,
    /// The full part of a meter.
    Meter,
    /// Becomes.
    Becomes,
    /// Arrives.
    Arrives,
    /// Text was cut here.
    Cut,
    /// The text cursor.
    Cursor,
    /// Told by the operator.
    Told,
    /// One token, two sites.
    Shared,
    /// From policy.
    Policy,
    /// Corners of a dialog.
    TopLeft,
    /// Corners of a dialog.
    TopRight,
    /// Corners of a dialog.
    BottomLeft,
    /// Corners of a dialog.
    BottomRight,
}

/// The set of signs that the terminal can show. Cheap to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glyphs {
    ascii: bool,
}

impl Glyphs {
    /// The ASCII set, or the Unicode one.
    pub fn new(ascii: bool) -> Self {
        Self { ascii }
    }

    /// The set for an environment: ASCII where `wanted`, on a Linux console or a dumb terminal, and where the locale
    /// names another encoding than UTF-8. No locale at all says nothing (containers and bare ssh have none).
    pub fn detect(wanted: bool, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let poor = set("TERM").is_some_and(|term| term == "linux" || term == "dumb");
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let other = locale.is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            !name.contains("utf-8") && !name.contains("utf8")
        });
        Self::new(wanted || poor || other)
    }

    /// Whether the signs are ASCII alone.
    pub fn is_ascii(self) -> bool {
        self.ascii
    }

    /// The sign of `glyph`, one cell wide.
    pub fn get(self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = match glyph {
            Glyph::Fail => ("×", "X"),
            Glyph::Warn => ("▲", "!"),
            Glyph::Ok => ("●", "+"),
            Glyph::Old => ("○", "o"),
            Glyph::Unknown => ("?", "?"),
            Glyph::Staging => ("◊", "s"),
            Glyph::Off => ("–", "-"),
            Glyph::Free => ("·", "."),
            Glyph::Held => ("■", "#"),
            Glyph::Orphan => ("□", "o"),
            Glyph::Leaves => ("◄", "<"),
            Glyph::Edge => ("▌", ">"),
            Glyph::Marked => ("*", "*"),
            Glyph::Errors => ("≈", "~"),
            Glyph::Dead => ("▁", "_"),
            Glyph::Crumb => ("›", ">"),
            Glyph::CapLeft => ("▐", "["),
            Glyph::CapRight => ("▌", "]"),
            Glyph::Line => ("─", "-"),
            Glyph::Dashed => ("╌", "."),
            Glyph::Pipe => ("│", "|"),
            Glyph::Meter => ("━", "="),
            Glyph::Becomes => ("→", ">"),
            Glyph::Arrives => ("►", ">"),
            Glyph::Cut => ("…", "~"),
            Glyph::Cursor => ("█", "_"),
            Glyph::Told => ("†", "'"),
            Glyph::Shared => ("=", "="),
            Glyph::Policy => ("~", "~"),
            Glyph::TopLeft => ("╭", "+"),
            Glyph::TopRight => ("╮", "+"),
            Glyph::BottomLeft => ("╰", "+"),
            Glyph::BottomRight => ("╯", "+"),
        };
        if self.ascii { ascii } else { unicode }
    }

    /// The sign of a health.
    pub fn health(self, health: Health) -> &'static str {
        self.get(match health {
            Health::Fail => Glyph::Fail,
            Health::Warn => Glyph::Warn,
            Health::Stag => Glyph::Staging,
            Health::Old => Glyph::Old,
            Health::Unkn => Glyph::Unknown,
            Health::Off => Glyph::Off,
            Health::Ok => Glyph::Ok,
        })
    }

    /// No end: the one sign whose ASCII partner is a word.
    pub fn endless(self) -> &'static str {
        if self.ascii { "none" } else { "∞" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn both_sets_are_one_cell_wide() {
        for glyph in Glyph::iter() {
            assert_eq!(Glyphs::new(false).get(glyph).width(), 1, "{glyph:?}");
            assert_eq!(Glyphs::new(true).get(glyph).len(), 1, "{glyph:?}");
        }
    }

    #[test]
    fn every_health_has_a_sign_of_its_own() {
        for ascii in [false, true] {
            let signs: std::collections::BTreeSet<_> = Health::iter().map(|h| Glyphs::new(ascii).health(h)).collect();
            assert_eq!(signs.len(), Health::iter().count());
        }
    }

    #[test]
    fn the_locale_decides_unless_the_operator_does() {
        let with = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(Glyphs::detect(false, with(&[("LANG", "en_US.UTF-8")])), Glyphs::new(false));
        assert_eq!(Glyphs::detect(false, with(&[])), Glyphs::new(false));
        assert_eq!(Glyphs::detect(false, with(&[("LANG", "C")])), Glyphs::new(true));
        assert_eq!(Glyphs::detect(false, with(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")])), Glyphs::new(true));
        assert_eq!(Glyphs::detect(false, with(&[("TERM", "linux"), ("LANG", "C.utf8")])), Glyphs::new(true));
        assert_eq!(Glyphs::detect(true, with(&[("LANG", "C.UTF-8")])), Glyphs::new(true));
    }
}
