//! From the bytes that a terminal sends to keys, mouse events and pasted text.

use std::str;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::input::Input;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
const PASTE_END: &[u8] = b"\x1b[201~";
/// A paste of which nothing more has come for so long has lost its end: keys are keys again.
const PASTE_WAIT: Duration = Duration::from_millis(500);

/// Keeps what has not made a whole input yet.
#[derive(Debug, Default)]
pub(super) struct Parser {
    bytes: Vec<u8>,
    /// What has come of a paste whose end is still to come.
    pasted: Option<Vec<u8>>,
    inputs: Vec<Input>,
}

/// What the first bytes are, and how many of them belong to it.
enum Step {
    Done(usize, Option<Input>),
    PasteBegins(usize),
    Incomplete,
}

impl Parser {
    /// Takes in what was read.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let keys = self.paste(bytes);
        self.bytes.extend_from_slice(keys);
        let mut at = 0;
        while at < self.bytes.len() {
            match step(&self.bytes[at..]) {
                Step::Done(len, input) => {
                    self.inputs.extend(input);
                    at += len;
                }
                Step::PasteBegins(len) => {
                    let text = self.bytes.split_off(at + len);
                    self.pasted = Some(Vec::new());
                    self.bytes = self.paste(&text).to_vec();
                    at = 0;
                }
                Step::Incomplete => break,
            }
        }
        self.bytes.drain(..at);
    }

    /// Takes in the text of a paste; what comes after its end. Ctrl-C is no text: it ends a paste
    /// that has lost its end.
    fn paste<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(text) = &mut self.pasted else {
            return bytes;
        };
        let before = text.len();
        // The end may have begun in what came before.
        let from = before.saturating_sub(PASTE_END.len() - 1);
        text.extend_from_slice(bytes);
        let window = &text[from..];
        let end = window
            .windows(PASTE_END.len())
            .position(|bytes| bytes == PASTE_END);
        let interrupted = bytes.iter().position(|byte| *byte == CTRL_C);
        let interrupted = interrupted.map(|at| before + at);
        let (len, next) = match (end.map(|at| from + at), interrupted) {
            (Some(end), at) if at.is_none_or(|at| end < at) => (end, end + PASTE_END.len()),
            (_, Some(at)) => (at, at),
            (_, None) => return &[],
        };
        text.truncate(len);
        self.end_paste();
        &bytes[next - before..]
    }

    fn end_paste(&mut self) {
        let text = self.pasted.take();
        let pasted = text.map(|text| Input::Paste(String::from_utf8_lossy(&text).into_owned()));
        self.inputs.extend(pasted);
    }

    /// How long to wait for what decides the meaning of what came last, where a sequence's rest may
    /// take `escape_wait`; none where nothing is open.
    pub(super) fn patience(&self, escape_wait: Duration) -> Option<Duration> {
        if self.pasted.is_some() {
            return Some(PASTE_WAIT);
        }
        (!self.bytes.is_empty()).then_some(escape_wait)
    }

    /// Nothing came next: a lone Esc is the key, the start of a longer sequence is line noise, and a
    /// paste without an end is what has come of it.
    pub(super) fn give_up_waiting(&mut self) {
        self.end_paste();
        match self.bytes[..] {
            [ESC] => self.inputs.push(key(KeyCode::Esc, KeyModifiers::NONE)),
            [ESC, c @ (b'[' | b'O')] => {
                self.inputs
                    .push(key(KeyCode::Char(c.into()), KeyModifiers::ALT));
            }
            _ => {}
        }
        self.bytes.clear();
    }

    /// What has come together.
    pub(super) fn take(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.inputs)
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [ESC] | [ESC, b'[' | b'O'] => Step::Incomplete,
        [ESC, ESC, ..] => Step::Done(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [ESC, b'[', rest @ ..] => control_sequence(rest),
        [ESC, b'O', last, ..] => Step::Done(
            3,
            letter_key(*last).map(|code| key(code, KeyModifiers::NONE)),
        ),
        [ESC, rest @ ..] => match step(rest) {
            Step::Done(len, Some(Input::Key(mut event))) => {
                event.modifiers |= KeyModifiers::ALT;
                Step::Done(len + 1, Some(Input::Key(event)))
            }
            Step::Done(len, input) => Step::Done(len + 1, input),
            Step::PasteBegins(len) => Step::PasteBegins(len + 1),
            Step::Incomplete => Step::Incomplete,
        },
        [first, ..] if first.is_ascii() => Step::Done(1, Some(ascii_key(*first))),
        _ => character(bytes),
    }
}

