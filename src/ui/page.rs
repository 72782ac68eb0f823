//! Where things stand on a page: one function from a size to rectangles, shared by `update` (how far a page scrolls)
//! and `view` (where to draw). Uses nothing of ours.

mod split;

pub use split::Split;

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

/// Rows of a banner: what is refused, what that hides, what to do.
pub const BANNER: u16 = 3;
/// From here on the selected site stands beside the list, and not in a strip below it.
pub const PANES_FROM: u16 = 140;
/// Cells of the detail's text.
const DETAIL: u16 = 44;
/// Rows of the slot board: a title, an empty row, and two rows of orgs.
const BOARD: u16 = 10;
/// A list gives up rows for the slot board as long as it keeps these.
const LIST_BESIDE_BOARD: u16 = 18;

/// Which pane has the whole body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zoom {
    /// None: each has its place.
    #[default]
    None,
    /// The list.
    List,
    /// What is known of the selected site.
    Detail,
}

/// The parts of a page. Below 140 columns, from top to bottom:
///
/// ```text
///  header    fusebox  1 Sites                     agency-eu   read-write   12:04Z
///  vitals    x 2 FAIL   ! 4 WARN   + 34 OK                      by risk   12s ago
///  banner    ! acme gives no token list: INSUFFICIENT_ACCESS      (where there is one)
///  heads     STATE    SITE                ORG/USER     SLOT LIFE PROOF WHY
///  list      ...
///  strip     - shop.example.org ------------------------------------ 1-14 of 42 -
///  message   what was just done, or the input
///  keys      / filter  s sort  ? help
/// ```
///
/// From 140 on a hairline stands between the list and the detail, and below the list, under its last line, the slot
/// board. A part that a page has no place for is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// All of it.
    pub area: Rect,
    /// Row 0.
    pub header: Rect,
    /// The counts.
    pub vitals: Rect,
    /// What holds for the whole list and needs somebody: above the heads.
    pub banner: Rect,
    /// The column heads.
    pub heads: Rect,
    /// The rows.
    pub list: Rect,
    /// The line that closes a list without a strip: how much of it is shown.
    pub foot: Rect,
    /// What is known of the selected site, below the list.
    pub strip: Rect,
    /// The hairline between list and detail.
    pub divider: Rect,
    /// What is known of the selected site, beside the list: its text, margins left out.
    pub detail: Rect,
    /// The slots of all users, below the list.
    pub board: Rect,
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
    /// The page of a terminal of this size, without a banner.
    pub fn of(size: Size, zoom: Zoom) -> Self {
        Self::with_banner(size, zoom, 0)
    }

    /// The page of a terminal of this size with a banner of so many rows, an empty one on either side. On a page that
    /// is too low for it the banner is empty.
    pub fn with_banner(size: Size, zoom: Zoom, banner: u16) -> Self {
        let area = Rect::new(0, 0, size.width, size.height);
        let roomy = size.width >= ROOMY_WIDTH && size.height >= ROOMY_HEIGHT;
        let gap = u16::from(roomy);
        let part = |x: u16, y: u16, width: u16, height: u16| Rect::new(x, y, width, height).intersection(area);
        let row = |y: u16, height: u16| part(0, y, size.width, height);
        let vitals = 1 + gap;
        let keys = size.height.saturating_sub(1);
        let message = keys.saturating_sub(1);
        let bottom = message.saturating_sub(gap);
        let under_vitals = vitals + 1 + gap;
        let needs = banner + u16::from(!roomy) + 1;
        let banner = if bottom >= under_vitals + needs + STRIP + 6 { banner } else { 0 };
        let heads = if banner > 0 { under_vitals + needs } else { under_vitals };
        let beside = size.width >= PANES_FROM && zoom == Zoom::None;
        // The detail keeps its width; what a wider terminal has is the list's.
        let list_width = if beside { size.width - DETAIL - 4 } else { size.width };
        let (list, nothing) = (heads + 1, Rect::ZERO);
        let mut page = Self {
            area,
            header: row(0, 1),
            vitals: row(vitals, 1),
            banner: row(under_vitals + u16::from(!roomy), banner),
            heads: part(0, heads, list_width.saturating_sub(u16::from(beside)), 1),
            list: nothing,
            foot: nothing,
            strip: nothing,
            divider: nothing,
            detail: nothing,
            board: nothing,
            message: row(message, 1),
            keys: row(keys, 1),
            body: row(vitals, message.saturating_sub(vitals)),
            roomy,
        };
        let rows = |to: u16| part(0, list, page.heads.width, to.saturating_sub(list));
        match zoom {
            Zoom::Detail => {
                page.detail = part(2, heads, size.width.saturating_sub(4), bottom.saturating_sub(heads));
                page.heads = nothing;
            }
            Zoom::None if !beside => {
                let strip = bottom.saturating_sub(STRIP);
                page.list = rows(strip);
                page.strip = row(strip, STRIP);
            }
            Zoom::None | Zoom::List => {
                let body = bottom.saturating_sub(list);
                let board = if beside && body >= LIST_BESIDE_BOARD + 2 + BOARD { (body / 4).max(BOARD) } else { 0 };
                let end = bottom - if board > 0 { board + 1 } else { 0 };
                page.list = rows(end.saturating_sub(1));
                page.foot = part(0, end.saturating_sub(1), page.heads.width, 1);
                page.board = part(2, bottom - board, page.heads.width.saturating_sub(2), board);
                if beside {
                    page.divider = part(list_width, heads, 1, bottom.saturating_sub(heads));
                    page.detail = part(list_width + 2, heads, DETAIL, bottom.saturating_sub(heads));
                }
            }
        }
        page
    }

    /// Whether the list and what is known of the selected site stand side by side at this size.
    pub fn has_panes(&self) -> bool {
        self.area.width >= PANES_FROM
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
        let page = Page::of(Size::new(80, 24), Zoom::None);
        let rows = [page.header, page.vitals, page.heads, page.list, page.strip, page.message, page.keys].map(|r| r.y);
        assert_eq!(rows, [0, 1, 2, 3, 17, 22, 23]);
        assert_eq!(page.list.height, 14);
        assert!(!page.roomy);
        let page = Page::with_banner(Size::new(80, 24), Zoom::None, 3);
        let rows = [page.vitals, page.banner, page.heads, page.list, page.strip].map(|r| r.y);
        assert_eq!(rows, [1, 3, 7, 8, 17]);
    }

    #[test]
    fn the_parts_of_160x50_stand_where_the_picture_has_them() {
        let page = Page::of(Size::new(160, 50), Zoom::None);
        assert_eq!(page.heads, Rect::new(0, 4, 111, 1));
        assert_eq!(page.list, Rect::new(0, 5, 111, 30));
        assert_eq!((page.foot.y, page.message.y, page.keys.y), (35, 48, 49));
        assert_eq!(page.board, Rect::new(2, 37, 109, 10));
        assert_eq!(page.divider, Rect::new(112, 4, 1, 43));
        assert_eq!(page.detail, Rect::new(114, 4, 44, 43));
        assert!(page.strip.is_empty() && page.has_bands());
    }

    #[test]
    fn zoom_gives_one_pane_the_whole_body() {
        for (width, height) in [(80, 24), (160, 50)] {
            let size = Size::new(width, height);
            let list = Page::of(size, Zoom::List);
            assert_eq!(list.list.width, width);
            assert!(list.detail.is_empty() && list.strip.is_empty() && list.board.is_empty());
            let detail = Page::of(size, Zoom::Detail);
            assert_eq!(detail.detail.width, width - 4);
            assert!(detail.list.is_empty() && detail.strip.is_empty() && detail.board.is_empty());
        }
    }

    #[test]
    fn parts_never_overlap_or_leave_the_page() {
        for width in [60, 80, 99, 100, 139, 140, 160, 500] {
            for height in 15..120 {
                for (zoom, banner) in [(Zoom::None, 0), (Zoom::None, 3), (Zoom::List, 0), (Zoom::Detail, 3)] {
                    let page = Page::with_banner(Size::new(width, height), zoom, banner);
                    let parts = [
                        page.header,
                        page.vitals,
                        page.banner,
                        page.heads,
                        page.list,
                        page.foot,
                        page.strip,
                        page.board,
                        page.divider,
                        page.detail,
                        page.message,
                        page.keys,
                    ];
                    let parts: Vec<Rect> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                    for (i, part) in parts.iter().enumerate() {
                        assert_eq!(part.intersection(page.area), *part);
                        for other in &parts[i + 1..] {
                            assert!(!part.intersects(*other), "{width}x{height} {zoom:?}: {part:?} {other:?}");
                        }
                    }
                    assert_eq!(page.keys.bottom(), height);
                    assert!(zoom == Zoom::Detail || page.list.height >= 5, "{width}x{height}");
                }
            }
        }
    }
}
