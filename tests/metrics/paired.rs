//! Two models on the same rows, against R, pROC, statsmodels and scipy, and what a gate on their
//! difference lets through.

use lazydebugger::metrics::classification::log_loss_of;
use lazydebugger::metrics::hypothesis::{benjamini_hochberg, holm};
use lazydebugger::metrics::paired::change::{Change, Spread};
use lazydebugger::metrics::paired::delong::{auc_change, macro_auc_change};
use lazydebugger::metrics::paired::flips::Flips;
use lazydebugger::metrics::paired::means::mean_change;
use lazydebugger::metrics::paired::resample::{count_changes, row_change};
use lazydebugger::metrics::paired::{mcnemar, tango};
use lazydebugger::metrics::uniform::Draws;
use serde_json::Value;

use crate::support::{Table, close, close_relative, csv, json, numbers};

const TOLERANCE: f64 = 1e-9;

fn flips_of(losses: u64, gains: u64, n: u64) -> Flips {
    Flips {
        both_right: n - losses - gains,
        right_to_wrong: losses,
        wrong_to_right: gains,
        both_wrong: 0,
    }
}

#[track_caller]
fn check_mcnemar(flips: &Flips, want: &Value, what: &str) {
    close(
        mcnemar::exact_p_value(flips),
        &want["exact_p"],
        TOLERANCE,
        what,
    );
    close(mcnemar::mid_p_value(flips), &want["mid_p"], TOLERANCE, what);
    for (found, name) in [
        (mcnemar::chi_square(flips), "chi2"),
        (mcnemar::corrected_chi_square(flips), "chi2_cc"),
    ] {
        let (statistic, p_value) = found.unzip();
        close(statistic, &want[name], TOLERANCE, what);
        close(p_value, &want[format!("{name}_p")], TOLERANCE, what);
    }
}

#[test]
fn mcnemar_as_r_and_statsmodels_have_it() {
    let toy = &json("paired_toy.json")["toy"];
    for (what, want) in toy["mcnemar"].as_object().unwrap() {
        let count = |name: &str| want[name].as_u64().unwrap();
        let (losses, gains) = (count("right_to_wrong"), count("wrong_to_right"));
        check_mcnemar(&flips_of(losses, gains, losses + gains), want, what);
    }
    let adult = json("paired_adult.json");
    for (what, want) in adult["comparisons"].as_object().unwrap() {
        let table = |name: &str| want["table"][name].as_u64().unwrap();
        let n = want["n"].as_u64().unwrap();
        let flips = flips_of(table("right_to_wrong"), table("wrong_to_right"), n);
        check_mcnemar(&flips, &want["mcnemar"], what);
    }
}

#[test]
fn the_exact_test_holds_at_any_count() {
    for [losses, gains] in [[0, 1_000_000], [500_000, 500_000], [400_000, 600_000]] {
        let p_value = mcnemar::exact_p_value(&flips_of(losses, gains, 2_000_000));
        assert!((0.0..=1.0).contains(&p_value), "{p_value}");
    }
}

#[track_caller]
fn check_tango(flips: &Flips, want: &Value, what: &str) {
    let found = tango::interval(flips).unwrap();
    let ends = numbers(
        &want[if want["ci95"].is_array() {
            "ci95"
        } else {
            "tango_ci95"
        }],
    );
    assert!((found.low - ends[0]).abs() < TOLERANCE, "{what}: {found:?}");
    assert!(
        (found.high - ends[1]).abs() < TOLERANCE,
        "{what}: {found:?}"
    );
}

#[test]
fn tango_as_its_closed_form_has_it() {
    let toy = &json("paired_toy.json")["toy"];
    for (what, want) in toy["tango"].as_object().unwrap() {
        let counts: Vec<u64> = what
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|word| word.parse().ok())
            .collect();
        let flips = flips_of(counts[1], counts[0], counts[2]);
        check_tango(&flips, want, what);
        for difference in [-0.1, 0.0, 0.1] {
            let name = format!("z_at_{difference:.1}");
            close(
                tango::score(&flips, difference),
                &want[name],
                TOLERANCE,
                what,
            );
        }
    }
    assert_eq!(tango::interval(&Flips::default()), None);
}

fn adult() -> (Table, Vec<bool>, Vec<f64>, Vec<f64>) {
    let table = csv("adult_test.csv");
    let (labels, baseline) = (table.labels(), table.scores("p1"));
    let candidate = csv("adult_xgb_scores.csv").scores("p1");
    (table, labels, baseline, candidate)
}

