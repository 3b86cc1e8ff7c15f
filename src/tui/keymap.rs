//! Which key stands for which command: a table, and what a user changes of it.

use std::fmt::Write as _;

use crossterm::event::KeyEvent;

use super::command::{Action, COMMANDS, Scope, Spec};
use super::key::Key;
use super::layout::PanelName;
use crate::settings::nearest;
use crate::vocabulary::Problem;

/// The keys of every command as the program comes, the one to show first.
#[rustfmt::skip]
const DEFAULTS: &[(&str, Action)] = &[
    ("space", Action::ToggleDimension),
    ("a", Action::ToggleAll),
    ("r", Action::RunSelected),
    ("R", Action::RunOne),
    ("x", Action::Cancel),
    ("s", Action::NextStrategy),
    ("p", Action::Preload),
    ("u", Action::Unload),
    ("P", Action::PreloadAll),
    ("c", Action::ClearCache),
    ("C", Action::ClearAll),
    ("D", Action::ClearDisk),
    ("enter", Action::Why),
    ("v", Action::ShowPlan),
    ("T", Action::ShowTimeline),
    ("W", Action::ShowWhatIf),
    ("A", Action::AutoTune),
    ("!", Action::ShowLints),
    ("f12", Action::ShowLink),
    ("M", Action::ShowMap),
    ("d", Action::ShowGraph),
    (":", Action::ShowPalette),
    ("enter", Action::OpenResult),
    ("enter", Action::OpenRow),
    ("1 2 3 4 5", Action::ShowResult),
    ("right l", Action::NextResult),
    ("left h", Action::PreviousResult),
    ("space", Action::ToggleGroup),
    ("right l", Action::Expand),
    ("left h", Action::Collapse),
    ("/", Action::Find),
    ("o", Action::Sort),
    ("O", Action::SortOtherWay),
    ("e", Action::Evictor),
    ("ctrl-o", Action::JumpBack),
    ("F", Action::Follow),
    ("b", Action::Pin),
    ("space", Action::ShowMoment),
    ("[", Action::EarlierEvent),
    ("]", Action::LaterEvent),
    ("{", Action::EarlierRun),
    ("}", Action::LaterRun),
    ("<", Action::EarlierAccess),
    (">", Action::LaterAccess),
    (".", Action::Play),
    ("+", Action::Faster),
    ("-", Action::Slower),
    ("L", Action::Now),
    ("up k", Action::Up),
    ("down j", Action::Down),
    ("ctrl-u pageup", Action::PageUp),
    ("ctrl-d pagedown", Action::PageDown),
    ("g home", Action::Top),
    ("G end", Action::Bottom),
    ("tab", Action::NextPanel),
    ("shift-tab", Action::PreviousPanel),
    ("z", Action::Zoom),
    ("t", Action::NextTheme),
    ("y", Action::Copy),
    ("m", Action::ToggleMouse),
    ("S", Action::SaveScreen),
    ("ctrl-l", Action::Redraw),
    ("?", Action::Help),
    ("q ctrl-c", Action::Quit),
];

/// Keys that are no command's, and what they do.
const RESERVED: [(&str, &str); 2] = [
    ("esc", "closes what lies over the panels"),
    ("ctrl-z", "gives the terminal back to the shell"),
];

/// Under which key of the settings a user changes them.
const SETTING: &str = "keys";

/// The keys of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    action: Action,
    keys: Vec<Key>,
}

impl Binding {
    fn spec(&self) -> &'static Spec {
        Spec::of(self.action)
    }
}

/// The keys of all commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        let binding = |(names, action): &(&str, Action)| Binding {
            action: *action,
            keys: names.split_whitespace().filter_map(Key::named).collect(),
        };
        Self {
            bindings: DEFAULTS.iter().map(binding).collect(),
        }
    }
}

impl Keymap {
    /// The keys as the program comes, but for these commands: each has the keys given here,
    /// separated by blanks, in place of its own.
    pub fn with(changes: &[(&str, &str)]) -> Result<Self, Problem> {
        let mut keymap = Self::default();
        for (names, command) in changes {
            let setting = format!("{SETTING}.{command}");
            let known = |binding: &&mut Binding| binding.spec().name == *command;
            let Some(binding) = keymap.bindings.iter_mut().find(known) else {
                return Err(unknown_command(command).under(setting));
            };
            let keys = names.split_whitespace().map(free_key);
            binding.keys = keys
                .collect::<Result<_, _>>()
                .map_err(|problem| problem.under(setting))?;
        }
        let changed = |spec: &Spec| changes.iter().any(|(_, command)| *command == spec.name);
        match keymap.clash() {
            Some(Clash { key, one, other }) => {
                let (at, other) = if changed(one) {
                    (one, other)
                } else {
                    (other, one)
                };
                let cause = format!("`{key}` stands for `{}` already", other.name);
                Err(Problem::new(cause)
                    .under(format!("{SETTING}.{}", at.name))
                    .remedy("choose another key, or give that command another one"))
            }
            None => Ok(keymap),
        }
    }

