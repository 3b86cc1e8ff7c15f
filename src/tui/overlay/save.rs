//! Under which name the screen is saved; its ending says how.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Line, Overlay, Reply};
use crate::tui::draw::View;

/// Columns of its box.
pub(super) const COLUMNS: u16 = 58;
/// The longest name that can be typed.
const LONGEST: usize = 200;

/// How the screen can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum PictureKind {
    /// A picture with the colours of the theme.
    Svg,
    /// Its characters.
    Text,
    /// Its characters and colours, for `cat` in a terminal.
    Ansi,
}

impl PictureKind {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Svg, "svg", "a picture"),
        (Self::Text, "txt", "text"),
        (Self::Ansi, "ans", "text with colours, for a terminal"),
    ];

    /// By the ending of a name.
    pub(in crate::tui) fn of(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        let stem = stem.rsplit('/').next()?;
        let mut kinds = Self::ALL.iter();
        let found = kinds.find(|(_, known, _)| ending.eq_ignore_ascii_case(known))?;
        (!stem.is_empty()).then_some(found.0)
    }
}

/// The name that is offered.
pub(in crate::tui) fn offered() -> String {
    "lazydebugger.svg".to_owned()
}

pub(super) fn lines(view: &View<'_>, name: &str) -> Vec<Line> {
    let theme = view.theme;
    let chosen = PictureKind::of(name);
    let mut lines = vec![
        vec![
            ("file  ".to_owned(), theme.dim),
            (tail(name).to_owned(), theme.strong),
            (view.glyphs.cursor.to_owned(), theme.focus),
        ],
        Line::new(),
    ];
    for (kind, ending, words) in PictureKind::ALL {
        let is_chosen = chosen == Some(kind);
        let (sign, style) = if is_chosen {
            (view.glyphs.focus, theme.accent)
        } else {
            (" ", theme.dim)
        };
        lines.push(vec![(format!("{sign} .{ending}  {words}"), style)]);
    }
    lines
}

/// The end of a long name.
fn tail(name: &str) -> &str {
    let most = usize::from(COLUMNS) - 16;
    let skipped = name.chars().count().saturating_sub(most);
    let from = name.char_indices().nth(skipped).map_or(0, |(at, _)| at);
    &name[from..]
}

pub(super) fn reply(name: &str, key: KeyEvent) -> Reply {
    let with = |name: String| Reply::Show(Overlay::Save { name });
    match key.code {
        KeyCode::Esc => Reply::Close,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Reply::Close,
        KeyCode::Enter if PictureKind::of(name).is_some() => Reply::Save(name.to_owned()),
        KeyCode::Tab => with(with_next_ending(name)),
        KeyCode::Backspace => {
            let mut name = name.to_owned();
            name.pop();
            with(name)
        }
        KeyCode::Char(typed)
            if !key.modifiers.contains(KeyModifiers::CONTROL) && name.len() < LONGEST =>
        {
            with(format!("{name}{typed}"))
        }
        _ => Reply::Stay,
    }
}

fn with_next_ending(name: &str) -> String {
    let kinds = PictureKind::ALL;
    let at = PictureKind::of(name).and_then(|kind| kinds.iter().position(|(k, ..)| *k == kind));
    let next = at.map_or(0, |at| (at + 1) % kinds.len());
    let stem = match at.and_then(|_| name.rsplit_once('.')) {
        Some((stem, _)) => stem,
        None => name.trim_end_matches('.'),
    };
    format!("{stem}.{}", kinds[next].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_how() {
        for (name, kind) in [
            ("a.svg", Some(PictureKind::Svg)),
            ("folder/a.b.TXT", Some(PictureKind::Text)),
            ("a.ans", Some(PictureKind::Ansi)),
            ("a.png", None),
            ("svg", None),
            ("folder/.svg", None),
            ("", None),
        ] {
            assert_eq!(PictureKind::of(name), kind, "{name}");
        }
        let mut name = "a.b".to_owned();
        for expected in ["a.b.svg", "a.b.txt", "a.b.ans", "a.b.svg"] {
            name = with_next_ending(&name);
            assert_eq!(name, expected);
        }
    }
}
