//! OSC 52: the terminal puts a text on the clipboard of the machine where the user sits.

use crate::display::clean;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text as one line that does nothing where it is pasted, even into a shell.
fn inert(text: &str) -> String {
    let line = clean(text);
    let is_inert = |c: char| c.is_alphanumeric() || " _-+=.,:@%/→".contains(c);
    if line.chars().all(is_inert) {
        line.into_owned()
    } else {
        format!("'{}'", line.replace('\'', r"'\''"))
    }
}

/// The sequence that copies `text`.
pub(super) fn copy_sequence(text: &str) -> Vec<u8> {
    let mut sequence = b"\x1b]52;c;".to_vec();
    for group in inert(text).as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, i| {
            bits << 8 | usize::from(group.get(i).copied().unwrap_or(0))
        });
        for i in 0..4 {
            sequence.push(if i <= group.len() {
                ALPHABET[bits >> (18 - 6 * i) & 63]
            } else {
                b'='
            });
        }
    }
    sequence.push(0x07);
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_with_every_padding() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("hit → 71%", "aGl0IOKGkiA3MSU="),
        ] {
            let expected = format!("\x1b]52;c;{encoded}\x07");
            assert_eq!(copy_sequence(text), expected.as_bytes());
        }
    }

    #[test]
    fn what_is_copied_does_nothing_where_it_is_pasted() {
        for (text, copied) in [
            ("model:xgboost blake3:0a1b", "model:xgboost blake3:0a1b"),
            (
                "model:gbc\n touch /tmp/pasted #",
                "'model:gbc  touch /tmp/pasted #'",
            ),
            ("$(touch x); `y` | z", "'$(touch x); `y` | z'"),
            ("it's", r"'it'\''s'"),
            ("a\u{1b}[201~\u{3}b\rc", "'a[201~b c'"),
            ("a\u{202e}b\u{200b}c", "abc"),
        ] {
            assert_eq!(inert(text), copied, "{text:?}");
        }
    }
}
