//! How numbers, truth values and dates are written where a model takes texts: as the tool that made
//! its training data writes them.

use crate::vocabulary::TextForm;

/// A truth value.
pub(super) fn truth(value: bool, form: TextForm) -> &'static str {
    match (form, value) {
        (TextForm::Pandas, true) => "True",
        (TextForm::Pandas, false) => "False",
        (TextForm::Arrow, true) => "true",
        (TextForm::Arrow, false) => "false",
    }
}

/// A number of 64 bits.
pub(super) fn double(value: f64, form: TextForm) -> String {
    float(value, &format!("{value:e}"), form)
}

/// A number of 32 bits, by its own shortest digits.
pub(super) fn single(value: f32, form: TextForm) -> String {
    float(f64::from(value), &format!("{value:e}"), form)
}

/// `scientific` holds the shortest digits that mean the value, such as `1.5e-7`.
fn float(value: f64, scientific: &str, form: TextForm) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let plain = match form {
        TextForm::Pandas => (-4..16).contains(&exponent),
        TextForm::Arrow => (-6..=13).contains(&exponent),
    };
    if !plain {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let text = decimals(digits, exponent);
    match form {
        TextForm::Pandas if !text.contains('.') => text + ".0",
        TextForm::Pandas | TextForm::Arrow => text,
    }
}

/// Digits such as `-1.25` times ten to a power, without an exponent.
fn decimals(digits: &str, exponent: i32) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
}

/// A whole number over a power of ten, such as `779.60`.
pub(super) fn decimal(unscaled: &str, scale: usize) -> String {
    if scale == 0 {
        return unscaled.to_owned();
    }
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// A day, counted from 1970-01-01, as `2024-02-29`.
pub(super) fn date(days: i64) -> String {
    // The calendar repeats every 400 years of 146,097 days; years begin in March here, so that the
    // leap day is the last.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", year_of_era + era * 400 + later)
}

#[cfg(test)]
mod tests {
    use super::{date, decimal, double, single};
    use crate::vocabulary::TextForm::{Arrow, Pandas};

    #[test]
    fn numbers_are_written_as_pandas_and_arrow_write_them() {
        // As pandas 3.1.1 and pyarrow 26.0.1 write them.
        for (value, pandas, arrow) in [
            (0.1, "0.1", "0.1"),
            (1.0, "1.0", "1"),
            (-2.5, "-2.5", "-2.5"),
            (1e16, "1e+16", "1e+16"),
            (1e15, "1000000000000000.0", "1e+15"),
            (1e14, "100000000000000.0", "1e+14"),
            (
                123_456_789_012_345.5,
                "123456789012345.5",
                "1.234567890123455e+14",
            ),
            (1e-4, "0.0001", "0.0001"),
            (1e-5, "1e-05", "0.00001"),
            (1.5e-6, "1.5e-06", "0.0000015"),
            (1_234_567.0, "1234567.0", "1234567"),
            (f64::INFINITY, "inf", "inf"),
            (-0.0, "-0.0", "-0"),
        ] {
            assert_eq!(double(value, Pandas), pandas);
            assert_eq!(double(value, Arrow), arrow);
        }
        assert_eq!(single(0.1, Pandas), "0.1");
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(decimal("77960", 2), "779.60");
        assert_eq!(decimal("-5", 2), "-0.05");
        assert_eq!(decimal("12", 0), "12");
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(11_016), "2000-02-29");
    }
}
