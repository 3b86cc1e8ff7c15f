//! What a user chooses from a short list: dimensions, strategies, presets, codecs.

/// One of a closed list of named alternatives, for flags, files and help alike.
pub trait Choice: Copy + Sized + Send + Sync + 'static {
    /// All of them, in the order in which they are told.
    const ALL: &'static [Self];
    /// The name used on the command line, in files and in reports.
    fn name(self) -> &'static str;
    /// What it stands for, in a sentence.
    fn doc(self) -> &'static str;

    /// The alternative of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|choice| choice.name() == name)
    }
}

/// Declares such a list: its names, its doc lines and its order are written once.
macro_rules! choice {
    (
        $(#[$attribute:meta])*
        pub enum $type:ident {
            $( $(#[doc = $doc:literal])+ $(#[default $($default:tt)*])? $variant:ident = $name:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(::serde::Serialize, ::serde::Deserialize)]
        pub enum $type {
            $(
                $(#[doc = $doc])+
                $(#[default $($default)*])?
                #[serde(rename = $name)]
                $variant,
            )+
        }

        impl $type {
            /// The name used on the command line, in files and in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$variant => $name, )+
                }
            }
        }

        impl $crate::vocabulary::Choice for $type {
            const ALL: &'static [Self] = &[$( Self::$variant, )+];

            fn name(self) -> &'static str {
                Self::name(self)
            }

            fn doc(self) -> &'static str {
                match self {
                    $( Self::$variant => concat!($($doc),+).trim_ascii(), )+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

choice! {
    /// The five validation dimensions, in the order in which a run works through them.
    pub enum Dimension {
        /// Do the answers hold when the inputs are disturbed a little?
        Robustness = "robustness",
        /// Do the answers treat groups of people alike?
        Fairness = "fairness",
        /// Do the scores mean what they say, and how sure is each answer?
        Uncertainty = "uncertainty",
        /// Do the answers hold on data that has drifted?
        Resilience = "resilience",
        /// Which settings of the model matter?
        Hyperparameters = "hyperparameters",
    }
}

impl Dimension {
    /// All of them, in running order.
    pub const ALL: [Self; 5] = [
        Self::Robustness,
        Self::Fairness,
        Self::Uncertainty,
        Self::Resilience,
        Self::Hyperparameters,
    ];
}

choice! {
    /// When resources are loaded.
    #[derive(Default)]
    pub enum Strategy {
        /// Model and dataset first, and kept; the rest as in `lazy-all`.
        #[default]
        EagerCore = "eager-core",
        /// Nothing before a dimension asks for it; freed as soon as nobody holds it.
        LazyAll = "lazy-all",
        /// What two or more of the dimensions share first, and kept, with whatever loads beside it
        /// in no extra time; the rest as in `lazy-all`.
        Adaptive = "adaptive",
        /// Everything that the experiment names, before the first dimension starts; kept.
        Eager = "eager",
    }
}

impl Strategy {
    /// All of them, in the order in which a key press goes through them.
    pub const ALL: [Self; 4] = [Self::EagerCore, Self::LazyAll, Self::Adaptive, Self::Eager];

    /// The strategy after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let here = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL[(here + 1) % Self::ALL.len()]
    }
}

choice! {
    /// What cached predictions are packed with while nobody works with them.
    pub enum Codec {
        /// Fast; it finds repetitions only.
        Lz4 = "lz4",
        /// Smaller.
        Zstd = "zstd",
    }
}

choice! {
    /// How thorough a run is. It changes the precision of results, never their meaning.
    #[derive(Default)]
    pub enum Preset {
        /// Seconds.
        #[default]
        Quick = "quick",
        /// More levels and repeats.
        Medium = "medium",
        /// As many as a release decision deserves.
        Full = "full",
    }
}
