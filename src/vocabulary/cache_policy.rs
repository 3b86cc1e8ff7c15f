//! Which entries a cache gives up.

choice! {
    /// The policy of a cache: what goes when there is no room for all.
    #[derive(Default)]
    pub enum CachePolicy {
        /// quick_cache's own, kin of CLOCK-Pro and S3-FIFO: a scan does not flush it.
        #[default]
        Quick = "quick",
        /// The least recently used goes.
        Lru = "lru",
        /// The least frequently used goes, counted while it is kept; of equals, what reached that
        /// count first.
        Lfu = "lfu",
        /// Greedy-dual by size, frequency and cost: what saves the fewest seconds a byte goes, and
        /// what is not used ages.
        Gdsf = "gdsf",
        /// What the plan of the run asks for last goes, and first what it does not ask for at all, by when
        /// that was last used.
        Plan = "plan",
    }
}
