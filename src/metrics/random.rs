//! Random draws by counter: a draw depends on the seed, the column's name, the repeat and the row
//! alone, so neither chunks, nor threads, nor the choice of columns can change it.

/// 128 random bits for a counter: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011). The key is a
/// mix of the seed and the column's name; streams of the same column for different purposes differ
/// in `purpose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stream {
    key: [u32; 2],
    repeat: u32,
    purpose: u32,
}

impl Stream {
    fn new(seed: u64, column: &str, repeat: u32, purpose: u32) -> Self {
        let key = mix(mix(seed) ^ hash_name(column));
        Self {
            key: [key as u32, (key >> 32) as u32],
            repeat,
            purpose,
        }
    }

    fn pair(&self, counter: u64) -> [u64; 2] {
        let counter = [
            counter as u32,
            (counter >> 32) as u32,
            self.repeat,
            self.purpose,
        ];
        let [a, b, c, d] = philox4x32_10(counter, self.key);
        [(a, b), (c, d)].map(|(low, high)| (u64::from(high) << 32) | u64::from(low))
    }

    /// `draw` of the rows `first_row, first_row + 1, ...`, two rows a counter.
    fn fill(&self, first_row: u64, out: &mut [f64], draw: impl Fn(u64) -> f64) {
        let odd = ((first_row % 2) as usize).min(out.len());
        let (head, rest) = out.split_at_mut(odd);
        for value in head {
            *value = draw(self.pair(first_row / 2)[1]);
        }
        let first_pair = first_row.div_ceil(2);
        for (pair, values) in (first_pair..).zip(rest.chunks_mut(2)) {
            for (value, bits) in values.iter_mut().zip(self.pair(pair)) {
                *value = draw(bits);
            }
        }
    }
}

/// A column's stream of standard-normal draws, one a row: the inverse normal distribution function
/// (Wichura 1988, AS 241) of uniform ones. Levels of noise share the stream: they are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormalStream(Stream);

impl NormalStream {
    /// The stream of one column and repeat under a seed.
    pub fn new(seed: u64, column: &str, repeat: u32) -> Self {
        Self(Stream::new(seed, column, repeat, 0))
    }

    /// The draw of one row.
    pub fn draw(&self, row: u64) -> f64 {
        let pair = self.0.pair(row / 2);
        normal_quantile(open_uniform(pair[(row % 2) as usize]))
    }

    /// The draws of the rows `first_row, first_row + 1, ...`, as many as `out` holds.
    pub fn fill(&self, first_row: u64, out: &mut [f64]) {
        let draw = |bits| normal_quantile(open_uniform(bits));
        self.0.fill(first_row, out, draw);
    }
}

/// A column's stream of uniform draws strictly between 0 and 1, one a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniformStream(Stream);

impl UniformStream {
    /// The stream of one column and repeat under a seed.
    pub fn new(seed: u64, column: &str, repeat: u32) -> Self {
        Self(Stream::new(seed, column, repeat, 1))
    }

    /// The draws of the rows `first_row, first_row + 1, ...`, as many as `out` holds.
    pub fn fill(&self, first_row: u64, out: &mut [f64]) {
        self.0.fill(first_row, out, open_uniform);
    }
}

/// A column's stream of redraws: for each row whether its value is redrawn, and from which row. The
/// rows redrawn at one probability are among those of every larger one, from the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedrawStream(Stream);

impl RedrawStream {
    /// The stream of one column and repeat under a seed.
    pub fn new(seed: u64, column: &str, repeat: u32) -> Self {
        Self(Stream::new(seed, column, repeat, 2))
    }

    /// With `probability`, the row of `rows` whose value a row gets.
    pub fn draw(&self, row: u64, rows: usize, probability: f64) -> Option<usize> {
        let [whether, whence] = self.0.pair(row);
        (open_uniform(whether) < probability).then(|| below(whence, rows))
    }
}

