//! From changed cells to bytes: ratatui's view of our terminal.
//!
//! Everything goes to one buffer, `flush` means nothing, and the size is told, never asked. So a
//! frame is one `write`, and no call of ratatui's can make it wait for the terminal to answer.

use std::convert::Infallible;
use std::io::Write as _;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::colour::ColourDepth;
use super::look::{Look, PLAIN, change};
use crate::display::is_shown;

/// Around a frame: the terminal shows it at once, and one that does not know the mode ignores it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const CLEAR: &[u8] = b"\x1b[2J";

/// Collects one frame.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    bytes: Vec<u8>,
    /// Length of `bytes` when the frame began.
    start: usize,
    size: Size,
    depth: ColourDepth,
    /// Where the cursor was left. It is hidden, and stands where a screen reader is to read.
    cursor: Option<Position>,
}

impl FrameBuffer {
    /// For a screen of `size` whose cursor is hidden.
    pub(super) const fn new(size: Size, depth: ColourDepth) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            size,
            depth,
            cursor: None,
        }
    }

    /// The screen now has this size.
    pub(super) const fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// Somebody has moved the cursor behind our back.
    pub(super) const fn forget_cursor(&mut self) {
        self.cursor = None;
    }

    /// Begins a frame, which goes out behind `before`.
    pub(super) fn begin(&mut self, before: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(before);
        self.bytes.extend_from_slice(BEGIN);
        self.start = self.bytes.len();
    }

    /// Ends the frame; what there is to write, if anything. The vector is to be left empty.
    pub(super) fn end(&mut self) -> Option<&mut Vec<u8>> {
        if self.bytes.len() == BEGIN.len() {
            return None;
        }
        self.bytes.extend_from_slice(END);
        Some(&mut self.bytes)
    }

    fn move_to(&mut self, to: Position) {
        // Writing to a vector cannot fail.
        let _ = write!(self.bytes, "\x1b[{};{}H", to.y + 1, to.x + 1);
    }

    fn put_symbol(&mut self, symbol: &str) {
        // What must not be shown never gets through, wherever a name came from.
        if symbol.is_empty() || !symbol.chars().all(is_shown) {
            self.bytes.push(b' ');
        } else {
            self.bytes.extend_from_slice(symbol.as_bytes());
        }
    }
}

