//! The screen as an SVG picture: text that stays text, with the colours of the theme.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Size of a cell in pixels, of a font of 14 pixels.
const CELL: (f64, f64) = (8.4, 18.0);
/// From the top of a cell to the line that letters stand on.
const BASELINE: f64 = 13.5;

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    ink: Option<Color>,
    ground: Option<Color>,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let set = |colour: Color| Some(colour).filter(|colour| *colour != Color::Reset);
        let (ink, ground) = (set(cell.fg), set(cell.bg));
        let is_reversed = cell.modifier.contains(Modifier::REVERSED);
        let (ink, ground) = if is_reversed {
            (ground, ink)
        } else {
            (ink, ground)
        };
        Self {
            ink,
            ground,
            modifier: cell.modifier,
        }
    }
}

/// What a terminal shows as a picture, on a dark ground where the theme has none.
pub(in crate::tui) fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let width = f64::from(area.width) * CELL.0;
    let height = f64::from(area.height) * CELL.1;
    let ground = area
        .rows()
        .next()
        .and_then(|row| buffer.cell(row.as_position()));
    let ground = ground.and_then(|cell| Look::of(cell).ground);
    let ground = hex(ground.unwrap_or(Color::Black));
    // Writing to a string cannot fail.
    let mut text = String::new();
    let _ = writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.1}\" height=\"{height:.1}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-size=\"14\" xml:space=\"preserve\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{ground}\"/>"
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let from = x;
            let look = Look::of(&buffer[(area.x + x, area.y + y)]);
            let mut words = String::new();
            while x < area.width {
                let cell = &buffer[(area.x + x, area.y + y)];
                if Look::of(cell) != look {
                    break;
                }
                words.push_str(cell.symbol());
                x += 1;
            }
            run(&mut text, (from, y, x - from), look, &words, &ground);
        }
    }
    text.push_str("</svg>\n");
    text
}

/// A run of cells: its ground where it has one of its own, and its text where there is any.
fn run(text: &mut String, place: (u16, u16, u16), look: Look, words: &str, ground: &str) {
    let (x, y) = (f64::from(place.0) * CELL.0, f64::from(place.1) * CELL.1);
    let width = f64::from(place.2) * CELL.0;
    if let Some(own) = look.ground.map(hex).filter(|own| own != ground) {
        let height = CELL.1;
        let _ = writeln!(
            text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{own}\"/>"
        );
    }
    let shown = words.trim();
    if shown.is_empty() {
        return;
    }
    // Blanks at the ends are left out: not everybody keeps them.
    let before = words.len() - words.trim_start().len();
    let x = x + before as f64 * CELL.0;
    let cells = usize::from(place.2) + shown.len() - words.len();
    let width = cells as f64 * CELL.0;
    let mut style = format!("fill=\"{}\"", hex(look.ink.unwrap_or(Color::Gray)));
    for (modifier, words) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if look.modifier.contains(modifier) {
            style.push_str(words);
        }
    }
    let words = shown.replace('&', "&amp;").replace('<', "&lt;");
    let y = y + BASELINE;
    let _ = writeln!(
        text,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{width:.1}\" {style}>{words}</text>"
    );
}

fn hex(colour: Color) -> String {
    let (r, g, b) = match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Black => (0x12, 0x12, 0x12),
        Color::Red | Color::LightRed => (0xe0, 0x6c, 0x75),
        Color::Green | Color::LightGreen => (0x98, 0xc3, 0x79),
        Color::Yellow | Color::LightYellow => (0xe5, 0xc0, 0x7b),
        Color::Blue | Color::LightBlue => (0x61, 0xaf, 0xef),
        Color::Magenta | Color::LightMagenta => (0xc6, 0x78, 0xdd),
        Color::Cyan | Color::LightCyan => (0x56, 0xb6, 0xc2),
        Color::DarkGray => (0x6b, 0x70, 0x78),
        Color::White => (0xff, 0xff, 0xff),
        _ => (0xc8, 0xcc, 0xd4),
    };
    format!("#{r:02x}{g:02x}{b:02x}")
}
