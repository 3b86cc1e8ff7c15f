//! Plain text in columns, on the screen and in reports: measured as a terminal shows it, cut to a
//! width, wrapped, set in tables. What it gives back is clean of all that a terminal would obey.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::clean;

/// Columns that the text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The longest start of the text that takes at most `columns`.
fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end of the text that takes at most `columns`.
fn end(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// The text, clean, cut at its end to fit.
pub(crate) fn fit<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let room = columns.saturating_sub(width(ellipsis));
    let dots = start(ellipsis, columns);
    Cow::Owned(format!("{}{dots}", start(&text, room).trim_end()))
}

/// The text, clean, cut after its last word that fits.
pub(crate) fn fit_words<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    let whole = clean(text);
    let cut = fit(text, columns, ellipsis);
    let kept = cut.strip_suffix(ellipsis);
    let Some(kept) = kept.filter(|_| width(&whole) > columns) else {
        return cut;
    };
    // Half a word tells nothing; a single long one tells more than none.
    let ends_within = whole[kept.len()..].starts_with(|sign: char| !sign.is_whitespace());
    let kept = match kept.rsplit_once(' ') {
        Some((words, _)) if ends_within => words,
        _ => kept,
    };
    let kept = kept.trim_end_matches([' ', ',', ';', ':', '(']);
    Cow::Owned(format!("{kept}{ellipsis}"))
}

/// The text, clean, cut in its middle to fit: names often differ in their last characters.
pub(crate) fn fit_middle<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let room = columns.saturating_sub(width(ellipsis));
    let dots = start(ellipsis, columns);
    let tail = room / 2;
    let (head, tail) = (start(&text, room - tail), end(&text, tail));
    Cow::Owned(format!("{head}{dots}{tail}"))
}

/// The text, clean, in lines of at most `columns`, broken at blanks where that is possible.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in clean(text).split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        // A word may be all of a file: it is measured once.
        let mut rest = word;
        if width(word) > columns {
            loop {
                let head = start(rest, columns);
                if head.is_empty() || head.len() == rest.len() {
                    break;
                }
                lines.push(head.to_owned());
                rest = &rest[head.len()..];
            }
        }
        line.push_str(rest);
    }
    lines.push(line);
    lines
}

/// How many columns of a table stand side by side in `room`, with a gap between them; the first one
/// always does.
pub(crate) fn columns_that_fit(widths: &[usize], gap: usize, room: usize) -> usize {
    let mut used = 0;
    let fitting = widths.iter().take_while(|width| {
        used += *width + gap;
        used <= room + gap
    });
    fitting.count().max(1).min(widths.len())
}

/// Widths of a table's columns in `room`: the first gives way down to a third of it, then the last
/// are left out.
pub(crate) fn squeeze(mut widths: Vec<usize>, gap: usize, room: usize) -> Vec<usize> {
    let full = widths.iter().sum::<usize>() + gap * widths.len().saturating_sub(1);
    if let Some(first) = widths.first_mut() {
        let least = (*first).min(room / 3);
        *first = first.saturating_sub(full.saturating_sub(room)).max(least);
    }
    widths.truncate(columns_that_fit(&widths, gap, room));
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_wrapped_however_long_it_is() {
        let lines = wrap(&format!("a {} b", "x".repeat(4_000_000)), 60);
        assert_eq!(lines.len(), 2 + 4_000_000 / 60);
        assert_eq!(lines.concat().len(), 4_000_003);
        assert!(lines.iter().all(|line| line.len() <= 60));
        assert_eq!(wrap("日本", 1), ["日本"]);
    }

    #[test]
    fn names_are_cut_to_columns_not_to_bytes() {
        assert_eq!(fit("capital_gain", 8, "…"), "capital…");
        assert_eq!(
            fit_middle("predictions:xgboost@dataset", 15, "…"),
            "predict…dataset"
        );
        assert_eq!(fit("日本語の列", 7, "…"), "日本語…");
        assert_eq!(fit_words("score, and rate", 12, "…"), "score, and…");
        assert_eq!(fit_words("score, and rate", 10, "…"), "score…");
        assert_eq!(fit_words("score, and rate", 15, "…"), "score, and rate");
        assert_eq!(fit_words("capital_gain", 8, "…"), "capital…");
        assert_eq!(fit("abc", 1, "..."), ".");
        assert_eq!(fit("abc", 3, "…"), "abc");
    }

    #[test]
    fn lines_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\nb", 9), ["a b"], "a text begins no line of its own");
    }

    #[test]
    fn the_first_column_gives_way_before_others_are_left_out() {
        assert_eq!(squeeze(vec![10, 5, 5], 2, 30), [10, 5, 5]);
        assert_eq!(squeeze(vec![10, 5, 5], 2, 20), [6, 5, 5]);
        assert_eq!(squeeze(vec![10, 5, 5], 2, 15), [5, 5]);
        assert_eq!(squeeze(vec![10], 2, 6), [6]);
        assert!(squeeze(Vec::new(), 2, 6).is_empty());
        assert_eq!(columns_that_fit(&[26, 8, 8], 2, 40), 2);
        assert_eq!(columns_that_fit(&[26, 8], 2, 10), 1);
    }
}