impl Backend for FrameBuffer {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut look = PLAIN;
        let mut next = None;
        for (x, y, cell) in content {
            let here = Position { x, y };
            if next != Some(here) {
                self.move_to(here);
            }
            let symbol = cell.symbol();
            // Terminals disagree on the width of some characters, never on that of ASCII.
            next = (symbol.len() == 1 || is_narrow(symbol)).then_some(Position { x: x + 1, y });
            let wanted = Look::of(cell, self.depth);
            if wanted != look {
                change(&mut self.bytes, look, wanted);
                look = wanted;
            }
            self.put_symbol(symbol);
        }
        if look != PLAIN {
            change(&mut self.bytes, look, PLAIN);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        let position = position.into();
        // Cells that were drawn have moved it.
        if self.bytes.len() > self.start || self.cursor != Some(position) {
            self.move_to(position);
            self.cursor = Some(position);
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        // ratatui clears twice when the screen has become narrower.
        if !self.bytes.ends_with(CLEAR) {
            self.bytes.extend_from_slice(CLEAR);
        }
        Ok(())
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(match clear_type {
            ClearType::All => return self.clear(),
            ClearType::AfterCursor => b"\x1b[J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Letters with accents, box drawing, blocks and braille: one column wherever we may run.
fn is_narrow(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    matches!(
        (chars.next(), chars.next()),
        (Some('\u{a0}'..='\u{24f}' | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}'), None)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::super::look::named_code;
    use super::*;

    const SIZE: Size = Size::new(12, 4);

    fn emulate(bytes: &[u8]) -> vt100::Parser {
        let mut terminal = vt100::Parser::new(SIZE.height, SIZE.width, 0);
        terminal.process(bytes);
        terminal
    }

    fn encoded(buffer: &Buffer, depth: ColourDepth) -> Vec<u8> {
        let blank = Buffer::empty(buffer.area);
        let mut frame = FrameBuffer::new(SIZE, depth);
        frame.draw(blank.diff(buffer).into_iter()).unwrap();
        frame.bytes
    }

    fn shown(colour: Color) -> vt100::Color {
        match colour {
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            Color::Indexed(n) => vt100::Color::Idx(n),
            Color::Reset => vt100::Color::Default,
            named => match named_code(named) {
                n if n >= 60 => vt100::Color::Idx(n - 60 + 8),
                n => vt100::Color::Idx(n),
            },
        }
    }

    fn any_cell() -> impl Strategy<Value = (&'static str, Style)> {
        let colour = prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::DarkGray),
            any::<u8>().prop_map(Color::Indexed),
            any::<[u8; 3]>().prop_map(|[r, g, b]| Color::Rgb(r, g, b)),
        ];
        let modifier = proptest::sample::subsequence(
            vec![
                Modifier::BOLD,
                Modifier::ITALIC,
                Modifier::UNDERLINED,
                Modifier::REVERSED,
            ],
            0..=4,
        );
        let symbol = proptest::sample::select(vec!["a", " ", "é", "─", "█", "⣿", "→"]);
        (symbol, colour.clone(), colour, modifier).prop_map(|(symbol, fg, bg, modifiers)| {
            let modifier = modifiers.into_iter().collect();
            (symbol, Style::new().fg(fg).bg(bg).add_modifier(modifier))
        })
    }

    proptest! {
        #[test]
        fn the_terminal_shows_the_buffer(
            cells in proptest::collection::vec(any_cell(), usize::from(SIZE.width * SIZE.height))
        ) {
            let mut buffer = Buffer::empty(Rect::from(SIZE));
            for (cell, (symbol, style)) in buffer.content.iter_mut().zip(&cells) {
                cell.set_symbol(symbol).set_style(*style);
            }
            let terminal = emulate(&encoded(&buffer, ColourDepth::True));
            for y in 0..SIZE.height {
                for x in 0..SIZE.width {
                    let ours = &buffer[(x, y)];
                    let theirs = terminal.screen().cell(y, x).unwrap();
                    prop_assert_eq!(ours.symbol().trim(), theirs.contents().trim());
                    prop_assert_eq!(shown(ours.fg), theirs.fgcolor());
                    prop_assert_eq!(shown(ours.bg), theirs.bgcolor());
                    prop_assert_eq!(ours.modifier.contains(Modifier::BOLD), theirs.bold());
                    prop_assert_eq!(ours.modifier.contains(Modifier::ITALIC), theirs.italic());
                    prop_assert_eq!(ours.modifier.contains(Modifier::UNDERLINED), theirs.underline());
                    prop_assert_eq!(ours.modifier.contains(Modifier::REVERSED), theirs.inverse());
                }
            }
        }
    }

    #[test]
    fn without_colours_the_modifiers_stay() {
        let mut buffer = Buffer::empty(Rect::from(SIZE));
        let style = Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3));
        buffer.set_string(0, 0, "on", style.add_modifier(Modifier::REVERSED));
        let bytes = encoded(&buffer, ColourDepth::None);
        assert_eq!(bytes, b"\x1b[1;1H\x1b[7mon\x1b[m");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        // ratatui itself keeps most of them out, but not those that are put into cells directly.
        let mut frame = FrameBuffer::new(SIZE, ColourDepth::True);
        let cells = ["\x1b]52;c;AAAA\x07", "\u{9b}2J", "\x07", "x"].map(Cell::new);
        let content = cells.iter().zip(0..).map(|(cell, y)| (0, y, cell));
        frame.draw(content).unwrap();
        let expected = b"\x1b[1;1H \x1b[2;1H \x1b[3;1H \x1b[4;1Hx";
        assert_eq!(frame.bytes, expected, "{}", frame.bytes.escape_ascii());
    }

    #[test]
    fn wide_characters_keep_their_columns() {
        let mut buffer = Buffer::empty(Rect::from(SIZE));
        buffer.set_string(0, 0, "a界b", Style::new());
        let terminal = emulate(&encoded(&buffer, ColourDepth::True));
        assert_eq!(terminal.screen().contents(), "a界b");
        assert_eq!(terminal.screen().cell(0, 3).unwrap().contents(), "b");
    }

    #[test]
    fn a_frame_without_a_change_has_no_bytes() {
        let mut terminal =
            ratatui::Terminal::new(FrameBuffer::new(SIZE, ColourDepth::True)).unwrap();
        for is_changed in [true, false] {
            terminal.backend_mut().begin(b"");
            let drawn = terminal.draw(|frame| {
                frame.render_widget("text", frame.area());
                frame.set_cursor_position((2, 0));
            });
            drawn.unwrap();
            let bytes = terminal.backend_mut().end().map(std::mem::take);
            assert_eq!(bytes.is_some(), is_changed, "{bytes:?}");
        }
    }
}
