//! Numbers and names of any kind.

use lazydebugger::vocabulary::{Dimension, ResourceName};
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
