//! What the terminal shows, and the shortest way from that to what it is to show.

use std::cmp::Reverse;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::brush::Brush;
use super::colour::ColourDepth;
use super::look::Look;
use super::scroll::Scroll;

const CLEAR: &[u8] = b"\x1b[2J";
/// Where a picture takes more bytes, it is looked for rows that can be moved.
const WORTH_MOVING: usize = 60;

/// The cells of the terminal, as far as they are ours.
#[derive(Debug)]
pub(super) struct Canvas {
    shown: Buffer,
    depth: ColourDepth,
    /// Where the cursor stands; nobody knows at first.
    cursor: Option<Position>,
    /// The row where it was left last.
    left_in: u16,
    /// For each row, how many pictures ago it was to be another.
    behind: Vec<u32>,
}

/// A way from one picture to another, or a part of it.
#[derive(Default)]
struct Way {
    bytes: Vec<u8>,
    /// Where it leaves the cursor.
    end: Option<Position>,
    /// How many rows it has done, in their order.
    done: usize,
}

impl Canvas {
    /// Nothing is known of the terminal: the first picture clears it.
    pub(super) fn new(depth: ColourDepth) -> Self {
        Self {
            shown: Buffer::default(),
            depth,
            cursor: None,
            left_in: 0,
            behind: Vec::new(),
        }
    }

    /// Somebody has written on the terminal behind our back: the next picture clears it.
    pub(super) fn forget(&mut self) {
        self.shown = Buffer::default();
        self.cursor = None;
    }

    /// Are there rows that had no room within the limits so far?
    pub(super) fn is_behind(&self) -> bool {
        self.behind.iter().any(|pictures| *pictures > 0)
    }

    /// Appends what leads from the picture that is shown to `wanted`: nothing where they are the same.
    /// The row of the cursor goes first. Rows for which there is no room within `most` bytes
    /// follow with the next picture, whatever that is.
    pub(super) fn paint(
        &mut self,
        wanted: &Buffer,
        cursor: Option<Position>,
        most: usize,
        bytes: &mut Vec<u8>,
    ) {
        if self.shown.area != wanted.area {
            bytes.extend_from_slice(CLEAR);
            self.shown = Buffer::empty(wanted.area);
            self.behind = vec![0; usize::from(wanted.area.height)];
            self.cursor = None;
        }
        let order = self.order(cursor);
        let mut way = self.way(&self.shown, None, wanted, &order, usize::MAX);
        let mut is_scrolled = false;
        let scroll = || Scroll::best(&self.shown, wanted, self.depth);
        if let Some(scroll) = (way.bytes.len() > WORTH_MOVING).then(scroll).flatten() {
            let mut moved = self.shown.clone();
            scroll.apply(&mut moved);
            let shorter = self.way(&moved, Some(scroll), wanted, &order, usize::MAX);
            // What lies beside the rows moves with them: not for longer than a moment.
            let is_short = shorter.bytes.len() <= most.saturating_add(most / 4);
            if is_short && shorter.bytes.len() < way.bytes.len() {
                (self.shown, way, is_scrolled) = (moved, shorter, true);
            }
        }
        if !is_scrolled && way.bytes.len() > most {
            way = self.way(&self.shown, None, wanted, &order, most);
        }
        self.take(&way, wanted, &order);
        if !way.bytes.is_empty() {
            bytes.append(&mut way.bytes);
            self.cursor = way.end;
        }
    }

    /// Rows in the order in which they are drawn: where the cursor is, where it was, and then those that
    /// have waited longest.
    fn order(&self, cursor: Option<Position>) -> Vec<u16> {
        let here = cursor.map_or(self.left_in, |cursor| cursor.y);
        let mut rows: Vec<u16> = (0..self.shown.area.height).collect();
        if cursor.is_some() || self.is_behind() {
            rows.sort_by_key(|y| {
                let waited = self.behind.get(usize::from(*y)).copied().unwrap_or(0);
                (
                    *y != here,
                    *y != self.left_in,
                    Reverse(waited),
                    y.abs_diff(here),
                )
            });
        }
        rows
    }

