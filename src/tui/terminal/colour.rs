//! How many colours a terminal has, and the nearest one that it has.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: bold, reversed and markers have to do.
    None,
    /// The sixteen that the user's own palette defines.
    Ansi16,
    /// xterm's 256.
    #[default]
    Ansi256,
    /// Any.
    True,
}

/// The first sixteen as xterm shows them; other terminals differ, but not in kind.
const ANSI: [((u8, u8, u8), Color); 16] = [
    ((0, 0, 0), Color::Black),
    ((205, 0, 0), Color::Red),
    ((0, 205, 0), Color::Green),
    ((205, 205, 0), Color::Yellow),
    ((0, 0, 238), Color::Blue),
    ((205, 0, 205), Color::Magenta),
    ((0, 205, 205), Color::Cyan),
    ((229, 229, 229), Color::Gray),
    ((127, 127, 127), Color::DarkGray),
    ((255, 0, 0), Color::LightRed),
    ((0, 255, 0), Color::LightGreen),
    ((255, 255, 0), Color::LightYellow),
    ((92, 92, 255), Color::LightBlue),
    ((255, 0, 255), Color::LightMagenta),
    ((0, 255, 255), Color::LightCyan),
    ((255, 255, 255), Color::White),
];

/// Levels of a channel in the 6x6x6 cube of the 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest colour to `rgb` that the terminal has.
pub fn map((r, g, b): (u8, u8, u8), depth: ColourDepth) -> Color {
    match depth {
        ColourDepth::None => Color::Reset,
        ColourDepth::Ansi16 => nearest_of_16((r, g, b)),
        ColourDepth::Ansi256 => Color::Indexed(nearest_of_256((r, g, b))),
        ColourDepth::True => Color::Rgb(r, g, b),
    }
}

/// `colour` itself where the terminal has it, otherwise the nearest that it has.
pub(super) fn fit(colour: Color, depth: ColourDepth) -> Color {
    match (colour, depth) {
        (_, ColourDepth::None) => Color::Reset,
        (Color::Rgb(r, g, b), _) => map((r, g, b), depth),
        (Color::Indexed(n), ColourDepth::Ansi16) => match ANSI.get(usize::from(n)) {
            Some((_, named)) => *named,
            None => nearest_of_16(rgb_of_256(n)),
        },
        (colour, _) => colour,
    }
}

fn nearest_of_16(rgb: (u8, u8, u8)) -> Color {
    ANSI.iter()
        .min_by_key(|(candidate, _)| distance(*candidate, rgb))
        .map_or(Color::Reset, |(_, colour)| *colour)
}

/// From the cube or the greys; the first sixteen look different everywhere.
fn nearest_of_256((r, g, b): (u8, u8, u8)) -> u8 {
    let [x, y, z] = [r, g, b].map(|channel| {
        (0..6_u8)
            .min_by_key(|i| CUBE[usize::from(*i)].abs_diff(channel))
            .unwrap_or(0)
    });
    let in_cube = 16 + 36 * x + 6 * y + z;
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
    [in_cube, grey]
        .into_iter()
        .min_by_key(|n| distance(rgb_of_256(*n), (r, g, b)))
        .unwrap_or(in_cube)
}

fn rgb_of_256(n: u8) -> (u8, u8, u8) {
    match n {
        0..=15 => ANSI[usize::from(n)].0,
        16..=231 => {
            let n = usize::from(n - 16);
            (CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6])
        }
        232.. => {
            let level = 8 + 10 * (n - 232);
            (level, level, level)
        }
    }
}

/// The usual cheap distance that weighs the channels as eyes do, red by its mean.
fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let mean = u32::midpoint(a.0.into(), b.0.into());
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    (512 + mean) * square(a.0, b.0) + 1024 * square(a.1, b.1) + (767 - mean) * square(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_that_exist_map_to_themselves() {
        for n in 16..=255 {
            let rgb = rgb_of_256(n);
            let Color::Indexed(found) = map(rgb, ColourDepth::Ansi256) else {
                panic!("not indexed");
            };
            assert_eq!(rgb_of_256(found), rgb, "{n} became {found}");
        }
        for (rgb, colour) in ANSI {
            assert_eq!(map(rgb, ColourDepth::Ansi16), colour);
        }
    }

    #[test]
    fn known_colours_go_where_an_eye_would_put_them() {
        let orange = (255, 135, 0);
        assert_eq!(map(orange, ColourDepth::Ansi256), Color::Indexed(208));
        assert_eq!(map((40, 40, 40), ColourDepth::Ansi256), Color::Indexed(235));
        assert_eq!(map((200, 30, 30), ColourDepth::Ansi16), Color::Red);
        assert_eq!(map((30, 30, 30), ColourDepth::Ansi16), Color::Black);
        assert_eq!(map(orange, ColourDepth::None), Color::Reset);
        assert_eq!(map(orange, ColourDepth::True), Color::Rgb(255, 135, 0));
    }

    #[test]
    fn a_shallow_terminal_gets_no_deep_colour() {
        let deep = [
            Color::Rgb(9, 99, 199),
            Color::Indexed(130),
            Color::Indexed(9),
        ];
        for colour in deep {
            assert!(!matches!(
                fit(colour, ColourDepth::Ansi16),
                Color::Rgb(..) | Color::Indexed(_)
            ));
            assert_eq!(fit(colour, ColourDepth::None), Color::Reset);
            assert_eq!(fit(colour, ColourDepth::True), colour);
        }
        assert_eq!(fit(Color::Cyan, ColourDepth::Ansi16), Color::Cyan);
    }
}
