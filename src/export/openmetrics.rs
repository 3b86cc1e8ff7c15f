//! Sums over a session as OpenMetrics text (1.0.0), for Prometheus and its kin.

use std::fmt::{Display, Write};

use crate::display::escaped;
use crate::ledger::Ledger;
use crate::vocabulary::Dimension;

/// What the ledger has counted, ending with the mark that the format asks for. Metrics that are not
/// defined are left out.
pub fn openmetrics(ledger: &Ledger) -> String {
    let mut page = Page::default();
    cache(&mut page, ledger);
    resources(&mut page, ledger);
    dimensions(&mut page, ledger);
    memory(&mut page, ledger);
    page.text.push_str("# EOF\n");
    page.text
}

fn cache(page: &mut Page, ledger: &Ledger) {
    let cache = ledger.cache();
    page.counter("cache_hits", "Requests that the prediction cache answered");
    page.row("cache_hits_total", &[], cache.hits);
    page.counter(
        "cache_misses",
        "Requests for predictions that were made, by reason",
    );
    for (reason, misses) in &cache.miss_reasons {
        page.row("cache_misses_total", &[("reason", reason)], misses);
    }
    page.counter("cache_evictions", "Entries that the cache gave up");
    page.row("cache_evictions_total", &[], cache.evictions);
    page.counter("cache_refusals", "Entries that the cache did not take");
    page.row("cache_refusals_total", &[], cache.refused);
    page.counter_of("cache_saved", "seconds", "Work that hits have saved");
    page.row("cache_saved_seconds_total", &[], cache.seconds_saved);
    page.gauge_of("cache_size", "bytes", "What its entries take");
    page.row("cache_size_bytes", &[], cache.bytes);
}

fn resources(page: &mut Page, ledger: &Ledger) {
    let resources = ledger.resources();
    page.counter("resource_loads", "Loads that ended well");
    for resource in resources {
        let labels = [("resource", &*resource.name.0)];
        page.row("resource_loads_total", &labels, resource.loads);
    }
    page.gauge_of("resource_size", "bytes", "What resident resources take");
    for resource in resources.iter().filter(|resource| resource.is_resident()) {
        let labels = [("resource", &*resource.name.0)];
        let bytes = resource.bytes_or_estimate().unwrap_or(0);
        page.row("resource_size_bytes", &labels, bytes);
    }
}

fn dimensions(page: &mut Page, ledger: &Ledger) {
    let outcomes = || {
        let all = Dimension::ALL.into_iter();
        all.filter_map(|d| Some((d.name(), ledger.dimension(d).outcome.as_ref()?)))
    };
    page.gauge_of("dimension_duration", "seconds", "How long a dimension took");
    for (dimension, outcome) in outcomes() {
        let labels = [("dimension", dimension)];
        page.row("dimension_duration_seconds", &labels, outcome.seconds);
    }
    page.gauge("metric", "What a dimension found");
    for (dimension, outcome) in outcomes() {
        for (metric, value) in &outcome.metrics {
            let labels = [("dimension", dimension), ("metric", metric.as_str())];
            if let Some(value) = value {
                page.row("metric", &labels, value);
            }
        }
    }
    page.gauge("gate_passed", "1 where a gate holds, 0 where it does not");
    for (_, outcome) in outcomes() {
        for gate in &outcome.gates {
            let labels = [("gate", gate.metric.as_str())];
            page.row("gate_passed", &labels, u8::from(gate.passed));
        }
    }
}

fn memory(page: &mut Page, ledger: &Ledger) {
    let Some(latest) = ledger.memory.latest else {
        return;
    };
    page.gauge_of("process_memory", "bytes", "Resident set of the process");
    page.row("process_memory_bytes", &[], latest.rss_bytes);
    page.gauge_of("process_peak_memory", "bytes", "Its highest so far");
    page.row("process_peak_memory_bytes", &[], latest.peak_rss_bytes);
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn counter(&mut self, name: &str, help: &str) {
        self.family(name, "counter", help);
    }

    fn gauge(&mut self, name: &str, help: &str) {
        self.family(name, "gauge", help);
    }

    fn counter_of(&mut self, name: &str, unit: &str, help: &str) {
        self.family_of(name, "counter", unit, help);
    }

    fn gauge_of(&mut self, name: &str, unit: &str, help: &str) {
        self.family_of(name, "gauge", unit, help);
    }

    // Writing to a string cannot fail.

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# TYPE lazydebugger_{name} {kind}");
        let _ = writeln!(self.text, "# HELP lazydebugger_{name} {help}.");
    }

    fn family_of(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let name = format!("{name}_{unit}");
        let _ = writeln!(self.text, "# TYPE lazydebugger_{name} {kind}");
        let _ = writeln!(self.text, "# UNIT lazydebugger_{name} {unit}");
        let _ = writeln!(self.text, "# HELP lazydebugger_{name} {help}.");
    }

    fn row(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "lazydebugger_{name}");
        for (place, (label, value)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            // The format escapes ends of lines, and knows no escapes for what else must not be shown.
            let value = escaped(value);
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            let value = value.replace('\n', "\\n");
            let _ = write!(self.text, "{before}{label}=\"{value}\"");
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{end} {value}");
    }
}
