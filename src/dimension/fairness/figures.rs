//! Selection rates with the four-fifths line: a bar that does not reach it, beyond chance, is flagged.

use super::{Compared, sizes};
use crate::event::{Bar, Figure, ReferenceLine};
use crate::metrics::rate_intervals::wilson;

/// Bars that a picture of many groups shows.
const MOST_BARS: usize = 12;

/// The groups of an attribute.
pub(super) fn selection_bars(compared: &Compared<'_>) -> Figure {
    let title = format!("Selection rate by {}", compared.attribute.name);
    let codes: Vec<usize> = (0..compared.groups.len()).collect();
    bars(compared, title, &codes)
}

/// The groups with the lowest rates, the lowest first, and the group with the highest.
pub(super) fn lowest_selection_bars(compared: &Compared<'_>) -> Figure {
    let rate = |code: &usize| compared.groups[*code].counts.selection_rate();
    let mut codes: Vec<usize> = (0..compared.groups.len()).collect();
    codes.sort_by(|a, b| {
        rate(a)
            .partial_cmp(&rate(b))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let all = codes.len();
    if all > MOST_BARS {
        codes.drain(MOST_BARS - 1..all - 1);
    }
    let name = &compared.attribute.name;
    let title = match all - codes.len() {
        0 => format!("Selection rate by {name}"),
        hidden => format!("Selection rate by {name}: lowest and highest, {hidden} between"),
    };
    bars(compared, title, &codes)
}

fn bars(compared: &Compared<'_>, title: String, codes: &[usize]) -> Figure {
    let reference = compared.larger.reference;
    let highest = reference.and_then(|r| compared.groups[r].counts.selection_rate());
    let line = highest.map(|rate| 0.8 * rate);
    let bar = |code: &usize| {
        let group = &compared.groups[*code];
        let size = sizes::suffix(group.is_small());
        Bar {
            label: compared.attribute.groups[*code].clone(),
            value: group.counts.selection_rate(),
            interval: wilson((group.counts.selected(), group.counts.n())).map(|i| (i.low, i.high)),
            note: format!("n {}{size}", group.counts.n()),
            flagged: compared.larger.breaks(*code),
        }
    };
    Figure::Bars {
        title,
        bars: codes.iter().map(bar).collect(),
        reference: line.map(|value| ReferenceLine {
            value,
            label: "four fifths of the highest".to_owned(),
        }),
        from: 0.0,
    }
}
