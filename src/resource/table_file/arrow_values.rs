//! The values of Arrow arrays, which Parquet files are read as too: as numbers, and as texts.

use polars_arrow::array::{
    Array, BinaryArray, BinaryViewArray, BooleanArray, DictionaryArray, PrimitiveArray, Utf8Array,
    Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_arrow::types::{NativeType, i256};
use polars_utils::float16::pf16;

use super::spelling;
use super::texts::Texts;
use crate::vocabulary::TextForm;

/// Why values cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// They are of a type that is not asked for.
    Type,
    /// Bytes that are no text, at this place in the array.
    NoText(usize),
    /// They contradict themselves: the file is damaged.
    Damaged,
}

const MILLISECONDS_A_DAY: i64 = 86_400_000;

/// Runs one arm for the array's keys, whatever their type.
macro_rules! with_keys {
    ($array:expr, $type:expr, $dictionary:ident => $body:expr) => {
        match $type {
            IntegerType::Int8 => with_keys!(@ $array, i8, $dictionary => $body),
            IntegerType::Int16 => with_keys!(@ $array, i16, $dictionary => $body),
            IntegerType::Int32 => with_keys!(@ $array, i32, $dictionary => $body),
            IntegerType::Int64 => with_keys!(@ $array, i64, $dictionary => $body),
            IntegerType::UInt8 => with_keys!(@ $array, u8, $dictionary => $body),
            IntegerType::UInt16 => with_keys!(@ $array, u16, $dictionary => $body),
            IntegerType::UInt32 => with_keys!(@ $array, u32, $dictionary => $body),
            IntegerType::UInt64 => with_keys!(@ $array, u64, $dictionary => $body),
            _ => Err(Unfit::Type),
        }
    };
    (@ $array:expr, $key:ty, $dictionary:ident => $body:expr) => {{
        let $dictionary: &DictionaryArray<$key> = down($array)?;
        $body
    }};
}

fn down<A: 'static>(array: &dyn Array) -> Result<&A, Unfit> {
    array.as_any().downcast_ref().ok_or(Unfit::Damaged)
}

/// Adds the array's values as numbers; missing ones are NaN.
pub(super) fn numbers(array: &dyn Array, out: &mut Vec<f64>) -> Result<(), Unfit> {
    use ArrowDataType as A;
    match array.dtype().to_storage() {
        A::Float64 => primitive(array, out, |v: f64| v),
        A::Float32 => primitive(array, out, |v: f32| f64::from(v)),
        A::Float16 => primitive(array, out, |v: pf16| v.0.to_f64()),
        A::Int8 => primitive(array, out, |v: i8| f64::from(v)),
        A::Int16 => primitive(array, out, |v: i16| f64::from(v)),
        A::Int32 => primitive(array, out, |v: i32| f64::from(v)),
        A::Int64 => primitive(array, out, |v: i64| v as f64),
        A::UInt8 => primitive(array, out, |v: u8| f64::from(v)),
        A::UInt16 => primitive(array, out, |v: u16| f64::from(v)),
        A::UInt32 => primitive(array, out, |v: u32| f64::from(v)),
        A::UInt64 => primitive(array, out, |v: u64| v as f64),
        A::Decimal32(_, scale) => {
            let scale = *scale;
            primitive(array, out, |v: i32| decimal(i128::from(v), scale))
        }
        A::Decimal64(_, scale) => {
            let scale = *scale;
            primitive(array, out, |v: i64| decimal(i128::from(v), scale))
        }
        A::Decimal(_, scale) => {
            let scale = *scale;
            primitive(array, out, |v: i128| decimal(v, scale))
        }
        A::Decimal256(_, scale) => {
            let scale = *scale;
            primitive(array, out, |v: i256| parsed(&v.0.to_string(), scale))
        }
        A::Boolean => {
            let array: &BooleanArray = down(array)?;
            let number = |value: Option<bool>| value.map_or(f64::NAN, |v| f64::from(u8::from(v)));
            out.extend(array.iter().map(number));
            Ok(())
        }
        A::Null => {
            out.try_reserve(array.len()).map_err(|_| Unfit::Damaged)?;
            out.resize(out.len() + array.len(), f64::NAN);
            Ok(())
        }
        A::Dictionary(keys, ..) => with_keys!(array, *keys, dictionary => {
            let mut values = Vec::with_capacity(dictionary.values().len());
            numbers(dictionary.values().as_ref(), &mut values)?;
            for key in dictionary.keys_iter() {
                out.push(match key {
                    Some(key) => *values.get(key).ok_or(Unfit::Damaged)?,
                    None => f64::NAN,
                });
            }
            Ok(())
        }),
        _ => Err(Unfit::Type),
    }
}

fn primitive<T: NativeType>(
    array: &dyn Array,
    out: &mut Vec<f64>,
    number: impl Fn(T) -> f64,
) -> Result<(), Unfit> {
    let array: &PrimitiveArray<T> = down(array)?;
    if array.null_count() == 0 {
        out.extend(array.values().iter().map(|value| number(*value)));
    } else {
        let values = array.iter();
        out.extend(values.map(|value| value.map_or(f64::NAN, |v| number(*v))));
    }
    Ok(())
}

