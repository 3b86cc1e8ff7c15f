//! Spans of time as people write them.

use std::str::FromStr;

/// A span of time in seconds: `90`, `90s`, `1.5m`, `2h`, `1d`, `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Span(pub f64);

/// Why a text is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no span of time; write for example 30s, 10m, 2h or a number of seconds")]
pub struct SpanError(String);

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(trimmed.len());
        let factor = match trimmed[end..].trim() {
            "" | "s" => Some(1.0),
            "ms" => Some(1e-3),
            "m" | "min" => Some(60.0),
            "h" => Some(3_600.0),
            "d" => Some(86_400.0),
            _ => None,
        };
        let number = trimmed[..end].parse::<f64>().ok();
        let seconds = number.zip(factor).map(|(number, factor)| number * factor);
        let seconds = seconds.filter(|seconds| seconds.is_finite());
        seconds.map(Self).ok_or_else(|| SpanError(text.to_owned()))
    }
}

impl From<Span> for f64 {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl From<Span> for Option<f64> {
    fn from(span: Span) -> Self {
        Some(span.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn reads_units_and_refuses_the_rest() {
        for (text, seconds) in [
            ("90", Some(90.0)),
            ("250ms", Some(0.25)),
            (" 1.5 m ", Some(90.0)),
            ("2h", Some(7_200.0)),
            ("1d", Some(86_400.0)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("5 weeks", None),
        ] {
            let read = text.parse::<Span>().ok();
            assert_eq!(read, seconds.map(Span), "{text}");
        }
    }
}