fn right(labels: &[bool], scores: &[f64]) -> Vec<bool> {
    let rows = labels.iter().zip(scores);
    rows.map(|(label, score)| (*score >= 0.5) == *label)
        .collect()
}

fn forest_against_boosting() -> Value {
    json("paired_adult.json")["comparisons"]["rf_pipeline vs xgb_pipeline"].clone()
}

#[test]
fn groups_as_the_reference_has_them() {
    let (table, labels, baseline, candidate) = adult();
    let was = right(&labels, &baseline);
    let now = right(&labels, &candidate);
    let want = forest_against_boosting();
    let ages = table.numbers("age").into_iter().map(|age| match age {
        age if age < 25.0 => "<25",
        age if age < 45.0 => "25-44",
        age if age < 65.0 => "45-64",
        _ => "65+",
    });
    let columns = [
        ("sex", table.text("sex")),
        ("race", table.text("race")),
        ("age_group", ages.collect()),
    ];
    let mut all = Vec::new();
    for (attribute, values) in &columns {
        let groups = want["by_group"][attribute]["groups"].as_object().unwrap();
        for (group, want) in groups {
            let of_group = values.iter().zip(was.iter().zip(&now));
            let of_group = of_group.filter(|(value, _)| **value == group);
            let flips = Flips::of(of_group.map(|(_, (was, now))| (*was, *now)));
            assert_eq!(flips.n(), want["n"].as_u64().unwrap(), "{group}");
            assert_eq!(flips.both_wrong, want["both_wrong"].as_u64().unwrap());
            check_mcnemar(&flips, &want["mcnemar"], group);
            check_tango(&flips, &want["non_inferiority"], group);
            for (margin, want) in want["non_inferiority"]["margins"].as_object().unwrap() {
                let margin: f64 = margin.parse().unwrap();
                let found = tango::not_worse_p_value(&flips, margin);
                close(found, &want["tango_p"], TOLERANCE, group);
                let change = Change::of_flips(flips).unwrap();
                assert_eq!(change.not_worse_p_value(margin, false), found);
            }
            all.push((
                format!("{attribute}.{group}"),
                mcnemar::exact_p_value(&flips),
            ));
        }
    }
    let p_values: Vec<Option<f64>> = all.iter().map(|(_, p)| Some(*p)).collect();
    let want = &want["adjusted_over_all_11_groups"]["mcnemar_exact_p"];
    let adjusted = [
        ("holm", holm(&p_values)),
        ("benjamini_hochberg", benjamini_hochberg(&p_values)),
    ];
    for (way, adjusted) in adjusted {
        for ((group, _), found) in all.iter().zip(adjusted) {
            close(
                found,
                &want[way][group],
                TOLERANCE,
                &format!("{way} {group}"),
            );
        }
    }
}

#[test]
fn holm_and_benjamini_hochberg_as_r_has_them() {
    let toy = &json("paired_toy.json")["toy"]["holm_bh"];
    let p_values: Vec<Option<f64>> = numbers(&toy["p"]).into_iter().map(Some).collect();
    let adjusted = [
        ("holm", holm(&p_values)),
        ("benjamini_hochberg", benjamini_hochberg(&p_values)),
    ];
    for (way, adjusted) in adjusted {
        for (found, want) in adjusted.iter().zip(toy[way].as_array().unwrap()) {
            close(*found, want, TOLERANCE, way);
        }
    }
}

#[track_caller]
fn check_delong(change: &Change, want: &Value) {
    let Spread::Normal { error } = change.spread else {
        panic!("{change:?}");
    };
    close(change.was, &want["auc_A"], TOLERANCE, "was");
    close(change.now, &want["auc_B"], TOLERANCE, "now");
    close_relative(
        error * error,
        &want["var_difference"],
        TOLERANCE,
        "variance",
    );
    close(change.delta() / error, &want["z"], TOLERANCE, "z");
    close_relative(change.p_value(), &want["p"], TOLERANCE, "p");
}

