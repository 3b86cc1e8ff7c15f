//! Many rows whose names begin alike, such as forty tables of other populations, are one that folds.

use std::collections::BTreeMap;

/// So many rows with one beginning stand by themselves.
const MOST_APART: usize = 6;

/// Rows that stand under one heading.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family<T> {
    /// What it is called: what its members' names have in common.
    pub title: String,
    /// What they begin with.
    pub head: String,
    /// Its members, each with the part of its name that tells it from the others.
    pub members: Vec<(T, String)>,
}

/// Takes the families out of rows with their names; what is left stands by itself.
pub(super) fn families<T: Copy>(rows: &[(T, &str)]) -> (Vec<T>, Vec<Family<T>>) {
    let mut by_head: BTreeMap<&str, Vec<(T, &str)>> = BTreeMap::new();
    for (row, name) in rows {
        if let Some((head, rest)) = name.rsplit_once(':') {
            by_head.entry(head).or_default().push((*row, rest));
        }
    }
    by_head.retain(|_, members| members.len() > MOST_APART);
    let is_apart = |name: &str| {
        let head = name.rsplit_once(':').map(|(head, _)| head);
        head.is_none_or(|head| !by_head.contains_key(head))
    };
    let apart = rows.iter().filter(|(_, name)| is_apart(name));
    let apart = apart.map(|(row, _)| *row).collect();
    let found = by_head.into_iter().map(|(head, members)| {
        let names: Vec<&str> = members.iter().map(|(_, name)| *name).collect();
        let (before, after) = in_common(&names);
        let distinct = |name: &str| name[before..name.len() - after].to_owned();
        let first = names[0];
        let (begins, ends) = (&first[..before], &first[first.len() - after..]);
        let title = match before + after {
            0 => head.to_owned(),
            _ => format!("{head}: {begins}*{ends}"),
        };
        Family {
            title,
            head: head.to_owned(),
            members: members
                .into_iter()
                .map(|(row, name)| (row, distinct(name)))
                .collect(),
        }
    });
    let found = found.collect();
    (apart, found)
}

/// Bytes at the beginning and at the end of all names that are the same: whole words, and never all of
/// a name.
fn in_common(names: &[&str]) -> (usize, usize) {
    let Some((first, others)) = names.split_first() else {
        return (0, 0);
    };
    let is_between = |sign: char| !sign.is_alphanumeric();
    let alike = |a: &str, b: &str| {
        let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
        same.map(|(sign, _)| sign.len_utf8()).sum::<usize>()
    };
    let backwards = |name: &str| name.chars().rev().collect::<String>();
    let before = others.iter().map(|other| alike(first, other)).min();
    let before = before.unwrap_or(0);
    let before = first[..before].rfind(is_between).map_or(0, |at| at + 1);
    let turned = backwards(first);
    let after = others.iter().map(|other| alike(&turned, &backwards(other)));
    let after = after.min().unwrap_or(0);
    let ending = &first[first.len() - after..];
    let after = ending.find(is_between).map_or(0, |at| ending.len() - at);
    let shortest = names.iter().map(|name| name.len()).min().unwrap_or(0);
    if before + after < shortest {
        (before, after)
    } else {
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_begin_alike_are_one_and_are_told_apart() {
        let names: Vec<String> = (0..9)
            .map(|i| format!("alternative:north_{i}0_sweep"))
            .chain(["dataset".to_owned()])
            .collect();
        let rows = names.iter().enumerate();
        let rows: Vec<(usize, &str)> = rows.map(|(at, name)| (at, name.as_str())).collect();
        let (apart, found) = families(&rows);
        assert_eq!(apart, [9]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "alternative: north_*_sweep");
        assert_eq!(found[0].members[3], (3, "30".to_owned()));
    }

    #[test]
    fn few_stand_by_themselves() {
        let rows = [(0, "alternative:north"), (1, "alternative:south"), (2, "x")];
        let (apart, found) = families(&rows);
        assert_eq!(apart, [0, 1, 2]);
        assert!(found.is_empty());
    }

    #[test]
    fn a_name_keeps_whole_words_and_is_never_empty() {
        assert_eq!(in_common(&["a_20_x", "a_21_x"]), (2, 2));
        assert_eq!(in_common(&["north", "northern"]), (0, 0));
        assert_eq!(in_common(&["a_x", "a_b_x"]), (0, 0));
        assert_eq!(in_common(&["größe_1", "größe_2"]), ("größe_".len(), 0));
    }
}
