//! The formulas of the five dimensions: pure functions on slices, no I/O, nothing of ours imported.
//! Every sum runs in a fixed order, so the same input gives the same bits; what is undefined (0/0,
//! an empty input, a score that is not a number) is `None`, never NaN.
//!
//! | file | what it measures |
//! |---|---|
//! | [`classification`] | confusion counts, accuracy, F1, AUC, log loss, flips |
//! | [`multi_class`] | accuracy, macro F1, macro AUC, log loss of several classes |
//! | [`regression`] | RMSE, MAE, R2, standardised mean difference |
//! | [`fairness`] | group tables and the gaps between groups |
//! | [`calibration`] | Brier score, reliability bins, ECE, MCE |
//! | [`conformal`] | split-conformal prediction sets (LAC) |
//! | [`drift`] | PSI, KS, Wasserstein, Jensen-Shannon, total variation by column |
//! | [`prediction_sets`] | adaptive (APS) and class-conditional prediction sets |
//! | [`intervals`] | split-conformal intervals around a predicted number |
//! | [`worst_case`] | the rows with the largest error |
//! | [`importance`] | exact functional ANOVA on a full grid of settings |
//! | [`perturbation`] | a column under Gaussian noise, noise on ranks, redrawn, permuted |
//! | [`repeats`] | mean, spread and interval over repeats |
//! | [`slices`] | rows of like features in which the model errs more |
//! | [`hypothesis`] | tests of proportions and categories, Benjamini-Hochberg |
//! | [`distributions`] | upper tails of the normal and the chi-square distribution |
//! | [`parity`] | how far scores lie from those that were expected |
//! | [`random`] | draws that depend on the row, not on the chunk |
//! | [`moments`] | mean and population standard deviation of a column |

pub mod calibration;
pub mod classification;
pub mod conformal;
pub mod distributions;
pub mod drift;
pub mod fairness;
pub mod hypothesis;
pub mod importance;
pub mod intervals;
pub mod moments;
pub mod multi_class;
mod order;
pub mod parity;
pub mod perturbation;
pub mod prediction_sets;
pub mod random;
pub mod regression;
pub mod repeats;
pub mod slices;
pub mod worst_case;
