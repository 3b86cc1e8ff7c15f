//! A metric over repeats that differ in nothing but their draws.

/// Mean, spread and 95% interval of a metric over its repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    /// Arithmetic mean.
    pub mean: f64,
    /// Population standard deviation (ddof 0). `None` of a single repeat.
    pub std: Option<f64>,
    /// The smallest value.
    pub lowest: f64,
    /// The largest value.
    pub highest: f64,
    /// The 95% interval of the mean (see [`t_interval`]). `None` of a single repeat.
    pub interval: Option<(f64, f64)>,
}

impl Repeats {
    /// Sums up the repeats. `None` without any, or where a value is undefined.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let several = values.len() > 1;
        Some(Self {
            mean,
            std: several.then(|| (squares / n).sqrt()),
            lowest: values.iter().copied().reduce(f64::min)?,
            highest: values.iter().copied().reduce(f64::max)?,
            interval: t_interval(&values),
        })
    }

    /// The worst of the repeats.
    pub fn worst(&self, is_lower_better: bool) -> f64 {
        if is_lower_better {
            self.highest
        } else {
            self.lowest
        }
    }
}

/// The 95% interval of the mean by Student's t: `mean -+ t(0.975, m - 1) s / sqrt(m)`, `s` the
/// sample standard deviation (ddof 1) of the `m` values (Student 1908). `None` of fewer than two.
pub fn t_interval(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let error = (squares / (n - 1) as f64 / n as f64).sqrt();
    let half = t_quantile_975(n - 1) * error;
    Some((mean - half, mean + half))
}

/// 97.5% quantiles of Student's t for 1 to 30 degrees of freedom (scipy 1.17, `t.ppf`).
const T_975: [f64; 30] = [
    12.706_204_736_2,
    4.302_652_729_7,
    3.182_446_305_3,
    2.776_445_105_2,
    2.570_581_835_6,
    2.446_911_851_1,
    2.364_624_251_6,
    2.306_004_135_2,
    2.262_157_162_8,
    2.228_138_852_0,
    2.200_985_160_1,
    2.178_812_829_7,
    2.160_368_656_5,
    2.144_786_687_9,
    2.131_449_545_6,
    2.119_905_299_2,
    2.109_815_577_8,
    2.100_922_040_2,
    2.093_024_054_4,
    2.085_963_447_3,
    2.079_613_844_7,
    2.073_873_067_9,
    2.068_657_610_4,
    2.063_898_561_6,
    2.059_538_552_8,
    2.055_529_438_6,
    2.051_830_516_5,
    2.048_407_141_8,
    2.045_229_642_1,
    2.042_272_456_3,
];

/// The 97.5% quantile of Student's t. Beyond 30 degrees of freedom by the expansion in their
/// inverse around the normal quantile (Cornish & Fisher 1938), to about 1e-7.
fn t_quantile_975(degrees: usize) -> f64 {
    if let Some(quantile) = degrees.checked_sub(1).and_then(|i| T_975.get(i)) {
        return *quantile;
    }
    let (z, v) = (1.959_963_984_540_054_f64, degrees as f64);
    let terms = [
        z,
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| sum / v + term)
}
