//! What a prefetch is worth: seconds that nobody waits for, against seconds in vain.

/// What is at stake where something is loaded before anybody asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stake {
    /// That it is needed.
    pub probability: f64,
    /// Of its load, the seconds that are over before anybody waits for it.
    pub hidden_seconds: f64,
    /// The seconds that it takes.
    pub load_seconds: f64,
    /// The seconds that loading what goes for it will cost, as likely as that is needed.
    pub harm_seconds: f64,
}

/// Does it pay to load it now?
pub fn pays(stake: &Stake) -> bool {
    let won = stake.probability * stake.hidden_seconds;
    let lost = (1.0 - stake.probability) * (stake.load_seconds + stake.harm_seconds);
    won > lost
}
