//! A session that is made up: one run after the other, as of an experiment that is watched while
//! its model is trained.

use std::collections::BTreeMap;

use lazydebugger::event::{
    Advice, Basis, Cell, Command, Declaration, DimensionOutcome, DimensionStatus, EventKind,
    ExperimentSummary, Forecast, MemorySample, PlannedLoad, ResultTable,
};
use lazydebugger::vocabulary::{
    ContentId, Dimension, Lookup, MemoryPool, MissReason, Note, Owner, ReleaseCause, ResourceKind,
    ResourceName, Strategy,
};

const DIMENSION: Dimension = Dimension::Fairness;

/// Predictions that a run asks for.
pub(super) const PREDICTIONS: usize = 7;

pub(super) struct Session {
    model: ResourceName,
    predictions: Vec<ResourceName>,
    runs: u32,
}

impl Session {
    pub(super) fn new() -> Self {
        let name =
            |n: usize| ResourceName::from(format!("predictions:forest@dataset#{n}").as_str());
        Self {
            model: ResourceName::from("model:forest"),
            predictions: (0..PREDICTIONS).map(name).collect(),
            runs: 0,
        }
    }

    /// What a session begins with.
    pub(super) fn opening(&self) -> Vec<EventKind> {
        let opened = EventKind::SessionOpened {
            experiment: Box::new(ExperimentSummary {
                name: "A day".to_owned(),
                path: None,
                dataset: "data.parquet".to_owned(),
                target: "y".to_owned(),
                positive: "1".to_owned(),
                model: "forest.onnx".to_owned(),
                gates: Vec::new(),
            }),
            settings: Box::default(),
            lints: Box::default(),
            memory: memory(0),
            process_seconds: 0.01,
            cores: Some(2),
        };
        let declared = |name: &ResourceName, resource, inputs| {
            EventKind::ResourceDeclared(Box::new(Declaration {
                name: name.clone(),
                resource,
                inputs,
                group: None,
                estimated_bytes: Some(1_000),
                needs: Vec::new(),
                eager: true,
                backend: None,
                way: None,
                working_bytes: 0,
                pool: MemoryPool::Host,
            }))
        };
        let model = declared(&self.model, ResourceKind::Model, Vec::new());
        let predictions = self.predictions.iter();
        let predictions = predictions
            .map(|name| declared(name, ResourceKind::Predictions, vec![self.model.clone()]));
        [opened, model].into_iter().chain(predictions).collect()
    }

    /// What the next run makes: some 40 events. The model has been written anew before it.
    pub(super) fn run(&mut self) -> Vec<EventKind> {
        self.runs += 1;
        let run = self.runs;
        let content = ContentId::new([run as u8; 32]);
        let owner = || Owner::from(DIMENSION);
        let mut events = vec![
            EventKind::ContentChanged {
                name: self.model.clone(),
                part: self.model.clone(),
                file: "forest.onnx".to_owned(),
                digest: Some(content),
            },
            EventKind::CommandGiven {
                command: Command::Run(DIMENSION),
            },
            EventKind::RunStarted {
                run,
                dimensions: vec![DIMENSION],
            },
            EventKind::SetupFinished {
                run,
                seconds: 0.000_1,
            },
            EventKind::DimensionStarted {
                dimension: DIMENSION,
                resources: PREDICTIONS,
            },
        ];
        for (place, name) in self.predictions.iter().enumerate() {
            let is_hit = place > 0;
            let lookup = if is_hit {
                Lookup::Hit { saved_seconds: 0.1 }
            } else {
                Lookup::Miss(MissReason::InputChanged {
                    part: self.model.clone(),
                })
            };
            events.push(EventKind::Requested {
                name: name.clone(),
                by: owner(),
                lookup,
                content,
                differs: vec![self.model.clone()],
                same_as: None,
            });
            events.push(EventKind::OwnerAdded {
                name: name.clone(),
                owner: owner(),
            });
        }
        let loaded = [&self.model, &self.predictions[0]];
        for name in loaded {
            events.push(EventKind::LoadQueued { name: name.clone() });
            events.push(EventKind::LoadStarted {
                name: name.clone(),
                worker: 1,
            });
            events.push(EventKind::LoadFinished {
                name: name.clone(),
                bytes: 39_076 + u64::from(run % 100),
                mapped_bytes: 0,
                exact: true,
                seconds: 0.048_213,
                digest: content,
                detail: "9769 rows".to_owned(),
                fetched: false,
            });
            events.push(EventKind::MemorySampled(memory(run)));
        }
        events.push(EventKind::OwnerAdded {
            name: self.predictions[0].clone(),
            owner: Owner::Cache,
        });
        events.push(EventKind::DimensionComputing {
            dimension: DIMENSION,
            working_bytes: 7,
        });
        events.push(EventKind::DimensionFinished {
            dimension: DIMENSION,
            outcome: Box::new(outcome(run)),
        });
        for name in &self.predictions {
            events.push(EventKind::OwnerRemoved {
                name: name.clone(),
                owner: owner(),
            });
        }
        events.push(EventKind::Released {
            name: self.model.clone(),
            bytes: 1_060_511,
            cause: ReleaseCause::LastOwner {
                owner: Owner::Strategy,
            },
        });
        events.push(EventKind::MemorySampled(memory(run + 1)));
        events.push(self.compared());
        events.push(EventKind::Noted(Note::info(
            "forest.onnx was written again",
        )));
        events.push(EventKind::RunFinished {
            run,
            seconds: 0.123_456,
            cancelled: false,
        });
        events
    }

