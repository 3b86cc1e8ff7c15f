//! Colours by role. A theme is a TOML file; where a terminal has no colours, modifiers take over.
//! The terminal maps colours down to those that it has.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The themes that come with the program, in the order in which a key press goes through them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
    /// The sixteen colours of the terminal on its own ground.
    Terminal,
}

impl ThemeName {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (
            Self::Dark,
            "dark",
            include_str!("../../../themes/dark.toml"),
        ),
        (
            Self::Light,
            "light",
            include_str!("../../../themes/light.toml"),
        ),
        (
            Self::Terminal,
            "terminal",
            include_str!("../../../themes/terminal.toml"),
        ),
    ];

    /// The theme of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, n, _)| *n == name)
            .map(|(t, ..)| *t)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The theme after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()].0
    }

    fn source(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// A theme file: one colour a role, as `#rrggbb`, a name such as `cyan`, or `reset`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    background: String,
    text: String,
    dim: String,
    border: String,
    focus: String,
    accent: String,
    good: String,
    warn: String,
    bad: String,
    selection: String,
    series: [String; 4],
}

/// The styles of everything on the screen, by what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The ground, under everything.
    pub ground: Style,
    /// What is to be read.
    pub text: Style,
    /// What matters most: names of things, the head of the screen.
    pub strong: Style,
    /// What is there but can wait: units, labels, what is not loaded.
    pub dim: Style,
    /// What did not have to happen.
    pub avoided: Style,
    /// Frames of panels, empty parts of bars.
    pub border: Style,
    /// The frame of the panel that has the focus.
    pub focus: Style,
    /// Keys, numbers to look at, work under way.
    pub accent: Style,
    /// It went well; a hit.
    pub good: Style,
    /// Look here; a miss.
    pub warn: Style,
    /// It went wrong.
    pub bad: Style,
    /// The row under the cursor.
    pub selection: Style,
    /// Curves and bars.
    pub series: [Style; 4],
}

impl Theme {
    /// A theme that comes with the program.
    pub fn builtin(name: ThemeName) -> Self {
        Self::parse(name.source()).unwrap_or_else(|_| Self::plain())
    }

    /// The theme of a file's text.
    pub fn parse(source: &str) -> Result<Self, String> {
        let file: ThemeFile = toml::from_str(source).map_err(|e| e.to_string())?;
        let colour =
            |text: &str| Color::from_str(text).map_err(|_| format!("`{text}` is not a colour"));
        let fg = |text: &str| Ok::<_, String>(Style::new().fg(colour(text)?));
        let text = fg(&file.text)?;
        let dim = fg(&file.dim)?;
        let [a, b, c, d] = &file.series;
        Ok(Self {
            ground: text.bg(colour(&file.background)?),
            text,
            strong: text.add_modifier(Modifier::BOLD),
            dim,
            avoided: dim.add_modifier(Modifier::CROSSED_OUT),
            border: fg(&file.border)?,
            focus: fg(&file.focus)?,
            accent: fg(&file.accent)?,
            good: fg(&file.good)?,
            warn: fg(&file.warn)?,
            bad: fg(&file.bad)?,
            selection: match colour(&file.selection)? {
                Color::Reset => Style::new().add_modifier(Modifier::REVERSED),
                colour => Style::new().bg(colour),
            },
            series: [fg(a)?, fg(b)?, fg(c)?, fg(d)?],
        })
    }

    /// No colour at all.
    pub fn plain() -> Self {
        let text = Style::new();
        let with = |modifier| text.add_modifier(modifier);
        Self {
            ground: text,
            text,
            strong: with(Modifier::BOLD),
            dim: with(Modifier::DIM),
            avoided: with(Modifier::DIM | Modifier::CROSSED_OUT),
            border: with(Modifier::DIM),
            focus: with(Modifier::BOLD),
            accent: with(Modifier::BOLD),
            good: text,
            warn: with(Modifier::BOLD),
            bad: with(Modifier::BOLD),
            selection: with(Modifier::REVERSED),
            series: [text; 4],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_theme_that_comes_with_the_program_can_be_read() {
        for (name, _, source) in ThemeName::ALL {
            assert_eq!(ThemeName::named(name.name()), Some(name));
            let theme = Theme::parse(source).unwrap();
            assert_ne!(theme, Theme::plain());
        }
    }

    #[test]
    fn without_colours_the_selection_is_reversed() {
        let selection = Theme::plain().selection;
        assert!(selection.add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_wrong_colour_is_named() {
        let source = ThemeName::Dark.source().replace("\"#14171c", "\"ink");
        assert!(
            Theme::parse(&source)
                .unwrap_err()
                .contains("is not a colour")
        );
    }
}
