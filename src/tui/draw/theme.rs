//! Colours by role. A theme is a TOML file; where a terminal has no colours, modifiers take over.
//! The terminal maps colours down to those that it has.

use std::collections::BTreeMap;
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
    /// White on black, and colours as bright.
    HighContrast,
    /// Colours that are told apart with any kind of colour vision.
    ColourBlind,
    /// No colours at all.
    Mono,
}

impl ThemeName {
    const ALL: [(Self, &'static str, &'static str); 6] = [
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
        (
            Self::HighContrast,
            "high-contrast",
            include_str!("../../../themes/high-contrast.toml"),
        ),
        (
            Self::ColourBlind,
            "colour-blind",
            include_str!("../../../themes/colour-blind.toml"),
        ),
        (Self::Mono, "mono", ""),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(theme, ..)| theme)
    }

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

/// What colours stand for.
pub const ROLES: &[&str] = &[
    "background",
    "text",
    "dim",
    "border",
    "focus",
    "accent",
    "good",
    "warn",
    "bad",
    "selection",
    "curve_1",
    "curve_2",
    "curve_3",
    "curve_4",
];

/// Colours that a user has put in place of a theme's, by role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Colours(BTreeMap<&'static str, String>);

impl Colours {
    /// Puts a colour in place of the theme's; false where there is no such role or no such colour.
    pub fn set(&mut self, role: &str, colour: &str) -> bool {
        let role = ROLES.iter().find(|known| **known == role);
        let Some(role) = role.filter(|_| Color::from_str(colour).is_ok()) else {
            return false;
        };
        self.0.insert(role, colour.to_owned());
        true
    }

    /// The roles whose colours are others, with these.
    pub fn changed(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(role, colour)| (*role, colour.as_str()))
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

impl ThemeFile {
    /// The colour of a role.
    fn role(&mut self, role: &str) -> Option<&mut String> {
        let [one, two, three, four] = &mut self.series;
        Some(match role {
            "background" => &mut self.background,
            "text" => &mut self.text,
            "dim" => &mut self.dim,
            "border" => &mut self.border,
            "focus" => &mut self.focus,
            "accent" => &mut self.accent,
            "good" => &mut self.good,
            "warn" => &mut self.warn,
            "bad" => &mut self.bad,
            "selection" => &mut self.selection,
            "curve_1" => one,
            "curve_2" => two,
            "curve_3" => three,
            "curve_4" => four,
            _ => return None,
        })
    }
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
        Self::with(name, &Colours::default())
    }

    /// A theme that comes with the program, with some colours in place of its own.
    pub fn with(name: ThemeName, colours: &Colours) -> Self {
        if name == ThemeName::Mono {
            return Self::plain();
        }
        Self::parse(name.source(), colours).unwrap_or_else(|_| Self::plain())
    }

    /// The theme of a file's text, with some colours in place of its own.
    fn parse(source: &str, colours: &Colours) -> Result<Self, String> {
        let mut file: ThemeFile = toml::from_str(source).map_err(|e| e.to_string())?;
        for (role, colour) in colours.changed() {
            if let Some(own) = file.role(role) {
                colour.clone_into(own);
            }
        }
        let colour =
            |text: &str| Color::from_str(text).map_err(|_| format!("`{text}` is not a colour"));
        let fg = |text: &str| Ok::<_, String>(Style::new().fg(colour(text)?));
        // The text's own colour is told apart from it by being faint.
        let faint = |text: &str| {
            let colour = colour(text)?;
            let faint = if colour == Color::Reset {
                Modifier::DIM
            } else {
                Modifier::empty()
            };
            Ok::<_, String>(Style::new().fg(colour).add_modifier(faint))
        };
        let text = fg(&file.text)?;
        let dim = faint(&file.dim)?;
        let [a, b, c, d] = &file.series;
        Ok(Self {
            ground: text.bg(colour(&file.background)?),
            text,
            strong: text.add_modifier(Modifier::BOLD),
            dim,
            avoided: dim.add_modifier(Modifier::CROSSED_OUT),
            border: faint(&file.border)?,
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
        for (place, (name, _, source)) in ThemeName::ALL.into_iter().enumerate() {
            assert_eq!(
                (name as usize, ThemeName::named(name.name())),
                (place, Some(name))
            );
            if name != ThemeName::Mono {
                let theme = Theme::parse(source, &Colours::default()).unwrap();
                assert_ne!(theme, Theme::plain());
            }
        }
    }

    #[test]
    fn a_colour_takes_the_place_of_the_themes() {
        for role in ROLES {
            let mut colours = Colours::default();
            assert!(colours.set(role, "#010203"), "{role}");
            let theme = Theme::with(ThemeName::Dark, &colours);
            assert_ne!(theme, Theme::builtin(ThemeName::Dark), "{role}");
        }
        assert!(!Colours::default().set("dance", "red"));
        assert!(!Colours::default().set("text", "redd"));
    }

    #[test]
    fn without_colours_the_selection_is_reversed() {
        let selection = Theme::plain().selection;
        assert!(selection.add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn on_the_terminals_own_ground_nothing_has_the_colour_of_a_ground() {
        let theme = Theme::builtin(ThemeName::Terminal);
        for faint in [theme.dim, theme.border, theme.avoided] {
            assert_eq!(faint.fg, Some(Color::Reset));
            assert!(faint.add_modifier.contains(Modifier::DIM));
        }
    }

    #[test]
    fn a_wrong_colour_is_named() {
        let source = ThemeName::Dark.source().replace("\"#14171c", "\"ink");
        assert!(
            Theme::parse(&source, &Colours::default())
                .unwrap_err()
                .contains("is not a colour")
        );
    }
}
