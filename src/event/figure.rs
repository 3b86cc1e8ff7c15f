//! Pictures of results as data: whoever shows them draws them.

use serde::{Deserialize, Serialize};

/// A point of a curve with its spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Where.
    pub x: f64,
    /// The value.
    pub y: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// A named curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points, by increasing x.
    pub points: Vec<CurvePoint>,
}

/// A bar of a bar chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What the bar stands for.
    pub label: String,
    /// Its length; none where the value is undefined.
    pub value: Option<f64>,
    /// The 95% interval of the value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// A few words beside the bar, for example `n 90`.
    pub note: String,
    /// True when the value breaks the rule that the chart's reference line stands for.
    pub flagged: bool,
}

/// A line across a bar chart, such as the four-fifths line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceLine {
    /// Where.
    pub value: f64,
    /// What it stands for.
    pub label: String,
}

/// A bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Rows in it.
    pub count: u64,
    /// Mean score of its rows.
    pub mean_score: f64,
    /// Share of positives among its rows.
    pub observed_rate: f64,
}

/// A picture of a dimension's results, drawn by whoever shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "figure", rename_all = "snake_case")]
pub enum Figure {
    /// Curves over a common axis.
    Curves {
        /// What is shown.
        title: String,
        /// The horizontal axis.
        x_label: String,
        /// The vertical axis.
        y_label: String,
        /// The curves.
        series: Vec<Series>,
        /// A level that is no data, such as the four-fifths line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<ReferenceLine>,
        /// A place on the horizontal axis that is marked, such as the present threshold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<ReferenceLine>,
    },
    /// Horizontal bars.
    Bars {
        /// What is shown.
        title: String,
        /// The bars, in reading order.
        bars: Vec<Bar>,
        /// A line across them.
        reference: Option<ReferenceLine>,
        /// Where bars begin: above 0 where all values lie close together far above it.
        #[serde(default, skip_serializing_if = "is_zero")]
        from: f64,
    },
    /// Score against observed rate; on the diagonal the scores mean what they say.
    Reliability {
        /// What is shown.
        title: String,
        /// Its bins, by increasing score; empty bins are left out.
        bins: Vec<ReliabilityBin>,
    },
    /// Values where two axes of words meet, such as the mean score at each pair of settings.
    HeatMap {
        /// What is shown.
        title: String,
        /// What runs across.
        x_label: String,
        /// What runs down.
        y_label: String,
        /// What the values are.
        value_label: String,
        /// The places across.
        x: Vec<String>,
        /// The places down.
        y: Vec<String>,
        /// A row for each place down, a value for each place across; none where nothing is known.
        rows: Vec<Vec<Option<f64>>>,
        /// The row and the column of the best value, where one is.
        best: Option<(usize, usize)>,
    },
    /// Upright axes side by side, and a line through all of them for each setting.
    Parallel {
        /// What is shown.
        title: String,
        /// The axes from left to right.
        axes: Vec<ParallelAxis>,
        /// The lines, the best first.
        lines: Vec<ParallelLine>,
    },
}

/// One of several upright axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParallelAxis {
    /// What stands above it.
    pub name: String,
    /// Its marks: the place, from 0 (its lower end) to 1, and what it stands for.
    pub marks: Vec<(f64, String)>,
}

/// A line through all axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParallelLine {
    /// What it stands for.
    pub name: String,
    /// Where it meets each axis, from 0 to 1; none where it has no place there.
    pub places: Vec<Option<f64>>,
}

// As serde asks for it.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Where bars begin that are to begin at `from`: the tenth below the lowest of them, if one lies below.
pub fn bars_start(bars: &[Bar], from: f64) -> f64 {
    let lows = bars.iter().filter_map(|bar| Some(bar.interval?.0));
    let ends = bars.iter().filter_map(|bar| bar.value).chain(lows);
    let lowest = ends.fold(from, f64::min);
    if lowest < from {
        ((lowest * 10.0).floor() / 10.0).max(0.0)
    } else {
        from
    }
}

impl Figure {
    /// What it shows.
    pub fn title(&self) -> &str {
        let (Self::Curves { title, .. }
        | Self::Bars { title, .. }
        | Self::Reliability { title, .. }
        | Self::HeatMap { title, .. }
        | Self::Parallel { title, .. }) = self;
        title
    }
    /// What it shows, and where its bars begin if not at 0.
    pub fn title_with_axis(&self) -> String {
        match self {
            Self::Bars {
                title, bars, from, ..
            } if *from > 0.0 => format!("{title}, from {}", bars_start(bars, *from)),
            _ => self.title().to_owned(),
        }
    }
}
