//! What the terminal can do, from the environment alone: nothing is asked before the first frame.

use super::Options;
use super::colour::ColourDepth;

/// What the environment says of the terminal. A flag or the configuration may overrule any field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How many colours it shows.
    pub depth: ColourDepth,
    /// Does the locale allow more than ASCII?
    pub unicode: bool,
    /// Is it on another machine?
    pub ssh: bool,
    /// Should the mouse be reported? Not over SSH, where each report travels.
    pub mouse: bool,
}

impl Capabilities {
    /// As the environment of this process says.
    pub fn detect() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As `lookup` of environment variables says. An empty variable counts as unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let ssh = lookup("SSH_TTY")
            .or_else(|| lookup("SSH_CONNECTION"))
            .is_some();
        Self {
            depth: depth(lookup, ssh),
            unicode: is_utf8(lookup),
            ssh,
            mouse: !ssh,
        }
    }

    /// Can the terminal of this process do no more than print lines?
    pub fn is_dumb() -> bool {
        std::env::var("TERM").is_ok_and(|term| term == "dumb")
    }

    /// The options for such a terminal.
    pub const fn options(&self) -> Options {
        Options {
            depth: self.depth,
            mouse: self.mouse,
            paste: true,
            is_remote: self.ssh,
        }
    }
}

fn depth(lookup: impl Fn(&str) -> Option<String>, ssh: bool) -> ColourDepth {
    let term = lookup("TERM").unwrap_or_default();
    if lookup("NO_COLOR").is_some() || term == "dumb" {
        return ColourDepth::None;
    }
    if matches!(lookup("COLORTERM").as_deref(), Some("truecolor" | "24bit"))
        || term.ends_with("-direct")
    {
        return ColourDepth::True;
    }
    // SSH does not pass COLORTERM on, and every terminal that people use it from has 256.
    let has_256 = [
        "tmux",
        "screen",
        "xterm",
        "rxvt",
        "alacritty",
        "foot",
        "kitty",
        "wezterm",
    ]
    .iter()
    .any(|name| term.starts_with(name));
    if has_256 || term.contains("256") || (ssh && term != "linux" && !term.starts_with("vt")) {
        ColourDepth::Ansi256
    } else {
        ColourDepth::Ansi16
    }
}

/// The first of these that is set decides, as in C.
fn is_utf8(lookup: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(lookup)
        .is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Capabilities {
        Capabilities::from_lookup(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colour_depth() {
        let plain = ("TERM", "xterm-256color");
        for (variables, depth) in [
            (&[plain][..], ColourDepth::Ansi256),
            (&[plain, ("COLORTERM", "truecolor")], ColourDepth::True),
            (&[plain, ("COLORTERM", "24bit")], ColourDepth::True),
            (&[plain, ("COLORTERM", "yes")], ColourDepth::Ansi256),
            (&[plain, ("NO_COLOR", "1")], ColourDepth::None),
            (&[plain, ("NO_COLOR", "")], ColourDepth::Ansi256),
            (
                &[plain, ("COLORTERM", "truecolor"), ("NO_COLOR", "1")],
                ColourDepth::None,
            ),
            (&[("TERM", "dumb")], ColourDepth::None),
            (&[("TERM", "linux")], ColourDepth::Ansi16),
            (&[("TERM", "vt220")], ColourDepth::Ansi16),
            (&[("TERM", "screen")], ColourDepth::Ansi256),
            (&[("TERM", "tmux")], ColourDepth::Ansi256),
            (&[("TERM", "xterm-direct")], ColourDepth::True),
            (
                &[("TERM", "ghostty"), ("SSH_TTY", "/dev/pts/1")],
                ColourDepth::Ansi256,
            ),
            (&[], ColourDepth::Ansi16),
        ] {
            assert_eq!(with(variables).depth, depth, "{variables:?}");
        }
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(with(&[("LANG", "de_DE.UTF-8")]).unicode);
        assert!(with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]).unicode);
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]).unicode);
        assert!(!with(&[]).unicode);
    }

    #[test]
    fn no_mouse_over_ssh() {
        assert!(with(&[]).mouse);
        let remote = with(&[("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")]);
        assert!(remote.ssh && !remote.mouse && !remote.options().mouse);
    }
}
