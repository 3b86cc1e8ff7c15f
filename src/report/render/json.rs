//! The report as one JSON object. Its keys are a contract: a change raises the schema.

use serde_json::{Map, Value, json as object};

use crate::event::{BaselineComparison, ResultTable, SCHEMA, TOOL};
use crate::ledger::{LoadTimes, ResourceRecord, WorkerRecord};
use crate::report::model::{DimensionReport, RunReport};
use crate::vocabulary::Strategy;

/// The whole report. Undefined values are null.
pub(in crate::report) fn json_but_timings(report: &RunReport<'_>) -> Value {
    let ledger = report.ledger;
    let settings = ledger.settings.as_ref();
    let dimensions: Map<String, Value> = report
        .dimensions
        .iter()
        .map(|report| (report.dimension.name().to_owned(), dimension(report)))
        .collect();
    let resources: Vec<_> = ledger.resources().iter().map(resource).collect();
    let mut whole = object!({
        "schema": SCHEMA,
        "tool": TOOL,
        "experiment": ledger.experiment,
        "understood": ledger.understanding,
        "parity": ledger.parity,
        "strategy": settings.map(|s| s.strategy),
        "preset": settings.map(|s| s.preset),
        "seed": settings.map(|s| s.seed),
        "scored": ledger.scored,
        "dimensions": dimensions,
        "gates": report.gates().collect::<Vec<_>>(),
        "resources": resources,
        "cache": cache(report),
        "memory": memory(report),
        "fallback": report.fallback.map(|fallback| object!({
            "from": fallback.strategy,
            "to": Strategy::Eager,
            "reason": fallback.reason,
        })),
    });
    if let Some(found) = report.baseline {
        whole["baseline"] = baseline(found);
    }
    if let Some(tuned) = &ledger.tuned {
        whole["tuned"] = object!({
            "settings": tuned.tuning,
            "promised": tuned.tuning.promise,
            "came": tuned.came,
        });
    }
    if !ledger.workers.is_empty() {
        whole["workers"] = ledger.workers.iter().map(worker).collect();
    }
    whole
}

/// A worker of a run on several machines.
fn worker(worker: &WorkerRecord) -> Value {
    object!({
        "machine": worker.worker.machine,
        "number": worker.worker.number,
        "finished": worker.finished,
        "lost": worker.lost,
        "seconds": worker.seconds,
        "loads": worker.spans.total(),
        "hits": worker.hits,
        "misses": worker.misses,
    })
}

