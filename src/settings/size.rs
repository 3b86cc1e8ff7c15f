//! Sizes in bytes as people write them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes: `2GB` is 2,000,000,000, `2GiB` is 2,147,483,648, a bare number is bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Why a text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It does not begin with a number.
    #[error("`{0}` is not a size; write for example 256MB, 1.5GiB or 1000000")]
    NotASize(String),
    /// The letters after the number are no unit.
    #[error("`{0}` is not a unit of size; use B, KB, MB, GB, TB or KiB, MiB, GiB, TiB")]
    Unit(String),
    /// `K`, `M`, `G` or `T` alone, which may mean either.
    #[error(
        "`{number}{unit}` may mean two things: write {number}{unit}B (decimal) or {number}{unit}iB (binary)"
    )]
    Ambiguous {
        /// As written.
        number: String,
        /// As written, in capitals.
        unit: String,
    },
    /// More bytes than there can be.
    #[error("`{0}` is more than any machine has")]
    TooMuch(String),
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..end], trimmed[end..].trim());
        let factor = factor_of(number, unit)?;
        let not_a_size = || SizeError::NotASize(text.to_owned());
        if let Ok(whole) = number.parse::<u64>() {
            let bytes = whole.checked_mul(factor);
            return bytes.map(Self).ok_or(SizeError::TooMuch(text.to_owned()));
        }
        let bytes = number.parse::<f64>().map_err(|_| not_a_size())? * factor as f64;
        if bytes < u64::MAX as f64 {
            Ok(Self(bytes.round() as u64))
        } else {
            Err(SizeError::TooMuch(text.to_owned()))
        }
    }
}

fn factor_of(number: &str, unit: &str) -> Result<u64, SizeError> {
    let folded = unit.to_ascii_lowercase();
    if folded.is_empty() || folded == "b" {
        return Ok(1);
    }
    let power = match folded.chars().next() {
        Some('k') => 1,
        Some('m') => 2,
        Some('g') => 3,
        Some('t') => 4,
        _ => 0,
    };
    match (power, folded.get(1..)) {
        (1.., Some("b")) => Ok(1000_u64.pow(power)),
        (1.., Some("ib")) => Ok(1024_u64.pow(power)),
        (1.., Some("")) => Err(SizeError::Ambiguous {
            number: number.to_owned(),
            unit: unit.to_ascii_uppercase(),
        }),
        _ if number.is_empty() => Err(SizeError::NotASize(unit.to_owned())),
        _ => Err(SizeError::Unit(unit.to_owned())),
    }
}

impl From<Size> for u64 {
    fn from(size: Size) -> Self {
        size.0
    }
}

impl From<Size> for Option<u64> {
    fn from(size: Size) -> Self {
        Some(size.0)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn reads_decimal_and_binary_units() {
        for (text, bytes) in [
            ("0", 0),
            ("1000", 1000),
            ("12B", 12),
            ("256MB", 256_000_000),
            ("256 mb", 256_000_000),
            ("2GB", 2_000_000_000),
            ("2GiB", 1 << 31),
            ("1.5gib", 3 << 29),
            (" 0.5KiB ", 512),
            ("1TiB", 1 << 40),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn explains_what_is_not_a_size() {
        for (text, words) in [
            ("", "`` is not a size"),
            ("lots", "`lots` is not a size"),
            ("-5", "`-5` is not a size"),
            ("1.2.3MB", "`1.2.3MB` is not a size"),
            ("5 apples", "`apples` is not a unit of size"),
            ("5MiBs", "`MiBs` is not a unit of size"),
            ("2g", "write 2GB (decimal) or 2GiB (binary)"),
            ("99999999TiB", "more than any machine has"),
            ("99999999999999999999", "more than any machine has"),
        ] {
            let parsed = text.parse::<Size>();
            let error = parsed.map_or_else(|error| error.to_string(), |size| size.to_string());
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
