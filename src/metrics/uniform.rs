//! Draws in sequence, uniform and binomial, by a seed and a name: the same ones on every machine and
//! with any number of threads. What depends on rows draws by counter instead (see [`super::random`]).

use super::random::{hash_name, mix};

/// A sequence of draws (SplitMix64; Steele, Lea & Flood 2014).
#[derive(Clone, Debug)]
pub struct Draws {
    state: u64,
}

impl Draws {
    /// The sequence of this name under a seed.
    pub fn new(seed: u64, name: &str) -> Self {
        Self {
            state: mix(mix(seed) ^ hash_name(name)),
        }
    }

    fn bits(&mut self) -> u64 {
        let bits = mix(self.state);
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits
    }

    /// A uniform draw strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A whole number below `end`, each as likely as any other but for one part in 2^64 (Lemire
    /// 2019, without the rejection).
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        assert!(end > 0, "a number below 0");
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// How many of `n` independent trials succeed, each with probability `p`. Exact: by inversion
    /// where few are expected, by transformed rejection otherwise (BTRS; Hörmann 1993).
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if n as f64 * p < 10.0 {
            self.binomial_by_inversion(n, p)
        } else {
            self.binomial_by_rejection(n as f64, p)
        }
    }

    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let mut chance = (n as f64 * (-p).ln_1p()).exp();
        let mut left = self.uniform();
        for k in 0..n {
            if left < chance {
                return k;
            }
            left -= chance;
            chance *= odds * (n - k) as f64 / (k + 1) as f64;
        }
        n
    }

    fn binomial_by_rejection(&mut self, n: f64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let deviation = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * deviation;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let alpha = (2.83 + 5.1 / b) * deviation;
        let mode = ((n + 1.0) * p).floor();
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let edge = 0.5 - u.abs();
            let k = ((2.0 * a / edge + b) * u + n * p + 0.5).floor();
            if edge >= 0.07 && v <= 0.92 - 4.2 / b {
                return k as u64;
            }
            if k < 0.0 || k > n {
                continue;
            }
            let height = (v * alpha / (a / (edge * edge) + b)).ln();
            let bound = (mode + 0.5) * ((mode + 1.0) / (odds * (n - mode + 1.0))).ln()
                + (n + 1.0) * ((n - mode + 1.0) / (n - k + 1.0)).ln()
                + (k + 0.5) * (odds * (n - k + 1.0) / (k + 1.0)).ln()
                + stirling_tail(mode)
                + stirling_tail(n - mode)
                - stirling_tail(k)
                - stirling_tail(n - k);
            if height <= bound {
                return k as u64;
            }
        }
    }
}

/// `ln k!` less Stirling's formula for it.
fn stirling_tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_3,
        0.041_340_695_955_409_3,
        0.027_677_925_684_998_3,
        0.020_790_672_103_765_1,
        0.016_644_691_189_821_2,
        0.013_876_128_823_070_7,
        0.011_896_709_945_891_8,
        0.010_411_265_261_972_1,
        0.009_255_462_182_712_73,
        0.008_330_563_433_362_87,
    ];
    if let Some(tail) = SMALL.get(k as usize) {
        return *tail;
    }
    let next = k + 1.0;
    let square = next * next;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / next
}