fn ascii_key(byte: u8) -> Input {
    let control = |c: u8| key(KeyCode::Char(c.into()), KeyModifiers::CONTROL);
    match byte {
        0 => control(b' '),
        b'\r' => key(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => key(KeyCode::Tab, KeyModifiers::NONE),
        0x7f => key(KeyCode::Backspace, KeyModifiers::NONE),
        1..=26 => control(byte - 1 + b'a'),
        27..=31 => control(byte - 28 + b'4'),
        _ => character_key(byte.into()),
    }
}

fn character_key(c: char) -> Input {
    let modifiers = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    key(KeyCode::Char(c), modifiers)
}

/// A character beyond ASCII; bytes that are not UTF-8 are dropped.
fn character(bytes: &[u8]) -> Step {
    let len = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Step::Done(1, None),
    };
    let given = &bytes[..len.min(bytes.len())];
    match str::from_utf8(given) {
        Ok(text) => Step::Done(len, text.chars().next().map(character_key)),
        Err(e) if e.error_len().is_none() => Step::Incomplete,
        Err(_) => Step::Done(1, None),
    }
}

/// What follows `ESC [`.
fn control_sequence(rest: &[u8]) -> Step {
    const INTRODUCER: usize = 2;
    match rest {
        // The Linux console's function keys.
        [b'['] => return Step::Incomplete,
        [b'[', c @ b'A'..=b'E', ..] => {
            let function = KeyCode::F(c - b'A' + 1);
            return Step::Done(INTRODUCER + 2, Some(key(function, KeyModifiers::NONE)));
        }
        // A mouse report of a terminal that does not know mode 1006.
        [b'M', report @ ..] => {
            let [code, column, row, ..] = report else {
                return Step::Incomplete;
            };
            let [code, column, row] = [code, column, row].map(|b| u16::from(b.saturating_sub(32)));
            let is_release = code & 3 == 3 && code & 64 == 0;
            return Step::Done(INTRODUCER + 4, mouse(code, column, row, is_release));
        }
        _ => {}
    }
    let Some(end) = rest.iter().position(|b| !(0x20..0x40).contains(b)) else {
        return Step::Incomplete;
    };
    let len = INTRODUCER + end + 1;
    let (parameters, last) = (&rest[..end], rest[end]);
    if !(0x40..0x7f).contains(&last) {
        // Cut off by something else, which counts again.
        return Step::Done(len - 1, None);
    }
    if let Some(report) = parameters.strip_prefix(b"<") {
        let [code, column, row] = numbers(report);
        return Step::Done(len, mouse(code, column, row, last == b'm'));
    }
    let [first, second, _] = numbers(parameters);
    if last == b'n' {
        return Step::Done(len, Some(Input::Shown));
    }
    if last == b'~' && first == 200 {
        return Step::PasteBegins(len);
    }
    let code = match last {
        b'~' => numbered_key(first),
        b'Z' => Some(KeyCode::BackTab),
        _ => letter_key(last),
    };
    let mut modifiers = modifiers(second);
    if code == Some(KeyCode::BackTab) {
        modifiers |= KeyModifiers::SHIFT;
    }
    Step::Done(len, code.map(|code| key(code, modifiers)))
}

/// Up to three numbers between semicolons; what is missing or no number counts as 0.
fn numbers(parameters: &[u8]) -> [u16; 3] {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(parameters.split(|b| *b == b';')) {
        *number = str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
    }
    numbers
}

fn letter_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

fn numbered_key(number: u16) -> Option<KeyCode> {
    let number = u8::try_from(number).ok()?;
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28 | 29 => KeyCode::F(number - 13),
        31..=34 => KeyCode::F(number - 14),
        _ => return None,
    })
}

/// xterm sends one more than the sum of the modifiers' bits.
fn modifiers(parameter: u16) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, bits & 1 != 0);
    modifiers.set(KeyModifiers::ALT, bits & 2 != 0);
    modifiers.set(KeyModifiers::CONTROL, bits & 4 != 0);
    modifiers
}

