//! Performance without labels against NannyML 0.13.1 (CBPE, one chunk) and two other implementations of
//! the same definitions.

use lazydebugger::metrics::estimated_classes::{
    ClassCalibration, ExpectedClasses, class_calibration_p_value,
};
use lazydebugger::metrics::estimated_performance::{Expected, calibration_p_value};
use lazydebugger::metrics::isotonic::Isotonic;
use serde_json::Value;

use crate::support::{close, csv, json, numbers};

fn is_expected(found: &Expected, wanted: &Value, what: &str) {
    for (name, count) in [
        ("tp", found.true_positives),
        ("fp", found.false_positives),
        ("fn", found.false_negatives),
        ("tn", found.true_negatives),
    ] {
        close(count, &wanted[name], 1e-6, &format!("{what}: {name}"));
    }
    for (name, rate) in [
        ("accuracy", found.accuracy()),
        ("f1", found.f1()),
        ("precision", found.precision()),
        ("recall", found.recall()),
        ("specificity", found.specificity()),
        ("auc", found.auc),
    ] {
        close(rate, &wanted[name], 1e-9, &format!("{what}: {name}"));
    }
}

#[test]
fn a_few_rows_have_the_expected_performance() {
    let toy = &json("no_labels.json")["toy"];
    for (name, rows) in toy["cbpe"].as_object().unwrap() {
        let (scores, chances) = (numbers(&rows["score"]), numbers(&rows["c"]));
        is_expected(&Expected::of(&scores, &chances, 0.5), rows, name);
    }
}

#[test]
fn scores_of_equal_value_are_one_point_and_lines_join_the_blocks() {
    let toy = &json("no_labels.json")["toy"]["isotonic"];
    let labels: Vec<bool> = numbers(&toy["y"]).iter().map(|y| *y == 1.0).collect();
    let fit = Isotonic::fit(&numbers(&toy["x"]), &labels).unwrap();
    let mut knots = fit.knots().iter();
    for block in toy["blocks"].as_array().unwrap() {
        let ends = [&block["first"], &block["last"]].map(|end| end.as_f64().unwrap());
        let ends = ends.iter().take(if ends[0] == ends[1] { 1 } else { 2 });
        for end in ends {
            let (score, mean) = knots.next().unwrap();
            assert_eq!(score, end);
            close(*mean, &block["mean"], 1e-15, "a block's mean");
        }
    }
    assert_eq!(knots.next(), None);
    let wanted = toy["g"].as_array().unwrap();
    for (score, wanted) in numbers(&toy["at"]).into_iter().zip(wanted) {
        close(fit.at(score), wanted, 1e-12, &format!("at {score}"));
    }
    assert!(fit.at(f64::NAN).is_nan());
}

#[test]
fn nothing_is_fitted_to_no_rows_or_to_scores_that_are_no_numbers() {
    assert_eq!(Isotonic::fit(&[], &[]), None);
    assert_eq!(Isotonic::fit(&[0.1, f64::NAN], &[false, true]), None);
    let one = Isotonic::fit(&[0.3], &[true]).unwrap();
    assert_eq!([0.0, 0.3, 1.0].map(|score| one.at(score)), [1.0; 3]);
}

#[test]
fn adult_is_estimated_as_nannyml_does() {
    let wanted = &json("no_labels.json")["adult"];
    let calibration = csv("adult_calib_scores.csv");
    let fit = Isotonic::fit(&calibration.scores("p1"), &calibration.labels()).unwrap();
    let (x, y): (Vec<f64>, Vec<f64>) = fit.knots().iter().copied().unzip();
    let near = |found: &[f64], wanted: &Value| {
        let wanted = numbers(wanted);
        let both = found.iter().zip(&wanted);
        found.len() == wanted.len() && both.into_iter().all(|(a, b)| (a - b).abs() < 1e-12)
    };
    assert!(near(&x, &wanted["calibration"]["knot_x"]), "{x:?}");
    assert!(near(&y, &wanted["calibration"]["knot_y"]), "{y:?}");
    for (set, file) in [
        ("test", "adult_test.csv"),
        ("alt_covariate", "adult_covariate.csv"),
    ] {
        let scores = csv(file).scores("p1");
        let calibrated: Vec<f64> = scores.iter().map(|score| fit.at(*score)).collect();
        let wanted = &wanted["sets"][set];
        let found = Expected::of(&scores, &calibrated, 0.5);
        is_expected(&found, &wanted["isotonic"], set);
        let found = Expected::of(&scores, &scores, 0.5);
        is_expected(&found, &wanted["uncalibrated"], set);
    }
}

