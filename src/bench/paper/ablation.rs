//! Table 5: laziness, cache and parallel loading, on and off.

use super::campaign::Measured;
use super::claims::{ABLATION, Ablation, Claimed};
use super::page::{Row, Table, percent};
use super::pairs::{FIRST, PEAK, Pairs, SETUP, TOTAL};
use super::verdict::{Verdict, judge, saved_or_moved};

/// The jobs of `measured` are in the order of [`ABLATION`].
pub(super) fn table(label: &str, measured: &Measured) -> Table {
    let mut rows: Vec<Row> = ABLATION
        .iter()
        .enumerate()
        .map(|(which, claim)| row(claim, &Pairs::between(measured, 0, which), which == 0))
        .collect();
    rows.extend(additive(measured));
    Table {
        id: "T5",
        title: format!("ablation, {label}"),
        about: "Each beside the run of the same round with all three off; tests are asked for one after \
                the other, since in one run what a later test needs is held for it, cache or no. Lazy off: the eager strategy, \
                which holds the scores that it has loaded, so that the cache adds only what it did not \
                load. Parallel off: one thread for everything, scoring and computing too. Judged by the \
                share of the total that is saved."
            .to_owned(),
        columns: vec![
            "set-up",
            "first result",
            "total",
            "total saved",
            "peak",
            "peak saved",
        ],
        rows,
        contradictions: vec![
            "effects are called additive: 15 + 55 + 28 s less than 180 is 82, reported are 95",
            "a cache cannot shorten a set-up by 15 s nor save 2 GB, as from lazy to lazy with cache; \
             parallel loading shortens the set-up by 18 s alone and by nothing beside the others",
            "lazy alone saves 35 s of set-up and 15 s in all: 20 s are moved, not saved",
            "section 3.6 claims 20 to 30% for parallel loading, section 6.2 10 to 20%, the table has \
             15.6% alone and 9.5% on top",
        ],
    }
}

fn name(claim: &Ablation) -> String {
    let on = [
        (claim.lazy, "lazy"),
        (claim.cache, "cache"),
        (claim.parallel, "parallel"),
    ];
    let on: Vec<&str> = on.iter().filter(|(on, _)| *on).map(|(_, n)| *n).collect();
    match on.as_slice() {
        [] => "none (eager)".to_owned(),
        [_, _, _] => "all three".to_owned(),
        on => on.join(" + "),
    }
}

fn row(claim: &Ablation, pairs: &Pairs<'_>, is_base: bool) -> Row {
    let paper = claim.figures.map_or_else(
        || "-".to_owned(),
        |(setup, memory, total)| format!("{setup:.0} s, {memory:.0} GB, {total:.0} s"),
    );
    let mut row = Row::new(name(claim), paper);
    row.seconds("setup_seconds", pairs.of_other(SETUP));
    row.seconds("first_result_seconds", pairs.of_other(FIRST));
    row.seconds("total_seconds", pairs.of_other(TOTAL));
    if is_base {
        row.cells.push("-".to_owned());
        row.bytes("peak_rss_bytes", pairs.of_other(PEAK));
        row.cells.push("-".to_owned());
        "what the others are set beside".clone_into(&mut row.why);
        return row;
    }
    let saved = pairs.saved(TOTAL);
    let memory = pairs.saved(PEAK);
    row.share("total_saved", saved);
    row.bytes("peak_rss_bytes", pairs.of_other(PEAK));
    row.share("peak_saved", memory);
    let (Some((_, gigabytes, seconds)), Some((_, all_gigabytes, all_seconds))) =
        (claim.figures, ABLATION[0].figures)
    else {
        "the paper has no such row".clone_into(&mut row.why);
        return row;
    };
    let share = 1.0 - seconds / all_seconds;
    let of_memory = 1.0 - gigabytes / all_gigabytes;
    let verdict = saved.map(|saved| judge(Claimed::share(share), saved));
    let of_peak = memory.map_or("not measured", |m| {
        judge(Claimed::share(of_memory), m).words()
    });
    let less = pairs.less(SETUP).zip(pairs.less(TOTAL));
    let where_to = match less {
        Some((setup, total)) if claim.lazy => format!("; {}", saved_or_moved(setup, total)),
        _ => String::new(),
    };
    row.judged(
        verdict,
        format!(
            "the paper saves {} of the total and {} of memory (memory: {of_peak}){where_to}",
            percent(share),
            percent(of_memory)
        ),
    )
}

/// Do the three alone save as much as all together?
fn additive(measured: &Measured) -> Option<Row> {
    let saved = |which: usize| Pairs::between(measured, 0, which).saved(TOTAL);
    let alone = [1, 2, 3].map(|which| saved(which).map(|saved| saved.median));
    let sum: f64 = alone.into_iter().sum::<Option<f64>>()?;
    let together = saved(ABLATION.len() - 1)?;
    let mut row = Row::new("sum of the three alone", "additive");
    row.cells = vec!["-".to_owned(); 3];
    row.cells.push(percent(sum));
    row.cells.extend(["-".to_owned(), "-".to_owned()]);
    let verdict = judge(Claimed::share(sum), together);
    let verdict = match verdict {
        Verdict::Better => Verdict::NotConfirmed,
        other => other,
    };
    Some(row.judged(
        Some(verdict),
        format!("all three together save {}", percent(together.median)),
    ))
}
