//! The formulas of the five dimensions: pure functions on slices, no I/O, nothing of ours imported.
//! Every sum runs in a fixed order, so the same input gives the same bits; what is undefined (0/0,
//! an empty input, a score that is not a number) is `None`, never NaN.
//!
//! | file | what it measures |
//! |---|---|
//! | [`classification`] | confusion counts, accuracy, F1, AUC, log loss, flips |
//! | [`fairness`] | group tables and the gaps between groups |
//! | [`calibration`] | Brier score, reliability bins, ECE, MCE |
//! | [`conformal`] | split-conformal prediction sets (LAC) |
//! | [`drift`] | PSI, KS, Wasserstein, Jensen-Shannon, total variation by column |
//! | [`kolmogorov`] | the p-value of the Kolmogorov-Smirnov statistic |
//! | [`standard_error`] | how sure AUC, accuracy, F1 and log loss are, and changes of them |
//! | [`outliers`] | rows far from the middle of the data |
//! | [`clusters`] | k-means clusters of rows |
//! | [`worst_case`] | the rows with the largest error |
//! | [`importance`] | exact functional ANOVA on a full grid of settings |
//! | [`perturbation`] | a column under Gaussian noise, noise on ranks, redrawn, permuted |
//! | [`repeats`] | mean, spread and interval over repeats |
//! | [`slices`] | rows of like features in which the model errs more |
//! | [`hypothesis`] | tests of proportions and categories, Benjamini-Hochberg |
//! | [`distributions`] | upper tails of the normal and the chi-square distribution |
//! | [`random`] | draws that depend on the row, not on the chunk |
//! | [`moments`] | mean and population standard deviation of a column |

pub mod calibration;
pub mod classification;
pub mod clusters;
pub mod conformal;
pub mod distributions;
pub mod drift;
pub mod fairness;
pub mod hypothesis;
pub mod importance;
pub mod kolmogorov;
pub mod moments;
mod order;
pub mod outliers;
pub mod perturbation;
pub mod random;
pub mod repeats;
pub mod slices;
pub mod standard_error;
pub mod worst_case;