/// On the rows that are like those of the calibration the labels are as expected; on those that are
/// drawn otherwise fewer decisions are right than the scores say.
#[test]
fn calibration_that_has_broken_down_is_told_by_labels() {
    let calibration = csv("adult_calib_scores.csv");
    let fit = Isotonic::fit(&calibration.scores("p1"), &calibration.labels()).unwrap();
    let p_value = |file: &str| {
        let table = csv(file);
        let scores = table.scores("p1");
        let calibrated: Vec<f64> = scores.iter().map(|score| fit.at(*score)).collect();
        calibration_p_value(&table.labels(), &scores, &calibrated, 0.5).unwrap()
    };
    let (alike, shifted) = (p_value("adult_test.csv"), p_value("adult_covariate.csv"));
    assert!(alike > 0.05, "{alike}");
    assert!(shifted < 0.01, "{shifted}");
    // Of four rows at 0.5, decided to be positive, one is: z^2 = 1 on one degree of freedom.
    let labels = [true, false, false, false];
    let p = calibration_p_value(&labels, &[0.5; 4], &[0.5; 4], 0.5).unwrap();
    assert!((p - 0.317_310_507_862_914_15).abs() < 1e-12, "{p}");
    let certain = calibration_p_value(&labels, &[1.0; 4], &[1.0; 4], 0.5);
    assert_eq!(certain, None, "nothing is uncertain");
}

/// Three classes: NannyML's mean over each against the rest, and numpy from the definitions.
#[test]
fn several_classes_are_estimated_as_nannyml_does() {
    const CLASSES: usize = 3;
    let all = json("no_labels_classes.json");
    let table = |rows: &Value| {
        let labels = numbers(&rows["labels"]).into_iter();
        let labels: Vec<usize> = labels.map(|label| label as usize).collect();
        let scores = rows["scores"].as_array().unwrap().iter();
        (labels, scores.flat_map(numbers).collect::<Vec<f64>>())
    };
    let (labels, scores) = table(&all["calibration"]);
    let fit = ClassCalibration::fit(&labels, &scores, CLASSES).unwrap();
    let mut p_values = Vec::new();
    for set in ["alike", "shifted"] {
        let rows = &all["sets"][set];
        let (labels, scores) = table(rows);
        let chances = fit.at(&scores);
        let first = rows["first_chances"].as_array().unwrap().iter();
        for (found, wanted) in chances.iter().zip(first.flat_map(numbers)) {
            assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        }
        let found = ExpectedClasses::of(&scores, &chances, CLASSES);
        for (name, value) in [
            ("accuracy", found.accuracy),
            ("auc", found.mean(|class| class.auc)),
            ("f1", found.mean(Expected::f1)),
            ("precision", found.mean(Expected::precision)),
            ("recall", found.mean(Expected::recall)),
            ("specificity", found.mean(Expected::specificity)),
        ] {
            let what = format!("{set}: {name}");
            close(value, &rows["numpy"][name], 1e-9, &what);
            // NannyML rounds the counts along its curve to five decimals.
            let tolerance = if name == "auc" { 1e-7 } else { 1e-9 };
            close(value, &rows["nannyml"][name], tolerance, &what);
        }
        close(found.log_loss, &rows["numpy"]["log_loss"], 1e-9, set);
        p_values.push(class_calibration_p_value(&labels, &scores, &chances, CLASSES).unwrap());
    }
    assert!(p_values[0] > 0.05, "{p_values:?}");
    // A class of which nothing is known, and whose scores are all 0, is as likely as the others.
    let fit = ClassCalibration::fit(&[0, 0], &[0.5, 0.0, 0.5, 0.0], 2).unwrap();
    assert_eq!(fit.at(&[0.5, 0.0]), [1.0, 0.0]);
    assert_eq!(ClassCalibration::fit(&[], &[], 2), None);
}
