//! Numbers and names as people read them, on the screen, in reports and in messages: three digits,
//! one unit, a fixed greatest width, and nothing that a terminal would obey.

pub(crate) mod layout;
mod text;

pub(crate) use text::{clean, escaped, is_shown, marked};

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> String {
    let name = std::path::Path::new(path).file_name();
    let name = name.map_or(path.into(), std::ffi::OsStr::to_string_lossy);
    clean(&name).into_owned()
}

/// Bytes in decimal units, as in `1.6 MB`; seven columns at most.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1e3;
    let mut unit = "kB";
    for larger in ["MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        value /= 1e3;
        unit = larger;
    }
    if value < 99.95 && (unit != "kB" || value < 9.95) {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// Bytes, marked when they are an estimate.
pub(crate) fn bytes_marked(count: u64, exact: bool) -> String {
    let text = bytes(count);
    if exact { text } else { format!("~{text}") }
}

/// A time, as in `0.21 s`; six columns at most below a quarter of an hour.
pub(crate) fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-".to_owned();
    }
    let millis = (seconds * 1e3).round();
    if seconds == 0.0 {
        "0 s".to_owned()
    } else if millis < 1.0 {
        "<1 ms".to_owned()
    } else if millis < 100.0 {
        format!("{millis:.0} ms")
    } else if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{}m{:02}s", whole / 60, whole % 60)
    }
}

/// How long ago something was: one unit is enough.
pub(crate) fn age(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

/// A time that runs: always two decimals below ten seconds, so that it does not jump about.
pub(crate) fn clock(seconds: f64) -> String {
    if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds as u64;
        format!("{}m{:02}s", whole / 60, whole % 60)
    }
}

/// A count with a comma every three digits.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A metric: four decimals where that says something, fewer for large values.
pub(crate) fn metric(value: f64) -> String {
    decimal(value, 4)
}

/// A number with so many decimals where it is small, fewer where it is large.
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "-".to_owned()
    } else if size < 10.0 {
        format!("{value:.decimals$}")
    } else if size < 1_000.0 {
        format!("{value:.2}")
    } else if size < 1e7 {
        let text = count(size.round() as u64);
        if value < 0.0 {
            format!("-{text}")
        } else {
            text
        }
    } else {
        format!("{value:.2e}")
    }
}

/// A difference: its sign, and as many digits as it takes to see that there is one; `=` where there is
/// none.
pub(crate) fn signed(difference: f64) -> String {
    let sign = if difference < 0.0 { "-" } else { "+" };
    let size = difference.abs();
    if size == 0.0 {
        "=".to_owned()
    } else if size < 0.000_05 {
        format!("{sign}{size:.0e}")
    } else {
        format!("{sign}{}", metric(size))
    }
}

/// How many more, or fewer; `=` where there are as many.
pub(crate) fn signed_count(before: u64, after: u64) -> String {
    match (after.checked_sub(before), before.checked_sub(after)) {
        (Some(0), _) => "=".to_owned(),
        (Some(more), _) => format!("+{}", count(more)),
        (None, fewer) => format!("-{}", count(fewer.unwrap_or(0))),
    }
}

/// How many bytes more, or fewer; `=` where there are as many.
pub(crate) fn signed_bytes(before: u64, after: u64) -> String {
    match (after.checked_sub(before), before.checked_sub(after)) {
        (Some(0), _) => "=".to_owned(),
        (Some(more), _) => format!("+{}", bytes(more)),
        (None, fewer) => format!("-{}", bytes(fewer.unwrap_or(0))),
    }
}

/// A share of one as whole percents.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_unit_and_at_most_seven_columns() {
        let shown = [
            0,
            999,
            1_000,
            9_949,
            78_152,
            999_600,
            1_600_000,
            57_300_000,
            268_435_456,
        ]
        .map(bytes);
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.0 kB", "9.9 kB", "78 kB", "1.0 MB", "1.6 MB", "57.3 MB",
                "268 MB"
            ]
        );
        for power in 0..50 {
            let text = bytes(1 << power);
            assert!(text.len() <= 7, "{text}");
        }
    }

    #[test]
    fn times_have_one_unit() {
        let shown = [0.0, 0.0004, 0.012, 0.21, 9.994, 12.34, 125.0].map(seconds);
        assert_eq!(
            shown,
            [
                "0 s", "<1 ms", "12 ms", "0.21 s", "9.99 s", "12.3 s", "2m05s"
            ]
        );
    }

    #[test]
    fn differences_have_a_sign() {
        let shown = [0.25, -0.066, 1e-6, 0.0, -42.424].map(signed);
        assert_eq!(shown, ["+0.2500", "-0.0660", "+1e-6", "=", "-42.42"]);
        assert_eq!(signed_count(3, 1_003), "+1,000");
        assert_eq!(signed_count(3, 3), "=");
        assert_eq!(signed_bytes(2_000, 500), "-1.5 kB");
    }

    #[test]
    fn counts_and_metrics() {
        assert_eq!(
            [1, 999, 9_769, 1_234_567].map(count),
            ["1", "999", "9,769", "1,234,567"]
        );
        let shown = [0.912_915, -0.066, 42.4242, 4_107.3, f64::NAN].map(metric);
        assert_eq!(shown, ["0.9129", "-0.0660", "42.42", "4,107", "-"]);
    }
}
