//! What lints call too much: every setting of `[lints]`, each declared once.

use super::plain::plain;

/// Hands the settings of `[lints]` to a macro, as `engine_settings` does those of `[engine]`.
macro_rules! lint_settings {
    ($make:ident { $($head:tt)* }) => {
        $make! { $($head)* {
            /// Misses of what the cache had given up from which `thrash` speaks
            misses: u64, default "3"
                => misses: u64 = 3;

            /// Bytes below which lints say nothing of a resource
            bytes: Size, default "100KB"
                => bytes: u64 = 100_000;

            /// Share by which an estimate of a size may be off before `estimate-off` says so
            estimate_off: f64, default "0.25"
                => estimate_off: f64 = 0.25;

            /// Bytes by which memory that nothing accounts for may grow before `unattributed-grows`
            /// says so
            growth: Size, default "64MB"
                => growth: u64 = 64_000_000;

            /// Time that a dimension may wait for a load before `could-preload` says that it could have
            /// been preloaded
            wait: Span, default "0.1s"
                => wait_seconds: f64 = 0.1;

            /// Share of the time of loads ahead that may be in vain before `prefetch-wasted` says so
            wasted: f64, default "0.2"
                => wasted: f64 = 0.2;
        } }
    };
}
pub(crate) use lint_settings;

lint_settings!(plain {
    /// What lints call too much. A log without one of these means what holds where nothing is written.
    LintSettings
});
