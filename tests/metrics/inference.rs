//! Tests, intervals and standard errors against scipy 1.17, and against definitions spelled out.

use lazydebugger::metrics::classification::{Confusion, auc, log_loss};
use lazydebugger::metrics::distributions::{chi_square_upper, normal_upper, student_upper};
use lazydebugger::metrics::hypothesis::{
    benjamini_hochberg, chi_square, cohens_h, larger_rate_exact_p_value,
};
use lazydebugger::metrics::kolmogorov::{asymptotic_ks_p_value, ks_p_value};
use lazydebugger::metrics::repeats::{Repeats, t_interval};
use lazydebugger::metrics::standard_error::{
    ClassifierErrors, auc_standard_error, change_interval, f1_standard_error,
    numbers_standard_errors, ratio_interval,
};

#[track_caller]
fn near(got: impl Into<Option<f64>>, want: f64, relative: f64) {
    let got = got.into().unwrap();
    let allowed = relative * want.abs();
    assert!((got - want).abs() <= allowed, "{got}, scipy {want}");
}

#[test]
fn upper_tails_of_student_t() {
    for (t, degrees, want) in [
        (0.0, 5.0, 0.5),
        (0.3, 2.5, 0.393_671_185_747_598_63),
        (2.0, 10.0, 0.036_694_017_385_370_18),
        (-1.5, 40.0, 0.929_266_611_560_425_9),
        (4.0, 29.3, 0.000_197_204_219_481_349_44),
        (6.0, 749.5, 1.535_118_137_102_073e-9),
        (12.0, 8.0, 1.071_933_373_844_384_6e-6),
        (1.0, 1_000_000.0, 0.158_655_374_916_789_16),
        (9.0, 100_000.0, 1.147_704_502_511_574e-19),
        (30.0, 100.0, 4.190_166_279_344_164e-52),
    ] {
        near(student_upper(t, degrees), want, 1e-9);
    }
    assert_eq!(student_upper(1.0, 0.0), None);
    assert_eq!(student_upper(f64::NAN, 3.0), None);
}

#[test]
fn upper_tails() {
    for (z, want) in [
        (-2.0, 0.977_249_868_051_820_8),
        (0.0, 0.5),
        (0.3, 0.382_088_577_811_047_4),
        (1.96, 0.024_997_895_148_220_435),
        (5.0, 2.866_515_718_791_933e-7),
        (9.0, 1.128_588_405_953_832_4e-19),
    ] {
        near(normal_upper(z), want, 1e-12);
    }
    for (x, degrees, want) in [
        (1e-3, 2, 0.999_500_124_979_169_3),
        (0.5, 3, 0.918_891_411_654_675_8),
        (3.84, 1, 0.050_043_521_248_705_19),
        (30.0, 40, 0.875_218_784_967_475_1),
        (223.026, 8, 8.832_422_202_472_448e-44),
    ] {
        near(chi_square_upper(x, degrees), want, 1e-11);
    }
    assert_eq!(chi_square_upper(1.0, 0), None);
    assert_eq!(chi_square_upper(f64::NAN, 3), None);
}

/// `scipy.stats.kstwo.sf`: small samples exactly, and every way of large ones. Two samples of `2n`
/// count as one of `n`.
#[test]
fn the_kolmogorov_smirnov_distribution() {
    for (n, d, want) in [
        (5, 0.3, 0.664),
        (10, 0.95, 1.953_125e-13),
        (20, 0.2, 0.352_720_173_623_415),
        (20, 0.35, 0.010_754_963_444_389_31),
        (140, 0.05, 0.857_648_029_765_611_4),
        (140, 0.12, 0.032_526_382_585_616_32),
        (140, 0.2, 2.198_156_330_220_022_2e-5),
        (500, 0.04, 0.390_250_869_604_974_8),
        (2_838, 0.01, 0.936_343_029_700_397),
        (2_838, 0.025, 0.056_627_551_006_135_48),
        (2_838, 0.064, 1.503_804_082_007_629_4e-10),
        (49_000, 0.004, 0.412_078_518_922_885_3),
        (200_000, 0.002, 0.399_950_853_690_380_97),
        (200_000, 0.004, 0.003_314_212_822_560_255),
        (200_000, 0.006, 1.110_220_331_461_174e-6),
    ] {
        near(asymptotic_ks_p_value(d, 2 * n, 2 * n), want, 1e-6);
    }
    assert_eq!(asymptotic_ks_p_value(1.0, 10, 10), Some(0.0));
    assert_eq!(ks_p_value(0.0, 10, 10), Some(1.0));
    assert_eq!(ks_p_value(0.5, 0, 10), None);
    assert_eq!(ks_p_value(f64::NAN, 10, 10), None);
}