    /// A key that stands for two commands on one panel.
    fn clash(&self) -> Option<Clash<'_>> {
        for (place, one) in self.bindings.iter().enumerate() {
            let others = self.bindings[place + 1..].iter();
            for other in others.filter(|other| one.spec().scope.overlaps(other.spec().scope)) {
                let is_other = |key: &&Key| other.keys.iter().any(|o| o.is(key.event()));
                if let Some(key) = one.keys.iter().find(is_other) {
                    return Some(Clash {
                        key,
                        one: one.spec(),
                        other: other.spec(),
                    });
                }
            }
        }
        None
    }

    /// The command that a key stands for on a panel, and which of its keys it was.
    pub fn find(&self, pressed: KeyEvent, panel: PanelName) -> Option<(Action, usize)> {
        let here = self
            .bindings
            .iter()
            .filter(|b| b.spec().scope.covers(panel));
        let mut found = here.filter_map(|binding| {
            let nth = binding.keys.iter().position(|key| key.is(pressed))?;
            Some((binding.action, nth))
        });
        found.next()
    }

    /// The keys of a command, the one to show first.
    pub fn keys(&self, action: Action) -> &[Key] {
        let binding = self.bindings.iter().find(|b| b.action == action);
        binding.map_or(&[], |binding| &binding.keys)
    }

    /// What to press for a command; its name where it has no key.
    pub fn hint(&self, action: Action) -> &str {
        let first = self.keys(action).first();
        first.map_or(Spec::of(action).name, Key::name)
    }

    /// The table of keys as Markdown, for the README.
    pub fn markdown(&self) -> String {
        let mut table = String::from("| key | where | what it does |\n|---|---|---|\n");
        for spec in COMMANDS {
            let keys = self.keys(spec.action).iter();
            let keys: Vec<_> = keys.map(|key| format!("`{key}`")).collect();
            let place = match spec.scope {
                Scope::Everywhere => "everywhere".to_owned(),
                Scope::On(panels) => {
                    let titles = panels.iter().map(|panel| panel.title().to_lowercase());
                    titles.collect::<Vec<_>>().join(", ")
                }
            };
            // Writing to a string cannot fail.
            let _ = writeln!(table, "| {} | {place} | {} |", keys.join(" "), spec.doc);
        }
        table
    }
}

struct Clash<'a> {
    key: &'a Key,
    one: &'static Spec,
    other: &'static Spec,
}

/// The key of a name that a command may have.
fn free_key(name: &str) -> Result<Key, Problem> {
    let Some(key) = Key::named(name) else {
        return Err(Problem::new(format!("`{name}` is no key"))
            .remedy("a key is a character or a name, such as `ctrl-d`, `space`, `f5` or `R`"));
    };
    let mut reserved = RESERVED.into_iter();
    let is_it = |(taken, _): &(&str, &str)| Key::named(taken).is_some_and(|t| t.is(key.event()));
    match reserved.find(is_it) {
        Some((taken, does)) => Err(Problem::new(format!(
            "`{taken}` {does}: no command can have it"
        ))),
        None => Ok(key),
    }
}

fn unknown_command(name: &str) -> Problem {
    let names = COMMANDS.iter().map(|spec| spec.name);
    let problem = Problem::new(format!("there is no command `{name}`"));
    match nearest(name, names) {
        Some(near) => problem.remedy(format!("did you mean `{near}`?")),
        None => problem.remedy("`?` on the screen and the README list the commands"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn pressed(name: &str) -> KeyEvent {
        Key::named(name).unwrap().event()
    }

    fn refused(changes: &[(&str, &str)]) -> String {
        Keymap::with(changes).unwrap_err().to_string()
    }

    #[test]
    fn every_command_has_keys_that_can_be_read() {
        let keymap = Keymap::default();
        for spec in COMMANDS {
            assert!(!keymap.keys(spec.action).is_empty(), "{}", spec.name);
        }
        for (names, action) in DEFAULTS {
            let read = keymap.keys(*action).iter().map(Key::name);
            assert_eq!(read.collect::<Vec<_>>().join(" "), *names);
        }
    }

    #[test]
    fn as_the_program_comes_no_key_stands_for_two_commands() {
        assert!(Keymap::default().clash().is_none());
        assert_eq!(Keymap::with(&[]), Ok(Keymap::default()));
    }

    #[test]
    fn a_command_takes_other_keys() {
        let keymap = Keymap::with(&[("f5 ctrl-r", "run_selected"), ("", "next_theme")]).unwrap();
        let find = |name| keymap.find(pressed(name), PanelName::Memory);
        assert_eq!(find("ctrl-r"), Some((Action::RunSelected, 1)));
        assert_eq!([find("r"), find("t")], [None, None]);
        assert_eq!(keymap.hint(Action::RunSelected), "f5");
        assert_eq!(keymap.hint(Action::NextTheme), "next_theme");
    }

    #[test]
    fn keys_may_be_exchanged() {
        let keymap = Keymap::with(&[("r", "cancel"), ("x", "run_selected")]).unwrap();
        let found = keymap.find(pressed("r"), PanelName::Results);
        assert_eq!(found, Some((Action::Cancel, 0)));
    }

    #[test]
    fn a_clash_names_both_commands() {
        assert_eq!(
            refused(&[("x", "run_selected")]),
            "keys.run_selected: `x` stands for `cancel` already: choose another key, or give that \
             command another one"
        );
        // On one panel only.
        assert!(refused(&[("y", "zoom")]).contains("`copy`"));
    }

    #[test]
    fn what_is_not_known_is_named_with_what_may_be_meant() {
        assert_eq!(
            refused(&[("x", "run_selectd")]),
            "keys.run_selectd: there is no command `run_selectd`: did you mean `run_selected`?"
        );
        assert!(refused(&[("x", "dance")]).contains("no command `dance`"));
        assert!(refused(&[("hyper-x", "zoom")]).starts_with("keys.zoom: `hyper-x` is no key"));
        assert!(refused(&[("esc", "zoom")]).contains("`esc` closes"));
    }
}