/// The metrics stand in it by their names, beside what is said of all.
fn baseline(found: &BaselineComparison) -> Value {
    let tables = found.tables.iter();
    let tables: Map<String, Value> = tables
        .map(|(name, contents)| (name.clone(), table(contents)))
        .collect();
    let mut object = object!({
        "name": found.name,
        "paired_rows": found.paired_rows,
        "unpaired": found.unpaired,
        "tables": tables,
        "notes": found.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    for (name, value) in &found.metrics {
        object[name] = (*value).into();
    }
    object
}

fn dimension(report: &DimensionReport<'_>) -> Value {
    let outcome = report.outcome;
    let tables: Map<String, Value> = outcome
        .into_iter()
        .flat_map(|outcome| &outcome.tables)
        .map(|(name, contents)| (name.clone(), table(contents)))
        .collect();
    object!({
        "status": report.status,
        "seconds": outcome.map(|o| o.seconds),
        "kept": outcome.and_then(|o| o.kept),
        "score": outcome.and_then(|o| o.score.as_ref()),
        "metrics": outcome.map(|o| o.metrics.clone()).unwrap_or_default(),
        "tables": tables,
        "notes": report.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "error": report.error,
    })
}

fn table(table: &ResultTable) -> Value {
    object!({ "columns": table.columns, "rows": table.rows })
}

fn resource(resource: &ResourceRecord) -> Value {
    let requested_by: Vec<String> = resource
        .requested_by
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut object = object!({
        "key": resource.name,
        "kind": resource.kind,
        "state": resource.state.name(),
        "bytes": resource.bytes.map(|(bytes, _)| bytes),
        "mapped_bytes": resource.mapped_bytes,
        "packed": resource.packed,
        "bytes_exact": resource.bytes.map(|(_, exact)| exact),
        "load_seconds": resource.load_seconds,
        "loads": resource.loads,
        "fetched": resource.fetched,
        "requests": resource.requests,
        "requested_by": requested_by,
        "digest": resource.digest.map(|digest| digest.to_string()),
        "inputs": resource.inputs,
    });
    if let Some(backend) = &resource.backend {
        object["backend"] = backend.runs_on().name().into();
        object["backend_reason"] = backend.reason().into();
    }
    if let Some(way) = &resource.way {
        object["way"] = way.word().into();
        object["way_reason"] = way.to_string().into();
    }
    if !resource.pool.is_host() {
        object["pool"] = resource.pool.to_string().into();
    }
    if resource.working_bytes > 0 {
        object["working_bytes"] = resource.working_bytes.into();
    }
    object
}

fn cache(report: &RunReport<'_>) -> Value {
    let (cache, settings) = (&report.cache, report.ledger.settings.as_ref());
    let mut object = object!({
        "hits": cache.hits,
        "misses": cache.misses,
        "coalesced": cache.coalesced,
        "hit_rate": cache.hit_rate(),
        "seconds_saved": cache.seconds_saved,
        "entries": cache.entries,
        "bytes": cache.bytes,
        "capacity_entries": settings.map(|s| s.cache_entries).filter(|most| *most < usize::MAX),
        "capacity_bytes": settings.map(|s| s.cache_bytes),
        "evictions": cache.evictions,
        "refused": cache.refused,
        "miss_reasons": cache.miss_reasons,
    });
    let tiers = tiers(report);
    if !tiers.is_empty() {
        object["tiers"] = tiers.into();
    }
    object
}

/// A tier below memory by its name; none where none was asked.
fn tiers(report: &RunReport<'_>) -> Map<String, Value> {
    let tiers = report.ledger.tiers().into_iter();
    let figures = tiers.map(|(tier, figures)| {
        let figures = object!({
            "hits": figures.hits,
            "misses": figures.misses,
            "miss_reasons": figures.miss_reasons,
            "reads": figures.reads,
            "read_bytes": figures.read_bytes,
            "writes": figures.writes,
            "written_bytes": figures.written_bytes,
            "refused": figures.refused,
            "state": figures.state.name(),
            "reason": (!figures.reason.is_empty()).then_some(&figures.reason),
            "middle_seconds": figures.middle_seconds,
            "seconds_saved": figures.saved_seconds,
            "losing": figures.losing.iter().map(|(name, lost)| object!({
                "key": name,
                "seconds_lost": lost,
            })).collect::<Vec<_>>(),
        });
        (tier.name().to_owned(), figures)
    });
    figures.collect()
}

fn memory(report: &RunReport<'_>) -> Value {
    let memory = &report.memory;
    object!({
        "estimated_bytes": memory.estimated_bytes,
        "peak_estimated_bytes": memory.peak_estimated_bytes,
        "mapped_bytes": memory.mapped_bytes,
        "budget_bytes": memory.budget_bytes,
        "peak_rss_bytes": memory.peak_rss_bytes,
        "baseline_rss_bytes": memory.baseline_rss_bytes,
    })
}

pub(in crate::report) fn timings_json(report: &RunReport<'_>) -> Value {
    let (timings, loads) = (&report.timings, report.loads.as_ref());
    object!({
        "understood_seconds": timings.understood_seconds,
        "identify_seconds": timings.identify_seconds,
        "setup_seconds": timings.setup_seconds,
        "first_result_seconds": timings.first_result_seconds,
        "total_seconds": report.total_seconds(),
        "load_seconds_sum": loads.map(|l| l.sum_seconds),
        "load_wall_seconds": loads.map(|l| l.wall_seconds),
        "parallel_speedup": loads.map(LoadTimes::speedup),
        "critical_path_seconds": loads.map(|l| l.critical_path_seconds),
        "critical_path": loads.map(|l| &l.critical_path),
    })
}
