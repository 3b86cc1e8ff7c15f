//! Small logs made by hand.

use std::collections::BTreeMap;

use lazydebugger::event::{
    Cell, Declaration, DimensionOutcome, DimensionStatus, EngineSettings, Event, EventKind,
    ExperimentSummary, GateResult, MemorySample, ResultTable,
};
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{
    BackendChoice, ContentId, Dimension, Lookup, MemoryPool, MissReason, Need, Note, Owner, Preset,
    ResourceKind, ResourceName, Strategy,
};

/// What everything here is made of.
const ABCD: ContentId = ContentId::new([0xab; 32]);

/// A log under construction: a quarter of a second passes between events.
pub(crate) struct Log(Vec<Event>);

impl Log {
    pub(crate) fn opened() -> Self {
        let mut log = Self(Vec::new());
        log.add(EventKind::SessionOpened {
            experiment: Box::new(ExperimentSummary {
                name: "Adult\u{1b}[31m income".to_owned(),
                path: Some("experiment.toml".to_owned()),
                dataset: "adult_test.parquet".to_owned(),
                target: "income".to_owned(),
                positive: ">50K".to_owned(),
                model: "random_forest.onnx".to_owned(),
                gates: Vec::new(),
            }),
            settings: Box::new(EngineSettings {
                strategy: Strategy::EagerCore,
                preset: Preset::Medium,
                seed: 42,
                threads: 2,
                chunk_rows: 10_000,
                cache_entries: 128,
                cache_bytes: 268_435_456,
                ..EngineSettings::default()
            }),
            lints: Box::default(),
            memory: MemorySample {
                rss_bytes: 10_000_000,
                peak_rss_bytes: 10_000_000,
                ..MemorySample::default()
            },
            process_seconds: 0.05,
            cores: Some(2),
        });
        for (name, resource) in [
            ("dataset", ResourceKind::Table),
            ("model:random_forest", ResourceKind::Model),
            ("predictions:random_forest", ResourceKind::Predictions),
            ("dataset:shifted", ResourceKind::Table),
        ] {
            log.add(EventKind::ResourceDeclared(Box::new(Declaration {
                name: name.into(),
                resource,
                inputs: Vec::new(),
                group: None,
                estimated_bytes: Some(2_000_000),
                needs: vec![Need {
                    dimension: Dimension::Fairness,
                    derived: false,
                }],
                eager: true,
                backend: (resource == ResourceKind::Model).then_some(BackendChoice::Covered),
                way: None,
                working_bytes: 0,
                pool: MemoryPool::Host,
            })));
        }
        log
    }

    pub(crate) fn add(&mut self, kind: EventKind) -> &mut Self {
        let seq = self.0.len() as u64;
        let t = seq as f64 * 0.25;
        self.0.push(Event { seq, t, kind });
        self
    }

    pub(crate) fn run(&mut self, dimensions: &[Dimension]) -> &mut Self {
        self.add(EventKind::RunStarted {
            run: 1,
            dimensions: dimensions.to_vec(),
        })
    }

    pub(crate) fn load(&mut self, name: &str, bytes: u64) -> &mut Self {
        let name: ResourceName = name.into();
        self.add(EventKind::LoadStarted {
            name: name.clone(),
            worker: 0,
        })
        .add(EventKind::LoadFinished {
            name,
            bytes,
            mapped_bytes: 0,
            exact: true,
            seconds: 0.1 + 0.2,
            digest: ABCD,
            detail: "9769 rows".to_owned(),
            fetched: false,
        })
    }

    pub(crate) fn request(&mut self, name: &str, lookup: Lookup) -> &mut Self {
        self.add(EventKind::Requested {
            name: name.into(),
            by: Owner::from(Dimension::Fairness),
            lookup,
            content: ABCD,
            differs: Vec::new(),
            same_as: None,
        })
    }

    pub(crate) fn finish(&mut self, dimension: Dimension, outcome: DimensionOutcome) -> &mut Self {
        self.add(EventKind::DimensionFinished {
            dimension,
            outcome: Box::new(outcome),
        })
    }

    pub(crate) fn end(&mut self, cancelled: bool) -> &mut Self {
        self.add(EventKind::RunFinished {
            run: 1,
            seconds: 1.5,
            cancelled,
        })
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::of(&self.0)
    }
}

