//! Text that comes at once, from a terminal that does not mark what is pasted: its letters are no
//! keys. Nobody types that fast, and keys that a slow link bundles are few, or the same one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyModifiers};

use super::input::Input;

/// Fewer characters may be keys that a link has bundled.
const LEAST: usize = 8;
/// Fewer different ones are a key that is held down, or a few keys by turns.
const LEAST_DIFFERENT: usize = 5;
/// A text of so many characters may come in pieces,
const LONG: usize = 256;
/// of which the next follows within so long.
const GAP: Duration = Duration::from_millis(50);

/// Tells text from keys.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    /// Until then characters are the rest of a text.
    until: Option<Instant>,
}

impl Bursts {
    /// What was read at once: as it is, or as the text that it is.
    pub(super) fn sift(&mut self, read: Vec<Input>, now: Instant) -> Vec<Input> {
        let Some(text) = text(&read) else {
            return read;
        };
        let different: BTreeSet<char> = text.chars().collect();
        let length = text.chars().count();
        let is_text = length >= LEAST && different.len() >= LEAST_DIFFERENT;
        let is_rest = self.until.is_some_and(|until| now < until);
        if !is_text && !is_rest {
            return read;
        }
        self.until = (is_rest || length >= LONG).then(|| now + GAP);
        vec![Input::Paste(text)]
    }
}

/// The characters, where there is nothing else.
fn text(read: &[Input]) -> Option<String> {
    let characters = read.iter().map(|input| match input {
        Input::Key(key) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => match key.code {
            KeyCode::Char(c) => Some(c),
            KeyCode::Enter => Some('\n'),
            KeyCode::Tab => Some('\t'),
            _ => None,
        },
        _ => None,
    });
    let text = characters.collect::<Option<String>>()?;
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::super::parse::Parser;
    use super::*;

    fn read(bytes: &str) -> Vec<Input> {
        let mut parser = Parser::default();
        parser.feed(bytes.as_bytes());
        parser.take()
    }

    #[test]
    fn a_text_is_no_row_of_keys() {
        let mut bursts = Bursts::default();
        let now = Instant::now();
        for keys in [
            "ar",
            "jjjjjjjjjjjj",
            "jjkkjjkkar",
            "j j j r",
            "12345",
            "\x1b[A\x1b[A\x1b[B",
        ] {
            assert_eq!(bursts.sift(read(keys), now), read(keys), "{keys:?}");
        }
        let text = "see q column";
        let pasted = |text: &str| [Input::Paste(text.to_owned())];
        assert_eq!(bursts.sift(read(text), now), pasted(text));
        assert_eq!(bursts.sift(read("q"), now), read("q"));
        let long = text.repeat(LONG / text.len() + 1);
        assert_eq!(bursts.sift(read(&long), now), pasted(&long));
        assert_eq!(bursts.sift(read("q\r"), now + GAP / 2), pasted("q\n"));
        assert_eq!(bursts.sift(read("q"), now + GAP * 2), read("q"));
    }
}