/// `scipy.stats.ks_2samp` 1.17.1, which counts exactly where both samples have up to 10,000 values.
#[test]
fn small_samples_are_counted_exactly() {
    for (n, m, d, want) in [
        (3, 3, 1.0, 0.1),
        (1, 150, 1.0, 0.013_245_033_112_582_781),
        (1, 150, 149.0 / 150.0, 0.026_490_066_225_165_563),
        (10, 10, 1.0, 1.082_508_822_446_902_6e-5),
        (10, 10, 0.5, 0.167_821_342_743_943_34),
        (5, 7, 18.0 / 35.0, 0.328_282_828_282_828_3),
        (40, 60, 0.25, 0.088_330_767_491_295_48),
        (100, 250, 0.12, 0.239_511_965_847_701_85),
        (500, 500, 0.08, 0.081_501_673_211_070_67),
        (891, 700, 0.07, 0.040_354_394_090_483_525),
        (3_000, 3_000, 0.03, 0.134_376_466_809_859_68),
        (2_000, 4_000, 0.04, 0.027_797_669_462_609_746),
    ] {
        near(ks_p_value(d, n, m), want, 1e-9);
        near(ks_p_value(d, m, n), want, 1e-9);
    }
}

#[test]
fn more_errors_here_than_there() {
    // Fisher's exact test in whole numbers.
    for (group, other, want) in [
        ((30, 100), (200, 1_000), 0.015_767_139_658_943_413),
        ((12, 40), (10, 60), 0.092_430_763_638_565_05),
        ((10, 60), (12, 40), 0.965_017_619_180_998_1),
        ((407, 1_140), (924, 8_629), 6.275_513_065_061_71e-93),
    ] {
        let found = larger_rate_exact_p_value(group, other).unwrap();
        assert!((found / want - 1.0).abs() < 1e-10, "{found} {want}");
    }
    assert_eq!(larger_rate_exact_p_value((0, 10), (0, 20)), Some(1.0));
    assert_eq!(larger_rate_exact_p_value((10, 10), (20, 20)), Some(1.0));
    assert_eq!(larger_rate_exact_p_value((0, 0), (1, 20)), None);
    near(cohens_h(0.3, 0.12), 0.451_796_268_948_065_57, 1e-12);
    assert!(cohens_h(0.1, 0.2) < 0.0);
}

#[test]
fn categories_that_nobody_has_do_not_count() {
    let with = chi_square(&[10, 0, 20], &[20, 0, 10]).unwrap();
    let without = chi_square(&[10, 20], &[20, 10]).unwrap();
    assert_eq!(with, without);
    assert_eq!(with.degrees, 1);
    assert_eq!(chi_square(&[3], &[4]), None, "one category cannot differ");
    assert_eq!(chi_square(&[3, 2], &[0, 0]), None);
}

/// `scipy.stats.false_discovery_control`.
#[test]
fn p_values_of_many_tests() {
    let p = [0.001, 0.2, 0.03, 0.03, 0.9, 0.5];
    let want = [0.006, 0.3, 0.06, 0.06, 0.9, 0.6];
    let got = benjamini_hochberg(&p.map(Some));
    for (got, want) in got.iter().zip(want) {
        near(*got, want, 1e-12);
    }
    let mut with_gap: Vec<Option<f64>> = p.map(Some).to_vec();
    with_gap.insert(2, None);
    let mut got_with_gap = benjamini_hochberg(&with_gap);
    assert_eq!(got_with_gap.remove(2), None);
    assert_eq!(got_with_gap, got, "an undefined one is no test");
}

/// `scipy.stats.t.interval(0.95, 4, mean, sem)`, and of two values by hand.
#[test]
fn repeats_and_their_interval() {
    let aucs = [0.9, 0.91, 0.88, 0.905, 0.897];
    let repeats = Repeats::of(aucs.map(Some)).unwrap();
    let (low, high) = repeats.interval.unwrap();
    near(low, 0.884_226_526_472_952_1, 1e-10);
    near(high, 0.912_573_473_527_047_9, 1e-10);
    assert_eq!((repeats.lowest, repeats.highest), (0.88, 0.91));
    near(repeats.mean, 0.8984, 1e-12);
    near(repeats.std, 0.010_209_799_214_480_18, 1e-10);
    // Many repeats leave the table of quantiles: t(0.975, 60) = 2.0002978.
    let many: Vec<f64> = (0..61).map(|i| f64::from(i % 2)).collect();
    let (low, high) = t_interval(&many).unwrap();
    let mean = 30.0 / 61.0;
    let error = (mean * (1.0 - mean) / 60.0_f64).sqrt();
    near((high - low) / 2.0 / error, 2.000_297_822_014_260_4, 1e-6);
}

#[test]
fn a_single_repeat_has_no_spread() {
    let one = Repeats::of([Some(0.7)]).unwrap();
    assert_eq!((one.mean, one.std, one.interval), (0.7, None, None));
    assert_eq!(Repeats::of([]), None);
    assert_eq!(Repeats::of([Some(0.7), None]), None, "one is undefined");
}

