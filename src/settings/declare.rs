//! Declaring settings: what is written once of each, and all that follows from it.

use std::fmt;

use clap::{Arg, Command};

/// A setting: what files, flags, help and documentation say of it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its section in a file; empty for a key outside of all.
    pub section: &'static str,
    /// Its key there.
    pub key: &'static str,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// In words, what holds where it is not set; none where that needs no word.
    pub default: Option<&'static str>,
    /// Its flag, if it has one.
    pub flag: Option<Flag>,
    pub(crate) heading: &'static str,
    pub(crate) takes: fn() -> String,
}

/// The flag of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// What its value is called in the help; empty where it takes none.
    pub value_name: &'static str,
    pub(crate) declare: fn(Arg) -> Arg,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.name)
    }
}

impl Setting {
    /// Its key with its section, such as `engine.memory_budget`.
    pub fn name(&self) -> String {
        match self.section {
            "" => self.key.to_owned(),
            section => format!("{section}.{}", self.key),
        }
    }

    /// What its key takes, in words.
    pub fn takes(&self) -> String {
        (self.takes)()
    }

    /// Its line in the help.
    fn help(&self) -> String {
        match self.default {
            Some(default) => format!("{} [default: {default}]", self.doc),
            None => self.doc.to_owned(),
        }
    }
}

/// Adds the flags of these settings.
pub(crate) fn add_flags(command: Command, settings: &[Setting]) -> Command {
    settings.iter().fold(command, |command, setting| {
        let Some(flag) = &setting.flag else {
            return command;
        };
        let arg = Arg::new(flag.name).long(flag.name).help(setting.help());
        let arg = match flag.value_name {
            "" => arg,
            name => arg.value_name(name),
        };
        command.arg((flag.declare)(arg.help_heading(setting.heading)))
    })
}

/// Declares settings of one section; the heading is that of their flags in the help.
///
/// It makes a struct of what is given, nothing where nothing is, that is read from a section of a
/// file and from flags alike. A setting is its doc line, its key, the kind of its values, its flag
/// with the name of its value, and in words what holds where it is not set.
macro_rules! settings {
    (
        $(#[$about:meta])*
        $section:literal, $heading:literal, $given:ident {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $kind:ty $(, flag $flag:literal $value:literal)?
                    $(, default $default:literal)?;
            )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $given {
            $( $(#[doc = $doc])+ pub(crate) $key: Option<$kind>, )+
        }

        impl $given {
            /// All that is said of each.
            pub(crate) const SETTINGS: &'static [$crate::settings::Setting] = &[
                $( $crate::settings::Setting {
                    section: $section,
                    key: stringify!($key),
                    doc: concat!($($doc),+).trim_ascii(),
                    default: $crate::settings::declare::maybe!($($default)?),
                    flag: $crate::settings::declare::maybe!($($crate::settings::Flag {
                        name: $flag,
                        value_name: $value,
                        declare: <$kind as $crate::settings::flag::FlagValue>::declare,
                    })?),
                    heading: $heading,
                    takes: <$kind as $crate::settings::Readable>::takes,
                }, )+
            ];

            /// The keys of the section.
            pub(crate) const KEYS: &'static [&'static str] = &[$( stringify!($key), )+];

            /// What a section of a file gives; paths are taken from `folder`.
            pub(crate) fn read(
                section: &$crate::settings::Section<'_>,
                folder: &::std::path::Path,
                problems: &mut $crate::settings::Problems,
            ) -> Self {
                $( let $key: Option<$kind> = section.optional(stringify!($key), problems); )+
                Self {
                    $( $key: $key.map(|given| $crate::settings::Readable::in_folder(given, folder)), )+
                }
            }
        }

        impl ::clap::FromArgMatches for $given {
            #[allow(unused_variables, reason = "a section may have no flags")]
            fn from_arg_matches(matches: &::clap::ArgMatches) -> Result<Self, ::clap::Error> {
                Ok(Self {
                    $( $key: $crate::settings::declare::from_flag!(matches, $kind $(, $flag)?), )+
                })
            }

            fn update_from_arg_matches(
                &mut self,
                matches: &::clap::ArgMatches,
            ) -> Result<(), ::clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl ::clap::Args for $given {
            fn augment_args(command: ::clap::Command) -> ::clap::Command {
                $crate::settings::declare::add_flags(command, Self::SETTINGS)
            }

            fn augment_args_for_update(command: ::clap::Command) -> ::clap::Command {
                Self::augment_args(command)
            }
        }
    };
}
pub(crate) use settings;

macro_rules! maybe {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}
pub(crate) use maybe;

macro_rules! from_flag {
    ($matches:ident, $kind:ty) => {
        None
    };
    ($matches:ident, $kind:ty, $flag:literal) => {
        <$kind as $crate::settings::flag::FlagValue>::given($matches, $flag)
    };
}
pub(crate) use from_flag;
