//! The report as one JSON object. Its keys are a contract: a change raises the schema.

use serde_json::{Map, Value, json as object};

use super::verdict::{Verdict, verdicts};
use crate::event::TOOL;
use crate::event::{ResultTable, SCHEMA};
use crate::ledger::{Ledger, LoadTimes, ResourceRecord};
use crate::vocabulary::Strategy;

/// The report of everything that `ledger` knows. Undefined values are null.
pub fn json(ledger: &Ledger) -> Value {
    let verdicts = verdicts(ledger);
    let settings = ledger.settings.as_ref();
    let dimensions: Map<String, Value> = verdicts
        .iter()
        .map(|verdict| (verdict.dimension.name().to_owned(), dimension(verdict)))
        .collect();
    let gates: Vec<_> = verdicts.iter().flat_map(Verdict::gates).collect();
    let resources: Vec<_> = ledger.resources().iter().map(resource).collect();
    let run = ledger.runs.last();
    let loads = ledger.load_times();
    object!({
        "schema": SCHEMA,
        "tool": TOOL,
        "experiment": ledger.experiment,
        "understood": ledger.understanding,
        "parity": ledger.parity,
        "strategy": settings.map(|s| s.strategy),
        "preset": settings.map(|s| s.preset),
        "seed": settings.map(|s| s.seed),
        "dimensions": dimensions,
        "gates": gates,
        "resources": resources,
        "cache": cache(ledger),
        "memory": {
            "estimated_bytes": ledger.estimated_bytes(),
            "peak_estimated_bytes": ledger.memory.peak_estimated_bytes,
            "mapped_bytes": ledger.mapped_bytes(),
            "budget_bytes": settings.and_then(|s| s.memory_budget_bytes),
            "peak_rss_bytes": ledger.memory.latest.map(|sample| sample.peak_rss_bytes),
            "baseline_rss_bytes": ledger.memory.baseline.map(|sample| sample.rss_bytes),
        },
        "timings": {
            "setup_seconds": run.and_then(|r| r.setup_seconds),
            "first_result_seconds": run.and_then(|r| r.first_result_seconds),
            "total_seconds": run.and_then(|r| r.seconds),
            "load_seconds_sum": loads.as_ref().map(|l| l.sum_seconds),
            "load_wall_seconds": loads.as_ref().map(|l| l.wall_seconds),
            "parallel_speedup": loads.as_ref().map(LoadTimes::speedup),
            "critical_path_seconds": loads.as_ref().map(|l| l.critical_path_seconds),
            "critical_path": loads.as_ref().map(|l| &l.critical_path),
        },
        "fallback": run.and_then(|r| r.fallback.as_ref()).map(|fallback| object!({
            "from": fallback.strategy,
            "to": Strategy::Eager,
            "reason": fallback.reason,
        })),
    })
}

fn dimension(verdict: &Verdict<'_>) -> Value {
    let outcome = verdict.outcome;
    let tables: Map<String, Value> = outcome
        .into_iter()
        .flat_map(|outcome| &outcome.tables)
        .map(|(name, contents)| (name.clone(), table(contents)))
        .collect();
    object!({
        "status": verdict.status,
        "seconds": outcome.map(|o| o.seconds),
        "score": outcome.and_then(|o| o.score.as_ref()),
        "metrics": outcome.map(|o| o.metrics.clone()).unwrap_or_default(),
        "tables": tables,
        "notes": verdict.notes().map(|note| note.to_string()).collect::<Vec<_>>(),
        "error": verdict.error,
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
        "requests": resource.requests,
        "requested_by": requested_by,
        "digest": resource.digest,
    });
    if let Some(backend) = &resource.backend {
        object["backend"] = backend.runs_on().name().into();
        object["backend_reason"] = backend.reason().into();
    }
    object
}

fn cache(ledger: &Ledger) -> Value {
    let cache = ledger.cache();
    let settings = ledger.settings.as_ref();
    object!({
        "hits": cache.hits,
        "misses": cache.misses,
        "coalesced": cache.coalesced,
        "hit_rate": cache.hit_rate(),
        "seconds_saved": cache.seconds_saved,
        "entries": cache.entries,
        "bytes": cache.bytes,
        "capacity_entries": settings.map(|s| s.cache_entries),
        "capacity_bytes": settings.map(|s| s.cache_bytes),
        "evictions": cache.evictions,
        "refused": cache.refused,
        "miss_reasons": cache.miss_reasons,
    })
}
