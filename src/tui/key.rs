//! Keys by name: `ctrl-d`, `shift-tab`, `space`, `R`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    name: String,
    event: KeyEvent,
}

impl Key {
    /// The key of a name; none when no key has it.
    pub fn named(name: &str) -> Option<Self> {
        Some(Self {
            event: event(name)?,
            name: name.to_owned(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a terminal reports when it is pressed.
    pub fn event(&self) -> KeyEvent {
        self.event
    }

    /// Was it pressed? Terminals differ in whether they report the shift of `R` and of the back tab.
    pub fn is(&self, pressed: KeyEvent) -> bool {
        let shift = KeyModifiers::SHIFT;
        let (own, other) = (self.event, pressed);
        own.code == other.code && own.modifiers - shift == other.modifiers - shift
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Keys that are no characters.
const NAMED: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("backspace", KeyCode::Backspace),
];

fn event(name: &str) -> Option<KeyEvent> {
    let modifiers = [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
    ];
    let mut rest = name;
    let mut held = KeyModifiers::NONE;
    for (prefix, modifier) in modifiers {
        if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
            rest = after;
            held |= modifier;
        }
    }
    let code = match code(rest)? {
        KeyCode::Tab if held.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        code => code,
    };
    Some(KeyEvent::new(code, held))
}

fn code(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let mut chars = name.chars();
    match (chars.next()?, chars.next()) {
        (c, None) if !c.is_control() => Some(KeyCode::Char(c)),
        ('f', Some(_)) => {
            let number = name[1..].parse().ok()?;
            (1..=20).contains(&number).then_some(KeyCode::F(number))
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys() {
        let key = |code, modifiers| Some(KeyEvent::new(code, modifiers));
        for (name, expected) in [
            ("R", key(KeyCode::Char('R'), KeyModifiers::NONE)),
            ("-", key(KeyCode::Char('-'), KeyModifiers::NONE)),
            ("ctrl--", key(KeyCode::Char('-'), KeyModifiers::CONTROL)),
            ("ctrl-d", key(KeyCode::Char('d'), KeyModifiers::CONTROL)),
            ("shift-tab", key(KeyCode::BackTab, KeyModifiers::SHIFT)),
            ("f5", key(KeyCode::F(5), KeyModifiers::NONE)),
            ("alt-f12", key(KeyCode::F(12), KeyModifiers::ALT)),
            ("f", key(KeyCode::Char('f'), KeyModifiers::NONE)),
            ("f99", None),
            ("fé", None),
            ("ctrl-", None),
            ("hyper-x", None),
            ("", None),
        ] {
            assert_eq!(Key::named(name).map(|key| key.event()), expected, "{name}");
        }
    }

    #[test]
    fn shift_may_be_reported_or_not() {
        let upper = Key::named("R").unwrap();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert!(upper.is(KeyEvent::new(KeyCode::Char('R'), modifiers)));
        }
        assert!(!upper.is(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::NONE)));
    }
}
