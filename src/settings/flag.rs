//! What flags can take: the kinds of values that stand under keys, as they come on a command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::protected::Attributes;
use super::size::Size;
use super::span::Span;
use super::value::{AnyText, On, Threads, Words};
use super::word::word;
use crate::vocabulary::{Choice, Device, Separator, Task};

/// What can be given with a flag.
pub(crate) trait FlagValue: Clone + Send + Sync + 'static {
    /// What stands between several values of one flag, for kinds that can stand in a row.
    const DELIMITER: Option<char> = None;

    /// Says how the flag's value is read.
    fn declare(arg: Arg) -> Arg;

    /// What was given.
    fn given(matches: &ArgMatches, flag: &str) -> Option<Self> {
        matches.get_one::<Self>(flag).cloned()
    }
}

/// Kinds that are read by their own rules.
macro_rules! plain_values {
    ($($kind:ty),+ $(,)?) => {
        $(
            impl FlagValue for $kind {
                fn declare(arg: Arg) -> Arg {
                    arg.value_parser(value_parser!($kind))
                }
            }
        )+
    };
}
plain_values!(PathBuf, u64, usize, NonZeroUsize, Size, Span, Device);

impl FlagValue for String {
    const DELIMITER: Option<char> = Some(',');

    fn declare(arg: Arg) -> Arg {
        arg.value_parser(value_parser!(Self))
    }
}

impl FlagValue for f64 {
    fn declare(arg: Arg) -> Arg {
        let parsed = arg.value_parser(value_parser!(Self));
        parsed.allow_hyphen_values(true)
    }
}

impl FlagValue for AnyText {
    fn declare(arg: Arg) -> Arg {
        arg.value_parser(StringValueParser::new().map(Self))
            .allow_hyphen_values(true)
    }
}

impl FlagValue for Task {
    fn declare(arg: Arg) -> Arg {
        let binary = |positive| Self::Binary { positive };
        arg.value_parser(StringValueParser::new().map(binary))
            .allow_hyphen_values(true)
    }
}

impl FlagValue for Separator {
    fn declare(arg: Arg) -> Arg {
        let named = |text: String| Self::named(&text).ok_or("one sign, or tab");
        arg.value_parser(StringValueParser::new().try_map(named))
    }
}

impl FlagValue for Threads {
    fn declare(arg: Arg) -> Arg {
        arg.value_parser(|text: &str| text.parse().map(Self))
    }
}

impl<T: Choice> FlagValue for T {
    fn declare(arg: Arg) -> Arg {
        arg.value_parser(word::<T>())
    }
}

impl<T: FlagValue> FlagValue for Vec<T> {
    fn declare(arg: Arg) -> Arg {
        let arg = T::declare(arg).action(ArgAction::Append);
        match T::DELIMITER {
            Some(delimiter) => arg.value_delimiter(delimiter),
            None => arg,
        }
    }

    fn given(matches: &ArgMatches, flag: &str) -> Option<Self> {
        let values = matches.get_many::<T>(flag)?;
        Some(values.cloned().collect())
    }
}

impl FlagValue for Words {
    fn declare(arg: Arg) -> Arg {
        let words = |text: String| Self(text.split(',').map(str::to_owned).collect());
        arg.value_parser(StringValueParser::new().map(words))
            .allow_hyphen_values(true)
    }
}

impl FlagValue for On {
    fn declare(arg: Arg) -> Arg {
        arg.action(ArgAction::SetTrue)
    }

    /// The flag says no.
    fn given(matches: &ArgMatches, flag: &str) -> Option<Self> {
        matches.get_flag(flag).then_some(Self(false))
    }
}

impl FlagValue for Attributes {
    fn declare(arg: Arg) -> Arg {
        arg.value_parser(value_parser!(Self))
            .action(ArgAction::Append)
    }

    fn given(matches: &ArgMatches, flag: &str) -> Option<Self> {
        let parts = matches.get_many::<Self>(flag)?.cloned();
        Some(Self(parts.flat_map(|part| part.0).collect()))
    }
}