    fn compared(&self) -> EventKind {
        let load = |name: &ResourceName| PlannedLoad {
            name: name.clone(),
            group: None,
            worker: 0,
            start: 0.0,
            end: 0.048_213,
            basis: Basis::Measured,
            bytes: Some(39_076),
            asked_by: Some(DIMENSION),
        };
        let forecast = Forecast {
            strategy: Strategy::LazyAll,
            first: 0,
            later: PREDICTIONS + 1,
            reloads: 0,
            avoided: 0,
            avoided_bytes: 0,
            peak_bytes: 1_255_891,
            basis: Basis::Measured,
            setup_seconds: 0.0,
            load_seconds: 0.2,
            load_seconds_sum: 0.3,
            critical_path: vec![self.model.clone(), self.predictions[0].clone()],
            critical_path_seconds: 0.1,
            problems: Vec::new(),
            schedule: self.predictions.iter().map(load).collect(),
            avoids: Vec::new(),
            columns: Vec::new(),
        };
        EventKind::PlansCompared {
            forecasts: vec![forecast],
            advice: Advice {
                strategy: Strategy::LazyAll,
                reason: "it loads what is asked for and no more".to_owned(),
            },
        }
    }
}

fn outcome(run: u32) -> DimensionOutcome {
    let metrics = ["disparate_impact", "equal_opportunity", "parity_difference"];
    let metrics = metrics.map(|name| (name.to_owned(), Some(f64::from(run % 100) / 128.0)));
    let rows = ["a", "b", "c", "d"].map(|group| {
        let numbers = [0.25, 0.5, 0.75].map(Cell::Number);
        [Cell::Text(group.to_owned())]
            .into_iter()
            .chain(numbers)
            .collect()
    });
    let table = ResultTable {
        title: "groups".to_owned(),
        columns: ["group", "rate", "low", "high"].map(str::to_owned).to_vec(),
        rows: rows.to_vec(),
        best: None,
    };
    DimensionOutcome {
        status: DimensionStatus::Ok,
        seconds: 0.2,
        warm: false,
        kept: None,
        rests_on: Vec::new(),
        metrics: BTreeMap::from(metrics),
        headline: None,
        score: None,
        tables: BTreeMap::from([("groups".to_owned(), table)]),
        figures: Vec::new(),
        notes: Vec::new(),
        gates: Vec::new(),
        error: None,
    }
}

/// A saw whose highest tooth comes once.
fn memory(run: u32) -> MemorySample {
    let tooth = if run == 5_000 { 99_000 } else { run % 1_000 };
    MemorySample {
        rss_bytes: 70_000_000 + u64::from(tooth) * 4_096,
        anonymous_bytes: Some(34_750_464),
        file_bytes: Some(38_805_504),
        peak_rss_bytes: 80_000_000,
    }
}