/// A random order of `rows` rows, all orders alike (Fisher & Yates 1938; Durstenfeld 1964).
///
/// # Panics
/// If there are more rows than a `u32` can number.
pub fn permutation(seed: u64, column: &str, repeat: u32, rows: usize) -> Vec<u32> {
    let rows = u32::try_from(rows);
    #[expect(clippy::expect_used, reason = "documented under Panics")]
    let rows = rows.expect("rows are numbered in u32");
    let stream = Stream::new(seed, column, repeat, 3);
    let mut order: Vec<u32> = (0..rows).collect();
    for last in (1..order.len()).rev() {
        let bits = stream.pair(last as u64 / 2)[last % 2];
        order.swap(last, below(bits, last + 1));
    }
    order
}

/// A number from 0 to `bound - 1`; the bias is below `bound` / 2^64.
fn below(bits: u64, bound: usize) -> usize {
    ((u128::from(bits) * bound as u128) >> 64) as usize
}

/// FNV-1a over the name's bytes (Fowler, Noll & Vo 1991).
pub(super) fn hash_name(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
pub(super) fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The middles of 2^52 equal steps: exact in an f64, and neither 0 nor 1.
fn open_uniform(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let left = u64::from(counter[0]) * 0xd251_1f53;
        let right = u64::from(counter[2]) * 0xcd9e_8d57;
        counter = [
            (right >> 32) as u32 ^ counter[1] ^ key[0],
            right as u32,
            (left >> 32) as u32 ^ counter[3] ^ key[1],
            left as u32,
        ];
        key = [
            key[0].wrapping_add(0x9e37_79b9),
            key[1].wrapping_add(0xbb67_ae85),
        ];
    }
    counter
}

/// Quantile of the standard normal distribution at `p`, strictly between 0 and 1, to about 1e-16
/// relative (Wichura 1988, AS 241, PPND16). Outside that range the result is not finite.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * (horner(&CENTRE_NUMERATOR, r) / horner(&CENTRE_DENOMINATOR, r));
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let size = if r <= 5.0 {
        horner(&FLANK_NUMERATOR, r - 1.6) / horner(&FLANK_DENOMINATOR, r - 1.6)
    } else {
        horner(&TAIL_NUMERATOR, r - 5.0) / horner(&TAIL_DENOMINATOR, r - 5.0)
    };
    size.copysign(q)
}

fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE_NUMERATOR: [f64; 8] = [
    2_509.080_928_730_122_7,
    33_430.575_583_588_13,
    67_265.770_927_008_7,
    45_921.953_931_549_87,
    13_731.693_765_509_46,
    1_971.590_950_306_551_3,
    133.141_667_891_784_38,
    3.387_132_872_796_366_5,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    5_226.495_278_852_854,
    28_729.085_735_721_943,
    39_307.895_800_092_71,
    21_213.794_301_586_597,
    5_394.196_021_424_751,
    687.187_007_492_057_9,
    42.313_330_701_600_91,
    1.0,
];
const FLANK_NUMERATOR: [f64; 8] = [
    0.000_774_545_014_278_341_4,
    0.022_723_844_989_269_184,
    0.241_780_725_177_450_6,
    1.270_458_252_452_368_4,
    3.647_848_324_763_204_5,
    5.769_497_221_460_691,
    4.630_337_846_156_546,
    1.423_437_110_749_683_5,
];
const FLANK_DENOMINATOR: [f64; 8] = [
    1.050_750_071_644_416_9e-9,
    0.000_547_593_808_499_534_5,
    0.015_198_666_563_616_457,
    0.148_103_976_427_480_08,
    0.689_767_334_985_1,
    1.676_384_830_183_803_8,
    2.053_191_626_637_759,
    1.0,
];
const TAIL_NUMERATOR: [f64; 8] = [
    2.010_334_399_292_288_1e-7,
    2.711_555_568_743_487_6e-5,
    0.001_242_660_947_388_078_4,
    0.026_532_189_526_576_124,
    0.296_560_571_828_504_87,
    1.784_826_539_917_291_3,
    5.463_784_911_164_114,
    6.657_904_643_501_103,
];
const TAIL_DENOMINATOR: [f64; 8] = [
    2.044_263_103_389_939_7e-15,
    1.421_511_758_316_446e-7,
    1.846_318_317_510_054_8e-5,
    0.000_786_869_131_145_613_3,
    0.014_875_361_290_850_615,
    0.136_929_880_922_735_8,
    0.599_832_206_555_888,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::philox4x32_10;

    /// The known answers published with Random123.
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(
            philox4x32_10([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox4x32_10([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32_10(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
