//! Settings as plain data.

/// Makes a struct of settings that are declared once, as in `engine_settings`: its fields, and what holds
/// where nothing is written.
macro_rules! plain {
    ($(#[doc = $about:literal])+ $name:ident { $(
        $(#[doc = $doc:literal])+
        $key:ident: $written:ty $(, flag $flag:literal $value:literal)? $(, default $told:literal)?
            => $field:ident: $held:ty = $default:expr;
    )+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $held, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }
    };
}
pub(super) use plain;