/// The number nearest to a whole number over a power of ten.
fn decimal(unscaled: i128, scale: usize) -> f64 {
    /// Powers of ten up to this one are exact.
    const EXACT_SCALE: usize = 22;
    if scale <= EXACT_SCALE && unscaled.unsigned_abs() < 1 << 53 {
        // One rounding of two exact numbers.
        return unscaled as f64 / 10_f64.powi(scale as i32);
    }
    parsed(&unscaled.to_string(), scale)
}

fn parsed(unscaled: &str, scale: usize) -> f64 {
    format!("{unscaled}e-{scale}").parse().unwrap_or(f64::NAN)
}

/// Adds the array's values as texts.
pub(super) fn texts(array: &dyn Array, form: TextForm, out: &mut Texts) -> Result<(), Unfit> {
    use ArrowDataType as A;
    match array.dtype().to_storage() {
        A::Utf8 => {
            let array: &Utf8Array<i32> = down(array)?;
            array.iter().for_each(|text| out.push(text));
            Ok(())
        }
        A::LargeUtf8 => {
            let array: &Utf8Array<i64> = down(array)?;
            array.iter().for_each(|text| out.push(text));
            Ok(())
        }
        A::Utf8View => {
            let array: &Utf8ViewArray = down(array)?;
            let mut shared = out.shared();
            let mut rows = array.iter();
            rows.try_for_each(|text| shared.push(text, Ok))
        }
        A::Binary => bytes(down::<BinaryArray<i32>>(array)?.iter(), out),
        A::LargeBinary => bytes(down::<BinaryArray<i64>>(array)?.iter(), out),
        A::BinaryView => bytes(down::<BinaryViewArray>(array)?.iter(), out),
        A::Boolean => {
            let array: &BooleanArray = down(array)?;
            let values = array.iter();
            values.for_each(|value| out.push(value.map(|v| spelling::truth(v, form))));
            Ok(())
        }
        A::Float64 => spelt(array, out, |v: f64| {
            (!v.is_nan()).then(|| spelling::double(v, form))
        }),
        A::Float32 => spelt(array, out, |v: f32| {
            (!v.is_nan()).then(|| spelling::single(v, form))
        }),
        A::Float16 => spelt(array, out, |v: pf16| {
            let v = v.0.to_f32();
            (!v.is_nan()).then(|| spelling::single(v, form))
        }),
        A::Int8 => spelt(array, out, |v: i8| Some(v.to_string())),
        A::Int16 => spelt(array, out, |v: i16| Some(v.to_string())),
        A::Int32 => spelt(array, out, |v: i32| Some(v.to_string())),
        A::Int64 => spelt(array, out, |v: i64| Some(v.to_string())),
        A::UInt8 => spelt(array, out, |v: u8| Some(v.to_string())),
        A::UInt16 => spelt(array, out, |v: u16| Some(v.to_string())),
        A::UInt32 => spelt(array, out, |v: u32| Some(v.to_string())),
        A::UInt64 => spelt(array, out, |v: u64| Some(v.to_string())),
        A::Decimal32(_, scale) => spelt(array, out, |v: i32| {
            Some(spelling::decimal(&v.to_string(), *scale))
        }),
        A::Decimal64(_, scale) => spelt(array, out, |v: i64| {
            Some(spelling::decimal(&v.to_string(), *scale))
        }),
        A::Decimal(_, scale) => spelt(array, out, |v: i128| {
            Some(spelling::decimal(&v.to_string(), *scale))
        }),
        A::Decimal256(_, scale) => spelt(array, out, |v: i256| {
            Some(spelling::decimal(&v.0.to_string(), *scale))
        }),
        A::Date32 => spelt(array, out, |v: i32| Some(spelling::date(i64::from(v)))),
        A::Date64 => spelt(array, out, |v: i64| {
            Some(spelling::date(v.div_euclid(MILLISECONDS_A_DAY)))
        }),
        A::Null => {
            (0..array.len()).for_each(|_| out.push(None));
            Ok(())
        }
        A::Dictionary(keys, ..) => with_keys!(array, *keys, dictionary => {
            let mut values = Texts::default();
            texts(dictionary.values().as_ref(), form, &mut values)?;
            let values = values.rows_as_texts();
            let mut shared = out.shared();
            for key in dictionary.keys_iter() {
                let text = match key {
                    Some(key) => *values.get(key).ok_or(Unfit::Damaged)?,
                    None => None,
                };
                shared.push::<_, Unfit>(text, Ok)?;
            }
            Ok(())
        }),
        _ => Err(Unfit::Type),
    }
}

fn bytes<'a>(values: impl Iterator<Item = Option<&'a [u8]>>, out: &mut Texts) -> Result<(), Unfit> {
    let mut shared = out.shared();
    for (place, value) in values.enumerate() {
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Unfit::NoText(place));
        shared.push(value, text)?;
    }
    Ok(())
}

fn spelt<T: NativeType>(
    array: &dyn Array,
    out: &mut Texts,
    text: impl Fn(T) -> Option<String>,
) -> Result<(), Unfit> {
    let array: &PrimitiveArray<T> = down(array)?;
    for value in array {
        out.push(value.and_then(|value| text(*value)).as_deref());
    }
    Ok(())
}