pub(crate) fn outcome(status: DimensionStatus) -> DimensionOutcome {
    DimensionOutcome {
        status,
        seconds: 0.12,
        warm: false,
        kept: None,
        rests_on: Vec::new(),
        metrics: BTreeMap::new(),
        headline: None,
        score: None,
        tables: BTreeMap::new(),
        figures: Vec::new(),
        notes: Vec::new(),
        gates: Vec::new(),
        error: None,
    }
}

pub(crate) fn metrics(values: &[(&str, Option<f64>)]) -> BTreeMap<String, Option<f64>> {
    let values = values.iter();
    values
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

pub(crate) fn gate(metric: &str, value: Option<f64>, passed: bool) -> GateResult {
    GateResult {
        metric: metric.to_owned(),
        value,
        min: Some(0.8),
        max: None,
        passed,
    }
}

pub(crate) fn fairness() -> DimensionOutcome {
    DimensionOutcome {
        metrics: metrics(&[
            ("sex.demographic_parity_difference", Some(0.1 + 0.2)),
            ("sex.demographic_parity_ratio", Some(0.29)),
            ("sex.four_fifths", Some(0.0)),
            ("age.demographic_parity_difference", Some(0.05)),
            ("age.demographic_parity_ratio", None),
            ("age.four_fifths", Some(1.0)),
            ("sex.Fe\u{7}male.ppv", Some(f64::NAN)),
        ]),
        headline: Some(("sex.demographic_parity_ratio".to_owned(), 0.29)),
        tables: BTreeMap::from([(
            "groups".to_owned(),
            ResultTable {
                title: "groups of sex".to_owned(),
                columns: vec!["group".to_owned(), "n".to_owned(), "tpr".to_owned()],
                rows: vec![vec![
                    Cell::Text("Female".to_owned()),
                    Cell::Count(90),
                    Cell::Undefined,
                ]],
                best: None,
            },
        )]),
        notes: vec![Note::info("age.demographic_parity_ratio is undefined: 0/0")],
        gates: vec![
            gate("fairness.sex.demographic_parity_ratio", Some(0.29), false),
            gate("fairness.age.demographic_parity_ratio", None, false),
            gate("fairness.sex.auc_difference", Some(0.9), true),
        ],
        ..outcome(DimensionStatus::Failed)
    }
}

pub(crate) fn robustness() -> DimensionOutcome {
    DimensionOutcome {
        metrics: metrics(&[
            ("baseline.auc", Some(0.9)),
            ("gaussian.0.5.auc.mean", Some(0.8)),
            ("gaussian.0.1.auc.mean", Some(0.89)),
            ("gaussian.0.1.flip_rate.mean", Some(0.01)),
            ("categorical.0.1.auc.mean", Some(0.7)),
            ("permutation_importance.age.mean", Some(0.02)),
            ("permutation_importance.hours.worked.mean", Some(0.3)),
        ]),
        warm: true,
        kept: None,
        rests_on: Vec::new(),
        ..outcome(DimensionStatus::Ok)
    }
}

/// A run of robustness and fairness whose fairness gates fail.
pub(crate) fn whole_run() -> Ledger {
    let mut log = Log::opened();
    log.run(&[Dimension::Robustness, Dimension::Fairness])
        .load("dataset", 1_000_000)
        .load("model:random_forest", 4_458_135)
        .add(EventKind::SetupFinished {
            run: 1,
            seconds: 0.7,
        })
        .request(
            "predictions:random_forest",
            Lookup::Miss(MissReason::FirstTouch),
        )
        .load("predictions:random_forest", 78_152)
        .request(
            "predictions:random_forest",
            Lookup::Hit { saved_seconds: 0.3 },
        )
        .add(EventKind::OwnerAdded {
            name: "predictions:random_forest".into(),
            owner: Owner::Cache,
        })
        .finish(Dimension::Robustness, robustness())
        .finish(Dimension::Fairness, fairness())
        .add(EventKind::MemorySampled(MemorySample {
            rss_bytes: 50_000_000,
            peak_rss_bytes: 60_000_000,
            ..MemorySample::default()
        }))
        .add(EventKind::Noted(Note::warning("two cores are busy")))
        .end(false);
    log.ledger()
}
