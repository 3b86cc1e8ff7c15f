//! The plans as one JSON object.

use serde_json::{Value, json as object};

use crate::event::{Basis, Forecast, PlannedLoad, SCHEMA, TOOL, TakenColumns};
use crate::report::model::Plans;

/// The plans as one JSON object. Times that rest on nothing are null.
pub(in crate::report) fn plan_json(plans: &Plans) -> Value {
    let strategies: Vec<Value> = plans.forecasts.iter().map(forecast_json).collect();
    object!({
        "schema": SCHEMA,
        "tool": TOOL,
        "experiment": plans.experiment,
        "dimensions": plans.dimensions,
        "workers": plans.workers,
        "advice": plans.advice,
        "strategies": strategies,
        "demand": plans.demand,
    })
}

fn forecast_json(forecast: &Forecast) -> Value {
    let known = |seconds: f64| (forecast.basis != Basis::Unknown).then_some(seconds);
    let load = |load: &PlannedLoad| {
        object!({
            "key": load.name,
            "asked_by": load.asked_by,
            "worker": load.worker,
            "start_seconds": known(load.start),
            "seconds": (load.basis != Basis::Unknown).then_some(load.end - load.start),
            "basis": load.basis,
            "estimated_bytes": load.bytes,
        })
    };
    object!({
        "strategy": forecast.strategy,
        "first": forecast.first,
        "later": forecast.later,
        "reloads": forecast.reloads,
        "avoided": forecast.avoided,
        "avoided_bytes": forecast.avoided_bytes,
        "peak_bytes": forecast.peak_bytes,
        "basis": forecast.basis,
        "setup_seconds": known(forecast.setup_seconds),
        "load_seconds": known(forecast.load_seconds),
        "load_seconds_sum": known(forecast.load_seconds_sum),
        "critical_path": forecast.critical_path,
        "critical_path_seconds": known(forecast.critical_path_seconds),
        "speedup_bound": forecast.speedup_bound().and_then(known),
        "problems": forecast.problems,
        "loads": forecast.schedule.iter().map(load).collect::<Vec<_>>(),
        "columns": forecast.columns.iter().map(columns_json).collect::<Vec<_>>(),
        "avoids": forecast.avoids.iter().map(|a| &a.name).collect::<Vec<_>>(),
    })
}

fn columns_json(columns: &TakenColumns) -> Value {
    object!({
        "key": columns.name,
        "way": columns.way.word(),
        "reason": columns.way.to_string(),
        "estimated_bytes": columns.bytes,
    })
}
