//! The user's own settings of the screen: theme, colours, keys. A file that is read at the start, and
//! again when it has changed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use toml::de::DeTable;

use super::command::COMMANDS;
use super::draw::theme::{Colours, ROLES, ThemeName};
use super::keymap::Keymap;
use crate::settings::{
    FileProblem, Lines, Node, ProblemKind, Problems, Section, SettingsError, Value, content,
    decoded, nearest,
};

/// Longer than anybody writes.
const MOST_BYTES: u64 = 1 << 20;
const KNOWN: &[&str] = &["theme", "colours", "keys"];

/// How the user wants the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The theme; none leaves it to the terminal.
    pub theme: Option<ThemeName>,
    /// Colours of the theme that are others.
    pub colours: Colours,
    /// The keys.
    pub keymap: Keymap,
}

impl Config {
    /// Reads the text of a file, which errors call `shown`: each with its line, and with the nearest
    /// name that is known.
    pub fn parse(text: &str, shown: &str) -> Result<Self, SettingsError> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut problems = Problems::default();
        let lines = Lines::of(text);
        for error in errors {
            let at = error.span().map(|span| span.start);
            let kind = ProblemKind::Syntax {
                format: "TOML",
                column: at.map_or(1, |at| lines.column(at)),
                message: error.message().trim().to_owned(),
            };
            problems.add(at.map(|at| lines.line(at)), "", kind);
        }
        problems.or(shown, ())?;
        let tree = Node::of_toml(document.get_ref(), text);
        let mut problems = Problems::default();
        let root = Section::open("", &tree, KNOWN, &mut problems);
        let config = Self {
            theme: root
                .node("theme")
                .and_then(|node| theme(node, &mut problems)),
            colours: root
                .node("colours")
                .map_or_else(Colours::default, |node| colours(node, &mut problems)),
            keymap: root
                .node("keys")
                .map_or_else(Keymap::default, |node| keys(node, &mut problems)),
        };
        problems.or(shown, config)
    }

    /// As a file would say it, with all that is not changed.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# The screen of LazyDebugger. What is left out is as the program comes.\n\n\
             # dark, light, terminal (its own sixteen colours), high-contrast, colour-blind, mono\n",
        );
        // Writing to a string cannot fail.
        let _ = match self.theme {
            Some(theme) => writeln!(text, "theme = \"{}\"", theme.name()),
            None => writeln!(text, "# theme = \"dark\""),
        };
        text.push_str(
            "\n# Colours of the theme by role: \"#rrggbb\", a name, or \"reset\".\n[colours]\n",
        );
        for (role, colour) in self.colours.changed() {
            let _ = writeln!(text, "{role} = \"{colour}\"");
        }
        text.push_str(
            "\n# The keys of each command, between blanks; none takes its keys away.\n[keys]\n",
        );
        for spec in COMMANDS {
            let keys = self.keymap.keys(spec.action).iter();
            let keys: Vec<String> = keys
                .map(|key| key.name().replace('\\', "\\\\").replace('"', "\\\""))
                .collect();
            let _ = writeln!(text, "{} = \"{}\"", spec.name, keys.join(" "));
        }
        text
    }
}

fn unexpected(expected: String, node: &Node, near: Option<&str>) -> ProblemKind {
    ProblemKind::Unexpected {
        expected,
        found: node.describe(),
        near: near.map(str::to_owned),
    }
}

fn words(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(words) => Some(words),
        _ => None,
    }
}

fn theme(node: &Node, problems: &mut Problems) -> Option<ThemeName> {
    let found = words(node).and_then(ThemeName::named);
    if found.is_none() {
        let names: Vec<&str> = ThemeName::all().map(ThemeName::name).collect();
        let near = words(node).and_then(|word| nearest(word, names.iter().copied()));
        let expected = format!("one of {}", names.join(", "));
        problems.add(node.line, "theme", unexpected(expected, node, near));
    }
    found
}

fn colours(node: &Node, problems: &mut Problems) -> Colours {
    let section = Section::open("colours", node, ROLES, problems);
    let mut colours = Colours::default();
    for (role, node) in section.entries() {
        let is_set = words(node).is_some_and(|colour| colours.set(role, colour));
        if !is_set && ROLES.contains(&role.as_str()) {
            let expected = "a colour such as \"#6cb6ff\", \"cyan\" or \"reset\"".to_owned();
            problems.add(
                node.line,
                section.key(role),
                unexpected(expected, node, None),
            );
        }
    }
    colours
}