    /// Notes what is shown once a way is gone.
    fn take(&mut self, way: &Way, wanted: &Buffer, order: &[u16]) {
        let columns = usize::from(wanted.area.width);
        let (done, left) = order.split_at(way.done);
        for y in done {
            let row = usize::from(*y) * columns..(usize::from(*y) + 1) * columns;
            self.shown.content[row.clone()].clone_from_slice(&wanted.content[row]);
            self.behind[usize::from(*y)] = 0;
        }
        for y in left {
            let row = usize::from(*y) * columns..(usize::from(*y) + 1) * columns;
            let is_same = self.shown.content[row.clone()] == wanted.content[row];
            let behind = &mut self.behind[usize::from(*y)];
            *behind = if is_same { 0 } else { *behind + 1 };
        }
    }

    /// Appends what leads the cursor to where it is to stand: hidden, but a screen reader reads there.
    pub(super) fn leave_cursor(&mut self, at: Position, bytes: &mut Vec<u8>) {
        if self.cursor != Some(at) {
            let mut brush = Brush::new(bytes, self.depth, self.shown.area.width, self.cursor);
            brush.go(at, &[]);
            self.cursor = Some(at);
        }
        self.left_in = at.y;
    }

    /// Draws cells that are not what they are to be, row by row, as many as take `most` bytes.
    fn way(
        &self,
        shown: &Buffer,
        scroll: Option<Scroll>,
        wanted: &Buffer,
        order: &[u16],
        most: usize,
    ) -> Way {
        let mut way = Way::default();
        let columns = wanted.area.width;
        let mut brush = Brush::new(&mut way.bytes, self.depth, columns, self.cursor);
        if let Some(scroll) = scroll {
            brush.scroll(scroll);
        }
        let columns = usize::from(wanted.area.width);
        for y in order {
            let row = usize::from(*y) * columns..(usize::from(*y) + 1) * columns;
            let rows = (&shown.content[row.clone()], &wanted.content[row]);
            let before = brush.mark();
            self.draw_row(&mut brush, rows, *y);
            // A single row goes out however long it is.
            if brush.written() > most && !before.is_at_start() {
                brush.back_to(before);
                break;
            }
            way.done += 1;
        }
        way.end = brush.end();
        way
    }

    fn draw_row(&self, brush: &mut Brush<'_>, (old, new): (&[Cell], &[Cell]), y: u16) {
        let differs = |x: usize| !is_same(&old[x], &new[x], self.depth);
        let Some(first) = (0..new.len()).find(|x| differs(*x)) else {
            return;
        };
        // A wide character covers the cell behind it: all of the row from there is drawn.
        let has_wide = |row: &[Cell]| row.iter().any(is_wide);
        let all_from = if has_wide(old) || has_wide(new) {
            first.saturating_sub(1)
        } else {
            new.len()
        };
        let mut x = 0;
        while x < new.len() {
            if x >= all_from || differs(x) {
                brush.go(Position::new(x as u16, y), new);
                brush.put(&new[x]);
            }
            x += if is_wide(&new[x]) { 2 } else { 1 };
        }
    }
}

fn is_wide(cell: &Cell) -> bool {
    cell.symbol().len() > 1 && cell.symbol().width() > 1
}

