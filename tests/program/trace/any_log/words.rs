//! Numbers and names of any kind.

use lazydebugger::vocabulary::{ContentId, Dimension, Note, Problem, ResourceName, Severity};
use proptest::option;
use proptest::prelude::*;

pub(super) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        Just(0.0),
        Just(1.0),
        Just(-0.0),
        Just(0.1 + 0.2),
        Just(f64::MIN_POSITIVE),
        Just(f64::MAX),
    ]
}

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,12}", Just("a\nb\"c\u{0}\u{1b}é".to_owned())]
}

pub(super) fn name() -> impl Strategy<Value = ResourceName> {
    text().prop_map(|text| text.as_str().into())
}

pub(super) fn dimension() -> impl Strategy<Value = Dimension> {
    proptest::sample::select(Dimension::ALL.to_vec())
}

pub(super) fn content() -> impl Strategy<Value = ContentId> {
    any::<[u8; 32]>().prop_map(ContentId::new)
}

pub(super) fn note() -> impl Strategy<Value = Note> {
    let severities = vec![Severity::Info, Severity::Warning, Severity::Error];
    let severity = proptest::sample::select(severities);
    (severity, text()).prop_map(|(severity, text)| Note { severity, text })
}

pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let part = || option::of(text().prop_map(String::into_boxed_str));
    let rest = (part(), part(), part(), option::of(any::<u64>()));
    (text(), part(), part(), rest).prop_map(|(cause, key, file, (column, remedy, setting, row))| {
        Problem {
            key,
            file,
            column,
            row,
            cause,
            remedy,
            setting,
        }
    })
}
