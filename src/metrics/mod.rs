//! The formulas of the five dimensions: pure functions on slices, no I/O, nothing of ours imported.
//! Every sum runs in a fixed order, so the same input gives the same bits; what is undefined (0/0,
//! an empty input, a score that is not a number) is `None`, never NaN.
//!
//! | file | what it measures |
//! |---|---|
//! | [`classification`] | confusion counts, accuracy, F1, AUC, log loss, flips |
//! | [`multi_class`] | accuracy, macro F1, macro AUC, log loss of several classes |
//! | [`regression`] | RMSE, MAE, R2, standardised mean difference |
//! | [`isotonic`] | what a score has turned out to mean |
//! | [`estimated_performance`] | metrics to be expected of rows without labels (CBPE) |
//! | [`estimated_classes`] | the same for several classes |
//! | [`fairness`] | group tables and the gaps between groups |
//! | [`group_codes`] | the group of every row, in as few bytes as that takes |
//! | [`rising`] | rows by rising score, a part of them at a time |
//! | [`number_parity`] | how far the predicted numbers of a group lie from those of all |
//! | [`versus_privileged`] | each group against the privileged one, signed |
//! | [`threshold_sweep`] | the groups' counts over all thresholds at once |
//! | [`bootstrap`] | intervals of metrics that follow from counts |
//! | [`calibration`] | Brier score and its parts, reliability bins, ECE, MCE, Spiegelhalter's test |
//! | [`conformal`] | split-conformal prediction sets (LAC), for all rows or class by class |
//! | [`selective`] | risk against coverage where the least confident rows are left out |
//! | [`drift`] | PSI, KS, Wasserstein, Jensen-Shannon, total variation by column |
//! | [`kolmogorov`] | the p-value of the Kolmogorov-Smirnov statistic |
//! | [`rate_intervals`] | how sure a rate is, and the difference or ratio of two |
//! | [`influence`] | how each row moves a metric |
//! | [`standard_error`] | how sure the metrics of a model are, and changes of them |
//! | [`paired`] | two models on the same rows: McNemar, Tango, DeLong, t, bootstrap, non-inferiority |
//! | [`outliers`] | rows far from the middle of the data |
//! | [`clusters`] | k-means clusters of rows |
//! | [`adaptive_sets`] | adaptive prediction sets (APS) of three classes or more |
//! | [`intervals`] | split-conformal intervals around a predicted number |
//! | [`worst_case`] | the rows with the largest error |
//! | [`importance`] | exact functional ANOVA on a full grid of settings |
//! | [`forest`] | functional ANOVA by a random forest, for settings that are no full grid |
//! | [`ped_anova`] | what matters for being among the best settings |
//! | [`axis`] | what values a parameter can take, and on which scale |
//! | [`perturbation`] | a column under Gaussian noise, noise on ranks, redrawn, permuted |
//! | [`repeats`] | mean, spread and interval over repeats |
//! | [`slice_line`] | the rows of like features in which the model errs most (SliceLine) |
//! | [`hypothesis`] | tests of rates, means and categories, Benjamini-Hochberg, Holm |
//! | [`distributions`] | chances under the normal, the chi-square, Student's t and other distributions |
//! | [`parity`] | how far scores lie from those that were expected |
//! | [`random`] | draws that depend on the row, not on the chunk |
//! | [`uniform`] | uniform and binomial draws in sequence |
//! | [`moments`] | mean and population standard deviation of a column |

pub mod adaptive_sets;
pub mod axis;
pub mod bootstrap;
pub mod calibration;
pub mod classification;
pub mod clusters;
pub mod conformal;
pub mod coverage_tests;
pub mod distributions;
pub mod drift;
pub mod estimated_classes;
pub mod estimated_performance;
pub mod fairness;
pub mod forest;
pub mod group_codes;
pub mod hypothesis;
pub mod importance;
pub mod influence;
pub mod intervals;
pub mod isotonic;
pub mod kolmogorov;
pub mod moments;
pub mod multi_class;
pub mod number_parity;
mod order;
pub mod outliers;
pub mod paired;
pub mod parity;
pub mod ped_anova;
pub mod perturbation;
mod place_index;
pub mod random;
pub mod rate_intervals;
pub mod regression;
pub mod repeats;
pub mod rising;
pub mod selective;
pub mod slice_line;
pub mod standard_error;
pub mod threshold_sweep;
pub mod uniform;
pub mod versus_privileged;
pub mod worst_case;