fn is_same(a: &Cell, b: &Cell, depth: ColourDepth) -> bool {
    let seen = |cell: &Cell| Look::of(cell, depth).as_seen(cell.symbol());
    a == b || (a.symbol() == b.symbol() && seen(a) == seen(b))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::super::look::named_code;
    use super::*;

    const COLUMNS: u16 = 12;
    const ROWS: u16 = 8;
    const AREA: Rect = Rect::new(0, 0, COLUMNS, ROWS);

    /// A terminal that shows every picture that it is sent.
    struct Terminal {
        canvas: Canvas,
        shown: vt100::Parser,
    }

    impl Terminal {
        fn new(depth: ColourDepth) -> Self {
            Self {
                canvas: Canvas::new(depth),
                shown: vt100::Parser::new(ROWS, COLUMNS, 0),
            }
        }

        fn show(&mut self, picture: &Buffer) -> Vec<u8> {
            let mut bytes = Vec::new();
            self.canvas.paint(picture, None, usize::MAX, &mut bytes);
            self.shown.process(&bytes);
            bytes
        }

        /// As much of it as goes into so many bytes, the row of the cursor first.
        fn show_some(&mut self, picture: &Buffer, y: u16, most: usize) -> usize {
            let mut bytes = Vec::new();
            let cursor = Position::new(0, y);
            self.canvas.paint(picture, Some(cursor), most, &mut bytes);
            self.canvas.leave_cursor(cursor, &mut bytes);
            self.shown.process(&bytes);
            bytes.len()
        }

        /// Is the picture on the screen?
        fn check(&self, picture: &Buffer) -> Result<(), TestCaseError> {
            for (y, x) in (0..ROWS).flat_map(|y| (0..COLUMNS).map(move |x| (y, x))) {
                let ours = &picture[(x, y)];
                let theirs = self.shown.screen().cell(y, x).unwrap();
                prop_assert_eq!(
                    ours.symbol().trim(),
                    theirs.contents().trim(),
                    "{},{}",
                    x,
                    y
                );
                prop_assert_eq!(shown(ours.bg), theirs.bgcolor());
                let (underlined, reversed) = (Modifier::UNDERLINED, Modifier::REVERSED);
                let lines = underlined | reversed;
                prop_assert_eq!(ours.modifier.contains(underlined), theirs.underline());
                prop_assert_eq!(ours.modifier.contains(reversed), theirs.inverse());
                if ours.symbol() != " " || ours.modifier.intersects(lines) {
                    prop_assert_eq!(shown(ours.fg), theirs.fgcolor());
                    prop_assert_eq!(ours.modifier.contains(Modifier::BOLD), theirs.bold());
                    prop_assert_eq!(ours.modifier.contains(Modifier::DIM), theirs.dim());
                    prop_assert_eq!(ours.modifier.contains(Modifier::ITALIC), theirs.italic());
                }
            }
            Ok(())
        }
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
                Modifier::DIM,
                Modifier::ITALIC,
                Modifier::UNDERLINED,
                Modifier::REVERSED,
            ],
            0..=5,
        );
        let symbol = proptest::sample::select(vec!["a", " ", "é", "─", "█", "⣿", "→"]);
        (symbol, colour.clone(), colour, modifier).prop_map(|(symbol, fg, bg, modifiers)| {
            let mut modifier: Modifier = modifiers.into_iter().collect();
            // The emulator knows one of them at a time.
            if modifier.contains(Modifier::BOLD) {
                modifier -= Modifier::DIM;
            }
            (symbol, Style::new().fg(fg).bg(bg).add_modifier(modifier))
        })
    }

    fn any_picture() -> impl Strategy<Value = Buffer> {
        let cells = usize::from(COLUMNS * ROWS);
        proptest::collection::vec(any_cell(), cells).prop_map(|cells| {
            let mut picture = Buffer::empty(AREA);
            for (cell, (symbol, style)) in picture.content.iter_mut().zip(&cells) {
                cell.set_symbol(symbol).set_style(*style);
            }
            picture
        })
    }

    /// A cell that changes: where, and what it has from then on.
    type Changed = (u16, u16, &'static str, Style);

    /// What becomes of a picture: rows that move, and cells that change.
    fn any_change() -> impl Strategy<Value = (usize, usize, Vec<Changed>)> {
        let cells = proptest::collection::vec(
            (0..COLUMNS, 0..ROWS, any_cell())
                .prop_map(|(x, y, (symbol, style))| (x, y, symbol, style)),
            0..10,
        );
        (0..usize::from(ROWS), 0..3_usize, cells)
    }

    proptest! {
        #[test]
        fn the_terminal_shows_every_picture(
            first in any_picture(),
            changes in proptest::collection::vec(any_change(), 0..6),
        ) {
            let mut terminal = Terminal::new(ColourDepth::True);
            terminal.show(&first);
            terminal.check(&first)?;
            let mut picture = first;
            for (from, far, cells) in changes {
                let columns = usize::from(COLUMNS);
                let rows = &mut picture.content[from * columns..];
                let far = (far * columns).min(rows.len());
                rows.rotate_left(far);
                for (x, y, symbol, style) in cells {
                    picture[(x, y)].reset();
                    picture[(x, y)].set_symbol(symbol).set_style(style);
                }
                terminal.show(&picture);
                terminal.check(&picture)?;
                prop_assert_eq!(terminal.show(&picture), b"");
            }
        }
    }

    proptest! {
        #[test]
        fn a_picture_in_parts_is_whole_in_the_end(
            pictures in proptest::collection::vec((any_picture(), 0..ROWS), 1..5),
            most in 1..600_usize,
        ) {
            let mut terminal = Terminal::new(ColourDepth::True);
            for (picture, y) in &pictures {
                let bytes = terminal.show_some(picture, *y, most);
                // Room for one row there is always.
                prop_assert!(bytes < most.max(usize::from(COLUMNS) * 60) + 20);
                for x in 0..COLUMNS {
                    let theirs = terminal.shown.screen().cell(*y, x).unwrap();
                    prop_assert_eq!(picture[(x, *y)].symbol().trim(), theirs.contents().trim());
                }
            }
            let (last, y) = pictures.last().unwrap();
            for _ in 0..ROWS {
                if terminal.canvas.is_behind() {
                    terminal.show_some(last, *y, most);
                }
            }
            prop_assert!(!terminal.canvas.is_behind());
            terminal.check(last)?;
        }
    }

    fn lines(lines: &[&str]) -> Buffer {
        let mut picture = Buffer::empty(AREA);
        for (line, y) in lines.iter().zip(0..) {
            picture.set_string(0, y, line, Style::new());
        }
        picture
    }

    #[test]
    fn a_list_that_moves_is_not_sent_again() {
        const LIST: [&str; 9] = [
            "title",
            "abcdefghijkl",
            "mnopqrstuvwx",
            "yzabcdefghij",
            "klmnopqrstuv",
            "wxyzabcdefgh",
            "ijklmnopqrst",
            "foot",
            "uvwxyzabcdef",
        ];
        let before = lines(&LIST[..8]);
        let after = lines(&[
            LIST[0], LIST[2], LIST[3], LIST[4], LIST[5], LIST[6], LIST[8], LIST[7],
        ]);
        let mut terminal = Terminal::new(ColourDepth::True);
        for (picture, sent) in [
            (&before, None),
            (
                &after,
                Some("\x1b[2;7r\x1b[2H\x1b[M\x1b[r\x1b[7;1Huvwxyzabcdef"),
            ),
            (
                &before,
                Some("\x1b[2;7r\x1b[2H\x1b[L\x1b[r\x1b[2;1Habcdefghijkl"),
            ),
        ] {
            let bytes = terminal.show(picture);
            terminal.check(picture).unwrap();
            assert!(
                sent.is_none_or(|sent| bytes == sent.as_bytes()),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn the_way_to_the_next_cell_is_a_short_one() {
        let mut terminal = Terminal::new(ColourDepth::True);
        terminal.show(&lines(&["abcdefghijkl", "abcdefghijkl", "abcdefghijkl"]));
        let bytes = terminal.show(&lines(&["aBcdEfghijkL", "abCdefghijkl", "abCdefghijkl"]));
        let sent = "\x1b[1;2HBcdE\x1b[6CL\x1b[2;3HC\n\x08C";
        assert_eq!(bytes, sent.as_bytes(), "{}", bytes.escape_ascii());
    }

    #[test]
    fn without_colours_the_modifiers_stay() {
        let mut picture = Buffer::empty(AREA);
        let style = Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3));
        picture.set_string(0, 0, "on", style.add_modifier(Modifier::REVERSED));
        let bytes = Terminal::new(ColourDepth::None).show(&picture);
        assert_eq!(bytes, b"\x1b[2J\x1b[1;1H\x1b[7mon\x1b[m");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        // ratatui itself keeps most of them out, but not those that are put into cells directly.
        let mut picture = Buffer::empty(AREA);
        for (symbol, y) in ["\x1b]52;c;AAAA\x07", "\u{9b}2J", "\x07", "x"]
            .into_iter()
            .zip(0..)
        {
            picture[(0, y)].set_symbol(symbol);
        }
        let bytes = Terminal::new(ColourDepth::True).show(&picture);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            !text.contains(['\u{9b}', '\x07']) && !text.contains("]52"),
            "{text:?}"
        );
        assert!(text.ends_with('x'), "{text:?}");
    }

    #[test]
    fn wide_characters_keep_their_columns() {
        let mut terminal = Terminal::new(ColourDepth::True);
        for (text, last) in [("a界b", "b"), ("ab界", ""), ("界a界", "界"), ("abcd", "d")] {
            terminal.show(&lines(&[text]));
            assert_eq!(terminal.shown.screen().contents().trim_end(), text);
            assert_eq!(terminal.shown.screen().cell(0, 3).unwrap().contents(), last);
        }
    }
}
