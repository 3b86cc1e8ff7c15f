//! Numbers as text files hold them.

use crate::vocabulary::DecimalSign;

/// The number, truth value or nothing that a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Parsed {
    Whole(f64),
    Fraction(f64),
    Truth(bool),
}

impl Parsed {
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Whole(value) | Self::Fraction(value) => value,
            Self::Truth(value) => f64::from(u8::from(value)),
        }
    }
}

/// What a field holds, if that is a number or a truth value.
pub(super) fn parse(field: &[u8], decimal: DecimalSign) -> Option<Parsed> {
    let field = field.trim_ascii();
    if let Some(whole) = short_whole(field) {
        return Some(Parsed::Whole(whole));
    }
    let truth = match field {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    };
    if truth.is_some() {
        return truth.map(Parsed::Truth);
    }
    let text = std::str::from_utf8(field).ok()?;
    let value: f64 = match decimal {
        DecimalSign::Point => text.parse().ok()?,
        // A point would part thousands.
        DecimalSign::Comma if text.contains('.') => return None,
        DecimalSign::Comma => text.replacen(',', ".", 1).parse().ok()?,
    };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fits = digits.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok();
    Some(if fits {
        Parsed::Whole(value)
    } else {
        Parsed::Fraction(value)
    })
}

/// A whole number of few digits, which is exact.
fn short_whole(field: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut value = 0_u64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    let value = value as f64;
    Some(if is_negative { -value } else { value })
}

/// Is it a fraction with this sign?
pub(super) fn is_fraction(field: &[u8], decimal: DecimalSign) -> bool {
    let sign = decimal.name().as_bytes()[0];
    let field = field.trim_ascii();
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    let mut parts = digits.split(|byte| *byte == sign);
    let is_number = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none()
}
