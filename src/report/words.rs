//! Numbers and names as people read them.

/// Text that is safe to show: no control characters, nothing that turns the reading direction or
/// has no width.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(|c| !hidden(c)).collect()
}

/// A metric's value.
pub(super) fn number(value: Option<f64>) -> String {
    match value {
        None => "n/a".to_owned(),
        Some(value) if value != 0.0 && value.abs() < 0.0001 => format!("{value:.1e}"),
        Some(value) if value.abs() >= 10_000.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.4}"),
    }
}

pub(super) fn seconds(seconds: f64) -> String {
    if seconds >= 100.0 {
        format!("{seconds:.0} s")
    } else if seconds >= 0.1 {
        format!("{seconds:.2} s")
    } else {
        format!("{:.1} ms", seconds * 1000.0)
    }
}

/// Bytes in decimal units.
pub(super) fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in ["KB", "MB", "GB", "TB"] {
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}

/// `1 table`, `2 tables`.
pub(super) fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A share in whole percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let read = |value| number(Some(value));
        assert_eq!(number(None), "n/a");
        assert_eq!(
            [read(0.0), read(-0.5), read(1e-5)],
            ["0.0000", "-0.5000", "1.0e-5"]
        );
        assert_eq!(read(123_456.7), "123457");
        assert_eq!(
            [bytes(0), bytes(999), bytes(999_960)],
            ["0 B", "999 B", "1.0 MB"]
        );
        assert_eq!(
            [bytes(268_435_456), bytes(u64::MAX)],
            ["268.4 MB", "18446744.1 TB"]
        );
        assert_eq!(
            [seconds(0.0123), seconds(1.5), seconds(250.0)],
            ["12.3 ms", "1.50 s", "250 s"]
        );
    }

    #[test]
    fn nothing_hidden_is_shown() {
        assert_eq!(clean("a\u{1b}[31m\r\nb\u{202e}c\u{200b}d é"), "a[31mbcd é");
    }
}
