//! A backend that writes nothing when nothing changed, and each frame as one synchronized update.
//!
//! ratatui's own resets colours and hides the cursor on every frame, changed or not: over a slow line, idle would not be
//! idle. The text cursor is never shown: what looks like one is a cell.

use crate::ui::runtime::encoder::Encoder;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The bytes of one frame. Flushing it does nothing: the frame's end does.
#[derive(Clone, Debug, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal behind a buffer that holds one frame.
#[derive(Debug)]
pub struct Quiet<W: Write> {
    inner: CrosstermBackend<Pending>,
    pending: Pending,
    out: W,
    size: fn() -> io::Result<Size>,
    link: Option<String>,
}

impl<W: Write> Quiet<W> {
    /// A backend that writes to `out` and asks `size` for the size.
    pub fn new(out: W, size: fn() -> io::Result<Size>) -> Self {
        let pending = Pending::default();
        Self { inner: CrosstermBackend::new(pending.clone()), pending, out, size, link: None }
    }

    /// Where the cells of the next frame that are marked as a link lead; with nothing they are plain text.
    pub fn link_to(&mut self, url: Option<String>) {
        self.link = url;
    }

    /// What was written to.
    pub fn out(&self) -> &W {
        &self.out
    }
}

impl<W: Write> Backend for Quiet<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.pending.write_all(Encoder::encode(content, self.link.as_deref()).as_bytes())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Asking the terminal would mix its answer with the operator's keys, and nothing here depends on it.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _position: P) -> io::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Backend::clear(&mut self.inner)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    /// One write for the whole frame.
    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.pending.0.lock().unwrap_or_else(PoisonError::into_inner));
        if frame.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(frame.len() + BEGIN.len() + END.len());
        bytes.extend_from_slice(BEGIN);
        bytes.extend_from_slice(&frame);
        bytes.extend_from_slice(END);
        self.out.write_all(&bytes)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::widgets::Paragraph;

    #[test]
    fn a_frame_is_one_update_and_the_same_frame_is_nothing() {
        let backend = Quiet::new(Vec::new(), || Ok(Size::new(20, 2)));
        let mut terminal = Terminal::new(backend).expect("a terminal");
        let draw = |terminal: &mut Terminal<Quiet<Vec<u8>>>, text: &str| {
            let before = terminal.backend().out().len();
            terminal.draw(|frame| frame.render_widget(Paragraph::new(text.to_owned()), frame.area())).expect("drawn");
            String::from_utf8(terminal.backend().out()[before..].to_vec()).expect("text")
        };
        let first = draw(&mut terminal, "hello");
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l") && first.contains("hello"));
        assert_eq!(draw(&mut terminal, "hello"), "");
        let changed = draw(&mut terminal, "hellO");
        assert!(changed.contains('O') && !changed.contains("hell"), "{changed:?}");
    }
}
