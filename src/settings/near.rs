//! The known name that is nearest to a name that is not known.

/// Nobody mistypes a longer name, and comparing two takes the square of their lengths.
const LONGEST: usize = 200;

/// The nearest of `known`, when it is near enough to be meant; the first of equals.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let folded = name.to_lowercase();
    let length = folded.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.filter(|candidate| candidate.len() <= LONGEST) {
        let other = candidate.to_lowercase();
        let other_length = other.chars().count();
        let distance = strsim::damerau_levenshtein(&folded, &other);
        let most = length.max(other_length) / 3;
        let begins = length >= 3 && other.starts_with(&folded);
        let near = distance <= most || begins;
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_what_may_be_meant_and_nothing_else() {
        let known = ["protected", "target", "positive", "lazy-all", "age", "x1"];
        for (name, expected) in [
            ("protectd", Some("protected")),
            ("TARGET", Some("target")),
            ("tagret", Some("target")),
            ("lazy", Some("lazy-all")),
            ("aeg", Some("age")),
            ("y", None),
            ("x2", None),
            ("", None),
            ("income", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }
}
