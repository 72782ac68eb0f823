//! Where a list and what is told of its selected line stand in the views beside Sites: side by side where there is room,
//! else one above the other.

use super::{PANES_FROM, Page};
use ratatui::layout::Rect;

/// Cells of the list of users beside what is told of one.
const USERS: u16 = 56;
/// Rows under the list of users: an empty one, how many there are, what the signs mean.
const FOOT: u16 = 3;

/// The parts of such a view. One that is not drawn is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The heads of the columns.
    pub heads: Rect,
    /// The list.
    pub list: Rect,
    /// What stands under the list.
    pub foot: Rect,
    /// The hairline between the two.
    pub divider: Rect,
    /// The line above what is told of the selected line.
    pub title: Rect,
    /// What is told of the selected line.
    pub detail: Rect,
}

impl Page {
    /// The parts of the list of users.
    pub fn users(&self) -> Split {
        if self.area.width < PANES_FROM {
            return self.halves(usize::MAX);
        }
        let (top, bottom) = self.ends();
        let rows = bottom.saturating_sub(top);
        let foot = if rows > FOOT + 8 { FOOT } else { 0 };
        let part = |x, y, width, height| Rect::new(x, y, width, height).intersection(self.area);
        let detail = self.area.width.saturating_sub(USERS + 4);
        Split {
            heads: part(0, top, USERS - 1, 1),
            list: part(0, top + 1, USERS - 1, rows.saturating_sub(1 + foot)),
            foot: part(2, bottom - foot, USERS - 3, foot),
            divider: part(USERS, top, 1, rows),
            title: Rect::ZERO,
            detail: part(USERS + 2, top, detail, rows),
        }
    }

    /// A list of so many lines over what is told of the selected one: the list has half of the page at most.
    pub fn halves(&self, lines: usize) -> Split {
        let (top, bottom) = self.ends();
        let rows = bottom.saturating_sub(top);
        self.stacked(u16::try_from(lines).unwrap_or(u16::MAX).clamp(1, (rows / 2).saturating_sub(1).max(1)))
    }

    /// A list of so many rows over what is told of the selected line.
    fn stacked(&self, list: u16) -> Split {
        let (top, bottom) = self.ends();
        let width = self.area.width;
        let part = |x, y, width, height| Rect::new(x, y, width, height).intersection(self.area);
        let title = top + 1 + list;
        Split {
            heads: part(0, top, width, 1),
            list: part(0, top + 1, width, list),
            title: part(0, title, width, 1),
            detail: part(2, title + 1, width.saturating_sub(4), bottom.saturating_sub(title + 1)),
            ..Split::default()
        }
    }

    /// A list of so many lines over so many rows of what is told of the selected one: the list has the rest.
    pub fn above(&self, lines: usize, told: u16) -> Split {
        let (top, bottom) = self.ends();
        let rows = bottom.saturating_sub(top);
        let room = rows.saturating_sub(2 + told).max((rows / 2).saturating_sub(1)).max(1);
        self.stacked(u16::try_from(lines).unwrap_or(u16::MAX).clamp(1, room))
    }

    /// The rows between the vital signs and the message.
    fn ends(&self) -> (u16, u16) {
        let gap = u16::from(self.roomy);
        (self.vitals.bottom() + gap, self.message.y.saturating_sub(gap).max(self.vitals.bottom() + gap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::page::Zoom;
    use ratatui::layout::Size;

    #[test]
    fn the_parts_of_the_drawn_sizes_stand_where_the_pictures_have_them() {
        let split = Page::of(Size::new(80, 24), Zoom::None).users();
        assert_eq!((split.heads.y, split.list.height, split.title.y, split.detail.height), (2, 9, 12, 9));
        let split = Page::of(Size::new(160, 50), Zoom::None).users();
        assert_eq!((split.heads.y, split.divider.x, split.detail.x, split.detail.width), (4, 56, 58, 100));
        let split = Page::of(Size::new(120, 34), Zoom::None).halves(6);
        assert_eq!((split.heads.y, split.list.height), (4, 6));
    }

    #[test]
    fn parts_never_overlap_or_leave_the_page() {
        for width in [60, 80, 100, 139, 140, 160, 400] {
            for height in 15..80 {
                let page = Page::of(Size::new(width, height), Zoom::None);
                for split in [page.users(), page.halves(1), page.halves(500), page.above(1, 5), page.above(500, 5)] {
                    let parts = [split.heads, split.list, split.foot, split.divider, split.title, split.detail];
                    let parts: Vec<Rect> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                    for (i, part) in parts.iter().enumerate() {
                        assert!(part.bottom() <= page.message.y, "{width}x{height}");
                        for other in &parts[i + 1..] {
                            assert!(!part.intersects(*other), "{width}x{height}: {part:?} {other:?}");
                        }
                    }
                    let single = [page.halves(1), page.above(1, 5)];
                    assert!(split.list.height >= 3 || single.contains(&split), "{width}x{height}");
                }
            }
        }
    }
}
