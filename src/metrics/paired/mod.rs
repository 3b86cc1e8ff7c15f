//! Two models on the same rows: how far a candidate has moved from a baseline, how sure that is, and
//! whether it is no worse by more than a margin. Every difference is candidate minus baseline.
//!
//! | file | what it holds |
//! |---|---|
//! | [`flips`] | rows by who is right |
//! | [`mcnemar`] | is one right more often: exact, mid-p, chi-square |
//! | [`tango`] | the score interval and test of a difference of paired shares |
//! | [`delong`] | the difference of two AUCs |
//! | [`means`] | the paired t-test of losses a row |
//! | [`resample`] | the bootstrap, which draws the same rows for both |
//! | [`change`] | one shape for all of them, and the test of non-inferiority |

pub mod change;
pub mod delong;
pub mod flips;
pub mod mcnemar;
pub mod means;
pub mod resample;
pub mod tango;
