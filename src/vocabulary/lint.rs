//! What a run may waste.

choice! {
    /// What is looked for.
    #[derive(Default)]
    pub enum Lint {
        /// The predictions that runs ask for take more than the cache may hold.
        #[default]
        WorkingSetTooLarge = "working-set-too-large",
        /// What the cache gave up was asked for again, several times.
        Thrash = "thrash",
        /// Something was loaded, let go of, and loaded again.
        LoadedAgain = "loaded-again",
        /// Something was preloaded, and nobody asked for it.
        PreloadedUnused = "preloaded-unused",
        /// Something was loaded ahead, and went before anybody asked for it.
        PrefetchWasted = "prefetch-wasted",
        /// Something is still held though no dimension has used it.
        HeldUnused = "held-unused",
        /// The cache refused an entry that is larger than it may hold.
        OversizedEntry = "oversized-entry",
        /// A resource took another size than was estimated.
        EstimateOff = "estimate-off",
        /// A cache entry costs more than it saves: restoring it takes longer than making it, or what went
        /// for it had to be made again.
        EntryCostsMore = "entry-costs-more",
        /// A dimension waited for a load that could have been done before.
        CouldPreload = "could-preload",
        /// Memory that nothing accounts for grows from run to run.
        UnattributedGrows = "unattributed-grows",
        /// A dimension ended well without one defined metric, or with some that are not defined.
        UndefinedResults = "undefined-results",
    }
}