fn keys(node: &Node, problems: &mut Problems) -> Keymap {
    let section = Section::open_any("keys", node, problems);
    let mut changes: Vec<(&str, &str)> = Vec::new();
    for (command, node) in section.entries() {
        if let Some(keys) = words(node) {
            changes.push((keys, command));
        } else {
            let expected = "keys in quotes, such as \"r f5\"".to_owned();
            let kind = unexpected(expected, node, None);
            problems.add(node.line, section.key(command), kind);
        }
    }
    Keymap::with(&changes).unwrap_or_else(|problem| {
        let key = problem.key.clone().unwrap_or_default();
        let command = key.strip_prefix("keys.").unwrap_or(&key);
        let line = section.node(command).and_then(|node| node.line);
        let rule = match &problem.remedy {
            Some(remedy) => format!("{}: {remedy}", problem.cause),
            None => problem.cause.clone(),
        };
        problems.add(line, section.key(command), ProblemKind::Rule(rule));
        Keymap::default()
    })
}

/// The user's file, and how it was when it was read last.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    stamp: Option<(SystemTime, u64)>,
    config: Config,
}

impl ConfigFile {
    /// The file at this place, which need not be there.
    pub fn open(path: PathBuf) -> Result<Self, SettingsError> {
        let stamp = stamp(&path);
        let config = read(&path)?;
        Ok(Self {
            path,
            stamp,
            config,
        })
    }

    /// Where it is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it said when it was last read without a problem.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it says now, if it is not what it was when it was read last.
    pub fn changed(&mut self) -> Option<Result<Config, SettingsError>> {
        let now = stamp(&self.path);
        if now == self.stamp {
            return None;
        }
        self.stamp = now;
        let config = read(&self.path);
        if let Ok(config) = &config {
            self.config.clone_from(config);
        }
        Some(config)
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(path: &Path) -> Result<Config, SettingsError> {
    let shown = path.display().to_string();
    let text = content(path, MOST_BYTES).and_then(decoded);
    match text {
        Ok(text) => Config::parse(&text, &shown),
        Err(FileProblem::NotFound { .. }) => Ok(Config::default()),
        Err(problem) => Err(SettingsError::file(&shown, problem)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::tui::command::Action;

    fn refused(text: &str) -> String {
        Config::parse(text, "config.toml").unwrap_err().to_string()
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let text =
            "theme = \"light\"\n[colours]\nbad = \"#ff0000\"\n[keys]\nzoom = \"f5 ctrl-z\"\n";
        assert!(
            refused(text).contains("line 5: `keys.zoom`"),
            "{}",
            refused(text)
        );
        let text = text.replace("f5 ctrl-z", "f5 Z");
        let config = Config::parse(&text, "config.toml").unwrap();
        assert_eq!(config.theme, Some(ThemeName::Light));
        assert_eq!(config.keymap.hint(Action::Zoom), "f5");
        for config in [config, Config::default()] {
            assert_eq!(Config::parse(&config.text(), "printed"), Ok(config));
        }
    }

    #[test]
    fn problems_have_a_line_and_the_nearest_name() {
        for (text, words) in [
            (
                "theme = \"drak\"",
                "config.toml, line 1: `theme`: expected one of dark, light",
            ),
            ("theme = \"drak\"", "did you mean `dark`?"),
            (
                "\nthem = \"dark\"",
                "line 2: unknown key `them`; did you mean `theme`?",
            ),
            (
                "[colours]\nacent = \"red\"",
                "line 2: unknown key `colours.acent`; did you mean `accent`?",
            ),
            (
                "[colours]\naccent = \"redd\"",
                "line 2: `colours.accent`: expected a colour",
            ),
            (
                "[keys]\nrun_selectd = \"x\"",
                "line 2: `keys.run_selectd`: there is no command",
            ),
            (
                "[keys]\nrun_selectd = \"x\"",
                "did you mean `run_selected`?",
            ),
            (
                "[keys]\nzoom = 7",
                "line 2: `keys.zoom`: expected keys in quotes",
            ),
            (
                "[keys]\n\nrun_selected = \"x\"",
                "line 3: `keys.run_selected`: `x` stands for `cancel`",
            ),
            ("theme = ", "line 1, column"),
        ] {
            let said = refused(text);
            assert!(said.contains(words), "{words} in {said}");
        }
    }
}