#[test]
fn delong_as_proc_has_it() {
    let toy = &json("paired_toy.json")["toy"]["delong_with_ties"];
    let labels: Vec<bool> = numbers(&toy["y"]).iter().map(|y| *y == 1.0).collect();
    let (a, b) = (numbers(&toy["A"]), numbers(&toy["B"]));
    check_delong(&auc_change(&labels, &a, &b).unwrap(), toy);

    let (_, labels, baseline, candidate) = adult();
    let want = &forest_against_boosting()["delong"];
    let change = auc_change(&labels, &baseline, &candidate).unwrap();
    check_delong(&change, want);
    let (ends, interval) = (numbers(&want["ci95"]), change.interval().unwrap());
    assert!((interval.low - ends[0]).abs() < TOLERANCE);
    assert!((interval.high - ends[1]).abs() < TOLERANCE);
}

/// Of two classes the macro AUC is the AUC, and its influence is DeLong's but for the divisors.
#[test]
fn the_macro_auc_of_two_classes_moves_as_the_auc_does() {
    let (_, labels, baseline, candidate) = adult();
    let both = |scores: &[f64]| -> Vec<f64> { scores.iter().flat_map(|s| [1.0 - s, *s]).collect() };
    let classes: Vec<usize> = labels.iter().map(|label| usize::from(*label)).collect();
    let (was, now) = (both(&baseline), both(&candidate));
    let several = macro_auc_change(&classes, (&was, &now), 2).unwrap();
    let two = auc_change(&labels, &baseline, &candidate).unwrap();
    assert!((several.delta() - two.delta()).abs() < 1e-12);
    let width = |change: &Change| change.interval().map(|i| i.high - i.low).unwrap();
    assert!((width(&several) / width(&two) - 1.0).abs() < 1e-3);
}

#[test]
fn equal_scores_are_no_change() {
    let (_, labels, baseline, _) = adult();
    let change = auc_change(&labels, &baseline, &baseline).unwrap();
    assert_eq!(change.p_value(), Some(1.0));
    let interval = change.interval().unwrap();
    assert_eq!((interval.low, interval.high), (0.0, 0.0));
    assert_eq!(change.not_worse_p_value(0.01, false), Some(0.0));
    assert_eq!(change.not_worse_p_value(0.0, false), Some(1.0));
}

fn losses(name: &str, labels: &[bool], scores: &[f64]) -> Vec<f64> {
    let rows = labels.iter().zip(scores);
    let loss = |(label, score): (&bool, &f64)| match name {
        "accuracy" => f64::from(u8::from((*score >= 0.5) == *label)),
        "brier" => (score - f64::from(u8::from(*label))).powi(2),
        _ => log_loss_of(*label, *score),
    };
    rows.map(loss).collect()
}

#[test]
fn the_paired_t_test_as_scipy_has_it() {
    let (_, labels, baseline, candidate) = adult();
    let want = &forest_against_boosting()["paired_t"];
    for name in ["accuracy", "brier", "log_loss"] {
        let of = |scores: &[f64]| losses(name, &labels, scores);
        let change = mean_change(&of(&baseline), &of(&candidate)).unwrap();
        let want = &want[name];
        close(change.delta(), &want["mean"], TOLERANCE, name);
        close_relative(change.p_value(), &want["p"], TOLERANCE, name);
        let (ends, interval) = (numbers(&want["ci95"]), change.interval().unwrap());
        assert!((interval.low - ends[0]).abs() < TOLERANCE, "{interval:?}");
        assert!((interval.high - ends[1]).abs() < TOLERANCE, "{interval:?}");
    }
}

#[test]
fn the_bootstrap_is_within_its_own_spread_of_numpy() {
    let (_, labels, baseline, candidate) = adult();
    let want = &forest_against_boosting()["bootstrap"];
    let check = |change: &Change, want: &Value, what: &str| {
        let interval = change.interval().unwrap();
        for (end, name) in [(interval.low, "q2_5"), (interval.high, "q97_5")] {
            let spread = want["sd_between_runs"][name].as_f64().unwrap();
            close(end, &want[name], 5.0 * spread, what);
        }
    };
    let of = |scores: &[f64]| losses("brier", &labels, scores);
    let (was, now) = (of(&baseline), of(&candidate));
    let mean = |rows: &[u32], losses: &[f64]| {
        let sum: f64 = rows.iter().map(|row| losses[*row as usize]).sum();
        sum / rows.len() as f64
    };
    let change = row_change(labels.len(), 2_000, (7, "brier"), |rows| {
        Some((mean(rows, &was), mean(rows, &now)))
    });
    check(&change.unwrap(), &want["brier"], "brier");

    let rows = right(&labels, &baseline).into_iter();
    let flips = Flips::of(rows.zip(right(&labels, &candidate)));
    let cells = [
        flips.both_right,
        flips.right_to_wrong,
        flips.wrong_to_right,
        flips.both_wrong,
    ];
    let [change] = count_changes(&cells, 2_000, (7, "accuracy"), |cells| {
        let n = cells.iter().sum::<u64>() as f64;
        let share = |one: usize| (cells[0] + cells[one]) as f64 / n;
        [Some((share(1), share(2)))]
    });
    check(&change.unwrap(), &want["accuracy"], "accuracy");
}

