//! Where things stand on a page: one function from a size to rectangles, shared by `update` (how far a page scrolls)
//! and `view` (where to draw). Uses nothing of ours.

use ratatui::layout::{Rect, Size};

/// Below this a list says nothing: the page tells the worst site in words.
pub const SMALLEST: Size = Size { width: 60, height: 15 };
/// From here on columns stand two apart and empty rows separate the parts.
const ROOMY_WIDTH: u16 = 100;
const ROOMY_HEIGHT: u16 = 26;
/// A hairline with the name, and four rows of why, proof and next step.
const STRIP: u16 = 5;
/// From this height of the list on, groups of healths stand apart by an empty row.
const BANDS_FROM: u16 = 30;

/// The parts of a page, from top to bottom.
///
/// ```text
///  header    fusebox  1 Sites                     agency-eu   read-write   12:04Z
///  vitals    x 2 FAIL   ! 4 WARN   + 34 OK                      by risk   12s ago
///  heads     STATE    SITE                ORG/USER     SLOT LIFE PROOF WHY
///  list      ...
///  strip     - shop.example.org ------------------------------------ 1-14 of 42 -
///  message   what was just done, or the input
///  keys      / filter  s sort  ? help
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// All of it.
    pub area: Rect,
    /// Row 0.
    pub header: Rect,
    /// The counts.
    pub vitals: Rect,
    /// The column heads.
    pub heads: Rect,
    /// The rows.
    pub list: Rect,
    /// What is known of the selected site.
    pub strip: Rect,
    /// Toasts and inputs.
    pub message: Rect,
    /// The keys.
    pub keys: Rect,
    /// Everything between header and message, for a page that is no list.
    pub body: Rect,
    /// Whether there is room for empty rows and wide gaps.
    pub roomy: bool,
}

impl Page {
    /// The page of a terminal of this size.
    pub fn of(size: Size) -> Self {
        let area = Rect::new(0, 0, size.width, size.height);
        let roomy = size.width >= ROOMY_WIDTH && size.height >= ROOMY_HEIGHT;
        let gap = u16::from(roomy);
        let row = |y: u16, height: u16| {
            Rect::new(0, y.min(size.height), size.width, height.min(size.height.saturating_sub(y)))
        };
        let vitals = 1 + gap;
        let heads = vitals + 1 + gap;
        let keys = size.height.saturating_sub(1);
        let message = keys.saturating_sub(1);
        let strip = message.saturating_sub(STRIP + gap);
        let list = heads + 1;
        Self {
            area,
            header: row(0, 1),
            vitals: row(vitals, 1),
            heads: row(heads, 1),
            list: row(list, strip.saturating_sub(list)),
            strip: row(strip, STRIP),
            message: row(message, 1),
            keys: row(keys, 1),
            body: row(vitals, message.saturating_sub(vitals)),
            roomy,
        }
    }

    /// Whether a list fits at all.
    pub fn fits(&self) -> bool {
        self.area.width >= SMALLEST.width && self.area.height >= SMALLEST.height
    }

    /// Whether groups of healths stand apart.
    pub fn has_bands(&self) -> bool {
        self.list.height >= BANDS_FROM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_80x24_stand_where_the_picture_has_them() {
        let page = Page::of(Size::new(80, 24));
        let rows = [page.header, page.vitals, page.heads, page.list, page.strip, page.message, page.keys].map(|r| r.y);
        assert_eq!(rows, [0, 1, 2, 3, 17, 22, 23]);
        assert_eq!(page.list.height, 14);
        assert!(!page.roomy);
    }

    #[test]
    fn parts_never_overlap_or_leave_the_page() {
        for width in [60, 80, 99, 100, 500] {
            for height in 15..120 {
                let page = Page::of(Size::new(width, height));
                let parts = [page.header, page.vitals, page.heads, page.list, page.strip, page.message, page.keys];
                for pair in parts.windows(2) {
                    assert!(pair[0].bottom() <= pair[1].y, "{width}x{height}: {pair:?}");
                }
                assert_eq!(page.keys.bottom(), height);
                assert!(page.list.height >= 5, "{width}x{height}");
            }
        }
    }
}
