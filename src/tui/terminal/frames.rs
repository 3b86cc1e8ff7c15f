//! A frame: what is drawn, and the bytes that show it, which go out in one `write`.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use super::canvas::Canvas;
use super::colour::ColourDepth;
use super::surface::Surface;

/// Around a frame: the terminal shows it at once, and one that does not know the mode ignores it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Draws frames for one terminal.
#[derive(Debug)]
pub(super) struct Frames {
    screen: ratatui::Terminal<Surface>,
    canvas: Canvas,
    wanted: Buffer,
    bytes: Vec<u8>,
}

impl Frames {
    /// For a screen of `size` whose cursor is hidden.
    pub(super) fn new(size: Size, depth: ColourDepth) -> Self {
        let Ok(screen) = ratatui::Terminal::new(Surface::new(size));
        Self {
            screen,
            canvas: Canvas::new(depth),
            wanted: Buffer::default(),
            bytes: Vec::new(),
        }
    }

    pub(super) fn size(&self) -> Size {
        self.screen.backend().size
    }

    /// The screen now has this size.
    pub(super) fn set_size(&mut self, size: Size) {
        self.screen.backend_mut().size = size;
    }

    /// Draws every cell anew with the next frame.
    pub(super) fn forget(&mut self) {
        self.canvas.forget();
    }

    /// Is a part of the last frame still to be drawn?
    pub(super) fn is_behind(&self) -> bool {
        self.canvas.is_behind()
    }

    /// Draws a frame of about so many bytes at most, which goes out behind `before`; what there is to
    /// write, if anything. The vector is to be left empty.
    pub(super) fn draw(
        &mut self,
        before: &[u8],
        most: usize,
        render: impl FnOnce(&mut Frame<'_>),
    ) -> Option<&mut Vec<u8>> {
        self.bytes.clear();
        self.bytes.extend_from_slice(before);
        self.bytes.extend_from_slice(BEGIN);
        let start = self.bytes.len();
        self.screen.backend_mut().cursor = None;
        let Ok(drawn) = self.screen.draw(render);
        // It is borrowed from the screen, which is to be asked for the cursor.
        self.wanted.clone_from(drawn.buffer);
        let cursor = self.screen.backend().cursor;
        self.canvas
            .paint(&self.wanted, cursor, most, &mut self.bytes);
        if let Some(cursor) = cursor {
            self.canvas.leave_cursor(cursor, &mut self.bytes);
        }
        if self.bytes.len() == start && before.is_empty() {
            return None;
        }
        self.bytes.extend_from_slice(END);
        Some(&mut self.bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_frame_without_a_change_has_no_bytes() {
        let mut frames = Frames::new(Size::new(12, 4), ColourDepth::True);
        let draw = |frames: &mut Frames, cursor| {
            let drawn = frames.draw(b"", usize::MAX, |frame| {
                frame.render_widget("text", frame.area());
                frame.set_cursor_position((cursor, 0));
            });
            drawn.map(std::mem::take)
        };
        assert!(draw(&mut frames, 2).unwrap().starts_with(BEGIN));
        assert_eq!(draw(&mut frames, 2), None);
        let moved = draw(&mut frames, 3).unwrap();
        assert!(
            moved.len() < BEGIN.len() + END.len() + 4,
            "{}",
            moved.escape_ascii()
        );
        assert_eq!(draw(&mut frames, 3), None);
        frames.forget();
        assert!(draw(&mut frames, 3).is_some());
    }
}
