//! Results of any kind.

use lazydebugger::event::{
    Bar, Cell, CurvePoint, DimensionOutcome, DimensionStatus, Failure, Figure, GateResult,
    ParallelAxis, ParallelLine, ReferenceLine, ReliabilityBin, ResultTable, Score, Series,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::words::{dimension, name, note, number, problem, text};

fn figure() -> impl Strategy<Value = Figure> {
    prop_oneof![
        (text(), vec((number(), number()), 0..3)).prop_map(|(title, points)| Figure::Curves {
            title: title.clone(),
            x_label: title.clone(),
            y_label: title.clone(),
            series: vec![Series {
                name: title,
                points: points
                    .into_iter()
                    .map(|(x, y)| CurvePoint {
                        x,
                        y,
                        low: y,
                        high: x
                    })
                    .collect(),
            }],
            level: None,
            place: None,
        }),
        (text(), option::of(number()), any::<bool>()).prop_map(|(title, value, flagged)| {
            Figure::Bars {
                title: title.clone(),
                bars: vec![Bar {
                    label: title.clone(),
                    value,
                    interval: value.map(|value| (value, value)),
                    note: title.clone(),
                    flagged,
                }],
                reference: value.map(|value| ReferenceLine {
                    value,
                    label: title,
                }),
                from: 0.0,
            }
        }),
        (text(), any::<u64>(), number()).prop_map(|(title, count, score)| Figure::Reliability {
            title,
            bins: vec![ReliabilityBin {
                count,
                mean_score: score,
                observed_rate: score,
            }],
        }),
        (text(), vec(option::of(number()), 1..3)).prop_map(|(title, values)| Figure::HeatMap {
            title: title.clone(),
            x_label: title.clone(),
            y_label: title.clone(),
            value_label: title.clone(),
            x: vec![title.clone(); values.len()],
            y: vec![title],
            best: Some((0, values.len() - 1)),
            rows: vec![values],
        }),
        (text(), vec(option::of(number()), 1..3)).prop_map(|(title, places)| Figure::Parallel {
            title: title.clone(),
            axes: vec![
                ParallelAxis {
                    name: title.clone(),
                    marks: vec![(1.0, title.clone())],
                };
                places.len()
            ],
            lines: vec![ParallelLine {
                name: title,
                places
            }],
        }),
    ]
}

fn table() -> impl Strategy<Value = ResultTable> {
    let cell = prop_oneof![
        Just(Cell::Undefined),
        any::<u64>().prop_map(Cell::Count),
        number().prop_map(Cell::Number),
        text().prop_map(Cell::Text),
    ];
    (text(), vec(text(), 0..3), vec(vec(cell, 0..3), 0..3)).prop_map(|(title, columns, rows)| {
        ResultTable {
            title,
            columns,
            best: (!rows.is_empty()).then_some(0),
            rows,
        }
    })
}

fn failure() -> impl Strategy<Value = Failure> {
    (dimension(), vec(name(), 0..3), problem()).prop_map(|(dimension, chain, problem)| Failure {
        dimension,
        chain,
        problem,
    })
}

pub(super) fn outcome() -> impl Strategy<Value = DimensionOutcome> {
    let status = prop_oneof![
        Just(DimensionStatus::Ok),
        Just(DimensionStatus::Failed),
        Just(DimensionStatus::Error),
        Just(DimensionStatus::Cancelled),
        Just(DimensionStatus::NotApplicable),
    ];
    let metrics = btree_map(text(), option::of(number()), 0..4);
    let tables = btree_map(text(), table(), 0..2);
    let gates = vec((text(), option::of(number()), any::<bool>()), 0..2);
    (
        (
            status,
            number(),
            any::<bool>(),
            metrics,
            option::of((text(), number())),
        ),
        (
            tables,
            vec(figure(), 0..3),
            vec(note(), 0..2),
            gates,
            option::of(failure()),
            option::of((number(), option::of((number(), number())), text())),
        ),
    )
        .prop_map(|((status, seconds, warm, metrics, headline), rest)| {
            let (tables, figures, notes, gates, error, score) = rest;
            let score = score.map(|(value, interval, meaning)| Score {
                value,
                interval,
                meaning,
            });
            let gate = |(metric, value, passed)| GateResult {
                metric,
                value,
                min: value,
                max: value,
                passed,
            };
            DimensionOutcome {
                status,
                seconds,
                warm,
                kept: None,
                rests_on: Vec::new(),
                metrics,
                headline,
                score,
                tables,
                figures,
                notes,
                gates: gates.into_iter().map(gate).collect(),
                error,
            }
        })
}
