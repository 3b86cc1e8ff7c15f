//! Two sessions that answer the same question side by side: what each has taken, and what to look at.

use crate::display;
use crate::explain::names::short_name;
use crate::ledger::{Ledger, ResourceRecord, SpanEnd};
use crate::vocabulary::{Dimension, ResourceName};

/// What a session has taken so far, from the start of its process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// Until its run was over, or until now.
    pub seconds: f64,
    /// Is its run over?
    pub is_over: bool,
    /// The highest resident set, as the system tells it.
    pub peak_bytes: u64,
    /// Resources loaded.
    pub loaded: usize,
    /// Of how many.
    pub known: usize,
    /// Bytes of those that were loaded.
    pub loaded_bytes: u64,
    /// Resources loaded that no dimension of the run needs.
    pub unasked: usize,
    /// Bytes of these.
    pub unasked_bytes: u64,
    /// What is being loaded, or else computed.
    pub doing: Option<String>,
}

impl Taken {
    /// As of a log; `clock` is the time that has passed since its process began.
    pub fn of(ledger: &Ledger, clock: f64) -> Self {
        let run = ledger.runs.last();
        let over_at = run.and_then(|run| Some(run.started_at + run.seconds?));
        let loaded = || ledger.resources().iter().filter(|r| r.loads > 0);
        let bytes = |resource: &ResourceRecord| resource.bytes_or_estimate().unwrap_or(0);
        let unasked = || loaded().filter(|resource| !is_needed(ledger, resource));
        Self {
            seconds: over_at.map_or(clock, |t| t + ledger.process_seconds),
            is_over: over_at.is_some(),
            peak_bytes: ledger.memory.latest.map_or(0, |m| m.peak_rss_bytes),
            loaded: loaded().count(),
            known: ledger.resources().len(),
            loaded_bytes: loaded().map(bytes).sum(),
            unasked: unasked().count(),
            unasked_bytes: unasked().map(bytes).sum(),
            doing: doing(ledger).filter(|_| over_at.is_none()),
        }
    }

    /// In a line.
    pub fn words(&self) -> String {
        format!(
            "{} of {} resources loaded, {}",
            self.loaded,
            self.known,
            display::bytes(self.loaded_bytes)
        )
    }
}

/// Does a dimension of the last run need it?
fn is_needed(ledger: &Ledger, resource: &ResourceRecord) -> bool {
    let asked = ledger.runs.last().map_or(&[][..], |run| &run.dimensions);
    let mut needs = resource.needs.iter();
    needs.any(|need| asked.contains(&need.dimension))
}

/// What a resource is called in a sentence: `columns:alternative:north[all]` are the columns of `north`.
fn spoken(name: &ResourceName) -> String {
    let name = short_name(&name.0);
    let columns = name
        .strip_prefix("columns:")
        .and_then(|of| of.split_once('['));
    match columns {
        Some((table, _)) => {
            let table = table.strip_prefix("alternative:").unwrap_or(table);
            format!("the columns of {table}")
        }
        None => name.to_owned(),
    }
}

/// What is under way, and whether anybody has asked for it.
fn doing(ledger: &Ledger) -> Option<String> {
    let open = ledger.spans.iter().rfind(|span| span.ended.is_none());
    if let Some(span) = open {
        let asked = ledger.resource(&span.name).map(|r| is_needed(ledger, r));
        let more = if asked == Some(false) {
            ", which nobody asked for"
        } else {
            ""
        };
        return Some(format!("loads {}{more}", spoken(&span.name)));
    }
    let mut all = Dimension::ALL.into_iter();
    let computing = all.find(|dimension| ledger.dimension(*dimension).state.is_running())?;
    Some(format!("computes {computing}"))
}

/// What to look at now: of the eager session, and of the lazy one.
pub fn caption(eager: (&Ledger, &Taken), lazy: (&Ledger, &Taken)) -> String {
    let (eager_log, eager_taken) = eager;
    let (lazy_log, lazy_taken) = lazy;
    if eager_taken.is_over && lazy_taken.is_over {
        return verdict(eager, lazy);
    }
    let doing = |taken: &Taken| {
        let doing = taken.doing.clone();
        doing.unwrap_or_else(|| "opens the experiment".to_owned())
    };
    if lazy_taken.is_over {
        return format!(
            "Lazy has its answer after {}. Eager {}.",
            display::seconds(lazy_taken.seconds),
            doing(eager_taken)
        );
    }
    if eager_taken.is_over {
        return format!("Eager has its answer. Lazy {}.", doing(lazy_taken));
    }
    let begun = |ledger: &Ledger| {
        ledger
            .spans
            .iter()
            .any(|s| s.ended.is_some_and(|e| e.1 == SpanEnd::Finished))
    };
    if !begun(eager_log) && !begun(lazy_log) {
        return "Two processes are asked the same question: is this model fair?".to_owned();
    }
    format!("Eager {}. Lazy {}.", doing(eager_taken), doing(lazy_taken))
}

/// What came of it.
pub fn verdict(eager: (&Ledger, &Taken), lazy: (&Ledger, &Taken)) -> String {
    let ((eager_log, eager), (lazy_log, lazy)) = (eager, lazy);
    let times = |a: f64, b: f64| format!("{:.1}", a / b.max(f64::MIN_POSITIVE));
    let same = match same_metrics(eager_log, lazy_log) {
        Some(metrics) => format!("The same {metrics} metrics, to the last bit"),
        None => "The answers differ".to_owned(),
    };
    format!(
        "{same}: eager took {} times as long and {} times the memory, for {} resources of {} that \
         nobody asked for.",
        times(eager.seconds, lazy.seconds),
        times(eager.peak_bytes as f64, lazy.peak_bytes as f64),
        eager.unasked,
        display::bytes(eager.unasked_bytes),
    )
}

/// How many metrics both found, if they are the same in every bit.
fn same_metrics(eager: &Ledger, lazy: &Ledger) -> Option<usize> {
    let mut count = 0;
    for dimension in Dimension::ALL {
        let found = |ledger: &Ledger| {
            let outcome = ledger.dimension(dimension).outcome.as_ref();
            outcome.map(|outcome| {
                let bits = |(name, value): (&String, &Option<f64>)| {
                    (name.clone(), value.map(f64::to_bits))
                };
                outcome.metrics.iter().map(bits).collect::<Vec<_>>()
            })
        };
        let (a, b) = (found(eager), found(lazy));
        if a != b {
            return None;
        }
        count += a.map_or(0, |metrics| metrics.len());
    }
    Some(count)
}