fn mouse(code: u16, column: u16, row: u16, is_release: bool) -> Option<Input> {
    let button = match code & 3 {
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        _ => MouseButton::Left,
    };
    let kind = match (code & 64 != 0, code & 3) {
        (true, 0) => MouseEventKind::ScrollUp,
        (true, 1) => MouseEventKind::ScrollDown,
        (true, 2) => MouseEventKind::ScrollLeft,
        (true, _) => MouseEventKind::ScrollRight,
        _ if is_release => MouseEventKind::Up(button),
        (false, 3) => return None,
        _ if code & 32 != 0 => MouseEventKind::Drag(button),
        _ => MouseEventKind::Down(button),
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, code & 4 != 0);
    modifiers.set(KeyModifiers::ALT, code & 8 != 0);
    modifiers.set(KeyModifiers::CONTROL, code & 16 != 0);
    Some(Input::Mouse(MouseEvent {
        kind,
        column: column.saturating_sub(1),
        row: row.saturating_sub(1),
        modifiers,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Vec<Input> {
        let mut parser = Parser::default();
        parser.feed(bytes);
        if parser.patience(Duration::ZERO).is_some() {
            parser.give_up_waiting();
        }
        parser.take()
    }

    fn plain(code: KeyCode) -> Input {
        key(code, KeyModifiers::NONE)
    }

    #[test]
    fn keys_as_xterm_the_console_and_rxvt_send_them() {
        for (bytes, expected) in [
            (&b"j"[..], plain(KeyCode::Char('j'))),
            (b"R", key(KeyCode::Char('R'), KeyModifiers::SHIFT)),
            ("é".as_bytes(), plain(KeyCode::Char('é'))),
            ("界".as_bytes(), plain(KeyCode::Char('界'))),
            (b"\x1b[0n", Input::Shown),
            (b"\r", plain(KeyCode::Enter)),
            (b"\t", plain(KeyCode::Tab)),
            (b"\x1b[Z", key(KeyCode::BackTab, KeyModifiers::SHIFT)),
            (b"\x7f", plain(KeyCode::Backspace)),
            (b"\x03", key(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            (b"\x1a", key(KeyCode::Char('z'), KeyModifiers::CONTROL)),
            (b"\x1b", plain(KeyCode::Esc)),
            (b"\x1bx", key(KeyCode::Char('x'), KeyModifiers::ALT)),
            (b"\x1b[", key(KeyCode::Char('['), KeyModifiers::ALT)),
            (b"\x1b[A", plain(KeyCode::Up)),
            (b"\x1bOA", plain(KeyCode::Up)),
            (b"\x1b[1;5D", key(KeyCode::Left, KeyModifiers::CONTROL)),
            (b"\x1b[5~", plain(KeyCode::PageUp)),
            (b"\x1b[3;2~", key(KeyCode::Delete, KeyModifiers::SHIFT)),
            (b"\x1bOP", plain(KeyCode::F(1))),
            (b"\x1b[[A", plain(KeyCode::F(1))),
            (b"\x1b[15~", plain(KeyCode::F(5))),
            (b"\x1b[24~", plain(KeyCode::F(12))),
        ] {
            assert_eq!(parse(bytes), [expected], "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn mouse_reports_in_both_encodings() {
        let at = |kind| {
            Input::Mouse(MouseEvent {
                kind,
                column: 9,
                row: 4,
                modifiers: KeyModifiers::NONE,
            })
        };
        let left = MouseButton::Left;
        assert_eq!(parse(b"\x1b[<0;10;5M"), [at(MouseEventKind::Down(left))]);
        assert_eq!(parse(b"\x1b[<0;10;5m"), [at(MouseEventKind::Up(left))]);
        assert_eq!(parse(b"\x1b[<32;10;5M"), [at(MouseEventKind::Drag(left))]);
        assert_eq!(parse(b"\x1b[<65;10;5M"), [at(MouseEventKind::ScrollDown)]);
        assert_eq!(parse(b"\x1b[M *%"), [at(MouseEventKind::Down(left))]);
    }

    #[test]
    fn pasted_text_is_one_input_and_its_letters_are_no_keys() {
        let mut parser = Parser::default();
        parser.feed(b"j\x1b[200~quit\x1b");
        assert_eq!(parser.take(), [plain(KeyCode::Char('j'))]);
        parser.feed(b"[201~q");
        let expected = [Input::Paste("quit".to_owned()), plain(KeyCode::Char('q'))];
        assert_eq!(parser.take(), expected);
        assert_eq!(parser.patience(Duration::ZERO), None);
    }

    #[test]
    fn a_paste_without_an_end_takes_neither_the_keyboard_nor_ctrl_c() {
        let mut parser = Parser::default();
        parser.feed(b"\x1b[200~quit");
        assert_eq!(parser.patience(Duration::ZERO), Some(PASTE_WAIT));
        parser.give_up_waiting();
        parser.feed(b"j");
        let pasted = Input::Paste("quit".to_owned());
        assert_eq!(parser.take(), [pasted.clone(), plain(KeyCode::Char('j'))]);
        parser.feed(b"\x1b[200~qu");
        parser.feed(b"it\x03j");
        let ctrl_c = key(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(parser.take(), [pasted, ctrl_c, plain(KeyCode::Char('j'))]);
    }

    #[test]
    fn what_we_did_not_ask_for_is_dropped() {
        for noise in [
            &b"\x1b[I"[..],
            b"\x1b[?1;2c",
            b"\x1b[12;40R",
            b"\xff",
            b"\x1b[1;",
        ] {
            let inputs = parse(noise);
            let is_f3 = matches!(inputs[..], [Input::Key(k)] if k.code == KeyCode::F(3));
            assert!(inputs.is_empty() || is_f3, "{}", noise.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_are_taken(
            bytes in proptest::collection::vec(any::<u8>(), 0..64),
            cut in 0_usize..64,
        ) {
            let cut = cut.min(bytes.len());
            let mut parser = Parser::default();
            parser.feed(&bytes[..cut]);
            parser.feed(&bytes[cut..]);
            let in_pieces = parser.take();
            let mut parser = Parser::default();
            parser.feed(&bytes);
            prop_assert_eq!(in_pieces, parser.take());
        }
    }
}
