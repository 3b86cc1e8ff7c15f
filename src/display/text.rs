//! The one filter for texts from files, on every way out: what a terminal would obey, what would make
//! one name read as another, and what nobody sees.

use std::borrow::Cow;
use std::fmt::Write;

/// In place of what is not shown.
const NOT_SHOWN: char = '\u{fffd}';
/// No line is longer than this: a cell of a table may be all of a file.
const MOST_BYTES: usize = 4_000;

/// May this character be shown? Not controls, which move the cursor or colour the screen; not marks
/// of direction, which make a name read as another; not line separators; not what has no shape, by
/// which two names differ that look the same.
pub(crate) fn is_shown(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{13430}'..='\u{13442}'
        | '\u{16fe4}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Blanks that keep words apart, in one line.
fn in_line(c: char) -> char {
    if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') {
        ' '
    } else {
        c
    }
}

/// The text in one line, without what must not be shown.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(in_line).filter(|c| is_shown(*c)).collect())
}

/// The text in one line of bounded length, with a mark wherever something is not shown.
pub(crate) fn marked(text: &str) -> Cow<'_, str> {
    let text = shortened(text);
    if text.chars().all(is_shown) {
        return text;
    }
    let mark = |c| if is_shown(c) { c } else { NOT_SHOWN };
    Cow::Owned(text.chars().map(in_line).map(mark).collect())
}

/// The beginning and the end of a text that is too long to be read.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_BYTES {
        return Cow::Borrowed(text);
    }
    let head = &text[..text.floor_char_boundary(MOST_BYTES * 3 / 4)];
    let tail = &text[text.ceil_char_boundary(text.len() - MOST_BYTES / 4)..];
    let left_out = text.len() - head.len() - tail.len();
    Cow::Owned(format!("{head} [... {left_out} bytes ...] {tail}"))
}

/// JSON with what must not be shown as escapes: only in strings is there any of it, and line ends.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    let stays = |c: char| c == '\n' || is_shown(c);
    let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    // Most reports are plain, and bytes are looked at quicker than characters.
    if json.bytes().all(is_plain) || json.chars().all(stays) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if stays(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    /// Each is another kind of what is not shown.
    const HIDDEN: &str = "\u{1b}\u{7}\u{7f}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{202e}\
        \u{2060}\u{2066}\u{206a}\u{206f}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{1d173}\
        \u{e0001}\u{e0041}\u{e0100}\u{2800}\u{ffff}\u{13441}\u{16fe4}\u{1d159}";

    #[test]
    fn nothing_hidden_is_shown() {
        for c in HIDDEN.chars() {
            let text = format!("a{c}b");
            assert_eq!(clean(&text), "ab", "{c:?}");
            assert_eq!(marked(&text), "a\u{fffd}b", "{c:?}");
        }
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{202e}c"), "a[31mbc");
        assert!(matches!(clean("plain, Größe, 日本語"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_text_stays_in_its_line() {
        for end in ["\n", "\r", "\t", "\u{2028}", "\u{2029}"] {
            let text = format!("two{end}lines");
            assert_eq!(clean(&text), "two lines");
            assert_eq!(marked(&text), "two lines");
        }
        let long = marked(&"é".repeat(1 << 20)).into_owned();
        assert!(
            long.len() < 5_000 && long.contains("[... "),
            "{}",
            long.len()
        );
    }

    #[test]
    fn json_keeps_what_it_does_not_show() {
        let value = serde_json::json!({ "name": HIDDEN, "lines": "a\nb" });
        let text = format!("{value:#}");
        let escaped = escaped(&text);
        assert!(
            escaped.chars().all(|c| c == '\n' || is_shown(c)),
            "{escaped}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            value
        );
    }
}
