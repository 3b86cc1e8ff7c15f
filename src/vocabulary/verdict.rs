//! How a test of many differences is judged.

choice! {
    /// On which sides a test looks.
    #[derive(Default)]
    pub enum Sides {
        /// Is it worse? A model that is better by any amount passes.
        #[default]
        One = "one",
        /// The same by the two-sided interval, so with half the chance of passing wrongly.
        Two = "two",
    }
}

choice! {
    /// What is made of p-values being many.
    #[derive(Default)]
    pub enum Correction {
        /// Nothing: a run passes only if every gate does, so a bad model passes no easier for their
        /// number.
        #[default]
        None = "none",
        /// The chance that any of them is wrong (Holm 1979).
        Holm = "holm",
        /// The share of them that is wrong (Benjamini & Hochberg 1995).
        BenjaminiHochberg = "bh",
    }
}