const LABELS: &str = "110101101000100000010110000101110010111011100100010100111100";
/// In tenths, with ties.
const TENTHS: [u8; 60] = [
    9, 2, 5, 6, 2, 5, 10, 3, 3, 7, 4, 8, 4, 3, 8, 5, 5, 2, 0, 11, 1, 10, 6, 10, 4, 9, 6, 4, 7, 9,
    9, 7, 2, 6, 3, 7, 8, 6, 10, 2, 6, 10, 6, 7, 6, 11, 10, 7, 8, 4, 7, 10, 4, 6, 7, 12, 5, 6, 0, 4,
];

/// All pairs of rows by numpy: the sample variances of the rows' shares.
#[test]
fn the_standard_error_of_an_auc() {
    let labels: Vec<bool> = LABELS.chars().map(|c| c == '1').collect();
    let scores: Vec<f64> = TENTHS.iter().map(|t| f64::from(*t) / 10.0).collect();
    near(auc(&labels, &scores), 0.674_107_142_857_142_9, 1e-12);
    let error = auc_standard_error(&labels, &scores);
    near(error, 0.069_358_378_463_836_12, 1e-10);
    assert_eq!(
        auc_standard_error(&[true, false, false], &[0.1, 0.2, 0.3]),
        None
    );
    let with_nan = auc_standard_error(&[true, true, false, false], &[0.1, f64::NAN, 0.3, 0.2]);
    assert_eq!(with_nan, None);
}

/// The delta method with the gradient taken numerically.
#[test]
fn the_standard_error_of_f1() {
    let counts = Confusion {
        true_positives: 50,
        false_positives: 10,
        false_negatives: 20,
        true_negatives: 120,
    };
    near(f1_standard_error(&counts), 0.040_995_285_386_734_644, 1e-8);
    assert_eq!(f1_standard_error(&Confusion::default()), None);
}

#[test]
fn the_standard_errors_of_all_metrics() {
    let labels = [true, false, true, false];
    let scores = [0.9, 0.2, 0.4, 0.6];
    let errors = ClassifierErrors::of_two(&labels, &scores, 0.5);
    near(errors.accuracy, 0.25, 1e-12);
    let losses: Vec<f64> = [0.9_f64, 0.8, 0.4, 0.4].map(|p| -p.ln()).to_vec();
    let mean = log_loss(&labels, &scores).unwrap();
    let squares: f64 = losses.iter().map(|l| (l - mean).powi(2)).sum();
    near(errors.log_loss, (squares / 3.0 / 4.0).sqrt(), 1e-12);
}

#[test]
fn intervals_of_changes_and_ratios() {
    let (low, high) = change_interval((0.8, 0.03), (0.9, 0.04));
    near(high - low, 2.0 * 1.959_963_984_540_054 * 0.05, 1e-12);
    near(f64::midpoint(low, high), -0.1, 1e-12);
    let (low, high) = ratio_interval((0.3, 0.0), (0.4, 0.0)).unwrap();
    assert!((low - 0.75).abs() < 1e-12 && (high - 0.75).abs() < 1e-12);
    assert_eq!(ratio_interval((0.3, 0.1), (0.0, 0.1)), None);
}

/// The jackknife with scikit-learn 1.9.1 (numpy 2.4): another way to the same errors, of the first
/// order in 1/n.
#[test]
fn errors_by_influence_are_near_those_of_the_jackknife() {
    let labels: Vec<usize> = (0..400).map(|i| (i * 7 + i / 3) % 3).collect();
    let scores = labels.iter().enumerate().flat_map(|(i, label)| {
        let raw = [5, 11, 17].map(|k| 1 + (i * k) % 29);
        let mut raw = raw.map(|raw| raw as f64);
        raw[*label] += 12.0;
        let sum: f64 = raw.iter().sum();
        raw.map(|raw| raw / sum)
    });
    let scores: Vec<f64> = scores.collect();
    let found = ClassifierErrors::of_several(&labels, &scores, 3);
    near(found.auc, 0.007_774_180_852, 0.01);
    near(found.accuracy, 0.020_987_151_458, 0.01);
    near(found.f1, 0.020_857_084_395, 0.01);
    near(found.log_loss, 0.013_304_695_506, 0.01);

    let outcomes: Vec<f64> = (0..400u32).map(|i| f64::from(i * 13 % 97)).collect();
    let rows = (0..400u32).zip(&outcomes);
    let predicted: Vec<f64> = rows
        .map(|(i, y)| y * 0.7 + f64::from(i * 31 % 41))
        .collect();
    let [rmse, mae, r2] = numbers_standard_errors(&outcomes, &predicted);
    near(rmse, 0.432_096_902_218, 0.01);
    near(mae, 0.464_655_421_821, 0.01);
    near(r2, 0.019_797_530_102, 0.01);
    assert_eq!(numbers_standard_errors(&[1.0], &[2.0]), [None; 3]);
    let none = ClassifierErrors::of_several(&[0, 0], &[0.5, 0.5, 0.4, 0.6], 2);
    assert_eq!(none.auc, None, "no row of the second class");
}
