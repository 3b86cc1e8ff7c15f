//! Who says what will be asked for next.

choice! {
    /// A way to say which dimensions are selected next, by what was selected before.
    pub enum DemandPredictor {
        /// How often each dimension was selected
        Popularity = "popularity",
        /// Whether it was in the last selection, counted over all dimensions together
        LastSelection = "last selection",
        /// Whether it was in the last selection, counted for each dimension: a Markov chain of order 1
        Markov = "markov",
        /// What followed on the last two selections or, where that is new, on the last one, or at all
        Ppm = "ppm",
    }
}
