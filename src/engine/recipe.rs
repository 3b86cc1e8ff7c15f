//! Recipes: all that decides what a value is, apart from its inputs, as canonical bytes.
//!
//! Fields are named and ordered, floats go in by their bits, texts by UTF-8 with their lengths. No
//! name of a Rust type and no rendering for people takes part, so an id outlives both.

use std::path::PathBuf;

use crate::vocabulary::ContentId;

/// Goes into every derived id: raised when the encoding, or the meaning of a stored value, changes.
pub const SCHEMA: u32 = 2;

/// All that decides what a value is: the same recipe with the same inputs gives the same bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    operation: &'static str,
    parameters: Vec<(&'static str, Vec<u8>)>,
    stamped: Vec<PathBuf>,
}

impl Recipe {
    /// What is done.
    pub fn new(operation: &'static str) -> Self {
        Self {
            operation,
            ..Self::default()
        }
    }

    /// A parameter that could change the result.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Canonical) -> Self {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        self.parameters.push((name, bytes));
        self
    }

    /// A file that is known by its stamp alone: for what is looked up at its head, and would cost
    /// more to hash than to read. What is made from that does not depend on the stamp.
    #[must_use]
    pub fn stamped(mut self, file: impl Into<PathBuf>) -> Self {
        self.stamped.push(file.into());
        self
    }

    /// The files that are known by their stamps.
    pub fn stamped_files(&self) -> &[PathBuf] {
        &self.stamped
    }

    /// The parameters by name, each as an id.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, ContentId)> {
        let parameters = self.parameters.iter();
        parameters.map(|(name, bytes)| (*name, ContentId::new(*blake3::hash(bytes).as_bytes())))
    }

    /// The id of what it makes from inputs of these ids and from stamped files of these versions.
    pub fn derive(&self, versions: &[ContentId], inputs: &[ContentId]) -> ContentId {
        let mut bytes = Vec::with_capacity(256);
        SCHEMA.write(&mut bytes);
        self.operation.write(&mut bytes);
        (self.parameters.len() as u64).write(&mut bytes);
        for (name, value) in &self.parameters {
            name.write(&mut bytes);
            (value.len() as u64).write(&mut bytes);
            bytes.extend_from_slice(value);
        }
        versions.write(&mut bytes);
        inputs.write(&mut bytes);
        ContentId::new(*blake3::hash(&bytes).as_bytes())
    }
}

/// What has one encoding as bytes, for good.
pub trait Canonical {
    /// Appends that encoding.
    fn write(&self, bytes: &mut Vec<u8>);
}

macro_rules! number {
    ($($type:ty),+) => {
        $(impl Canonical for $type {
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        })+
    };
}

number!(u32, u64, i64);

impl Canonical for bool {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
}

impl Canonical for f64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.to_bits().write(bytes);
    }
}

impl Canonical for str {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        bytes.extend_from_slice(self.as_bytes());
    }
}

impl Canonical for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.as_str().write(bytes);
    }
}

impl Canonical for ContentId {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
    }
}

impl<T: Canonical> Canonical for [T] {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        for item in self {
            item.write(bytes);
        }
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.as_slice().write(bytes);
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.is_some().write(bytes);
        if let Some(value) = self {
            value.write(bytes);
        }
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
    }
}

impl<T: Canonical + ?Sized> Canonical for &T {
    fn write(&self, bytes: &mut Vec<u8>) {
        (**self).write(bytes);
    }
}