/// Decisions of 2,000 rows, of which a candidate loses and gains each with these chances.
fn decided(draws: &mut Draws, lost: f64, gained: f64) -> Flips {
    let rows = (0..2_000).map(|_| match draws.uniform() {
        chance if chance < lost => (true, false),
        chance if chance < lost + gained => (false, true),
        chance if chance < 0.85 => (true, true),
        _ => (false, false),
    });
    Flips::of(rows)
}

const RUNS: usize = 200;
const MARGIN: f64 = 0.01;
const LEVEL: f64 = 0.05;

fn failures(mut is_not_worse: impl FnMut() -> Option<f64>) -> usize {
    (0..RUNS)
        .filter(|_| is_not_worse().is_none_or(|p| p > LEVEL))
        .count()
}

#[test]
fn the_same_model_on_resampled_rows_does_not_fail() {
    let (_, labels, baseline, _) = adult();
    let mut draws = Draws::new(1, "resampled rows");
    let failed = failures(|| {
        let rows: Vec<usize> = (0..labels.len())
            .map(|_| draws.below(labels.len()))
            .collect();
        let labels: Vec<bool> = rows.iter().map(|row| labels[*row]).collect();
        let scores: Vec<f64> = rows.iter().map(|row| baseline[*row]).collect();
        let right = right(&labels, &scores);
        let flips = Flips::of(right.iter().map(|right| (*right, *right)));
        let change = Change::of_flips(flips)?;
        let auc = auc_change(&labels, &scores, &scores)?;
        let p_values = [&change, &auc].map(|change| change.not_worse_p_value(MARGIN, false));
        p_values[0].zip(p_values[1]).map(|(a, b)| a.max(b))
    });
    assert!(failed <= RUNS / 20, "{failed} of {RUNS}");
}

/// Trained anew, it decides some rows otherwise, and is no worse for it.
#[test]
fn an_equal_model_that_flips_a_few_rows_hardly_ever_fails() {
    let mut draws = Draws::new(2, "equal");
    let failed = failures(|| {
        Change::of_flips(decided(&mut draws, 0.004, 0.004))?.not_worse_p_value(MARGIN, false)
    });
    assert!(failed <= RUNS / 20, "{failed} of {RUNS}");
}

#[test]
fn a_model_that_is_worse_by_twice_the_margin_fails() {
    let mut draws = Draws::new(3, "worse");
    let failed = failures(|| {
        Change::of_flips(decided(&mut draws, 0.03, 0.01))?.not_worse_p_value(MARGIN, false)
    });
    assert!(failed >= RUNS * 19 / 20, "{failed} of {RUNS}");
}

/// At the margin itself it is as the level promises: one in twenty passes.
#[test]
fn a_model_that_is_worse_by_the_margin_passes_as_seldom_as_promised() {
    let mut draws = Draws::new(4, "at the margin");
    let failed = failures(|| {
        Change::of_flips(decided(&mut draws, 0.025, 0.015))?.not_worse_p_value(MARGIN, false)
    });
    assert!(
        (RUNS * 9 / 10..RUNS).contains(&failed),
        "{failed} of {RUNS}"
    );
}

#[test]
fn where_less_is_better_the_margin_lies_above() {
    let worse = Change::of(0.10, 0.15, Spread::Normal { error: 0.01 });
    assert!(worse.not_worse_p_value(0.02, true).unwrap() > 0.99);
    assert!(worse.not_worse_p_value(0.02, false).unwrap() < 1e-6);
    let flips = flips_of(5, 50, 1_000);
    let share = Change::of_flips(flips).unwrap();
    let exchanged = Change::of_flips(flips.exchanged()).unwrap();
    let lower = share.not_worse_p_value(0.02, true).unwrap();
    assert_eq!(Some(lower), exchanged.not_worse_p_value(0.02, false));
}
