//! `LabelEncoder` of `ai.onnx.ml`, and its forerunner `CategoryMapper`: a value for a value.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::tensor::{Data, Failure, Tensor};
use crate::inference::native::text_codes::TextCodes;
use crate::inference::onnx::{Node, Numbers};

/// The older form: from texts to whole numbers or back, whichever it is given.
#[derive(Debug)]
struct BothWays {
    there: LabelEncoder,
    back: LabelEncoder,
}

#[derive(Debug)]
struct LabelEncoder {
    keys: Keys,
    values: Values,
}

#[derive(Debug)]
enum Keys {
    Texts(TextCodes),
    Integers(HashMap<i64, u32>),
    /// By bits; all NaN are one key, if any, and both zeros are one.
    Floats(HashMap<u32, u32>),
    Doubles(HashMap<u64, u32>),
}

/// Values in the order of the keys, and the one for everything else.
#[derive(Debug)]
enum Values {
    Texts(Vec<String>, String),
    Integers(Vec<i64>, i64),
    Floats(Vec<f32>, f32),
    Doubles(Vec<f64>, f64),
}

pub(super) fn build(node: &Node<'_>) -> Built {
    if node.op == "CategoryMapper" {
        let (texts, numbers) = (node.texts("cats_strings")?, node.integers("cats_int64s")?);
        return both_ways(node, texts, numbers);
    }
    if node.opset < 2 {
        let texts = node.texts("classes_strings")?;
        let numbers = (0..texts.len() as i64).collect();
        return both_ways(node, texts, numbers);
    }
    let keys = list(node, "keys")?;
    let values = list(node, "values")?;
    if keys.len() != values.len() {
        return Err(Refusal::Broken(format!(
            "{} keys for {} values",
            keys.len(),
            values.len()
        )));
    }
    let default = match node.tensor("default_tensor")? {
        Some(tensor) => tensor.content()?.map(|(_, numbers)| numbers),
        None => None,
    };
    // As in ONNX Runtime: before opset 4 NaN equals no key, and the first of equal keys counts.
    let finds_nan = node.opset >= 4;
    let keys = match keys {
        Numbers::Text(texts) => Keys::Texts(TextCodes::first(texts)),
        Numbers::I64(all) => Keys::Integers(first_codes(all.into_iter())),
        Numbers::F32(all) => {
            let mut codes = first_codes(all.into_iter().map(float_key));
            if !finds_nan {
                codes.remove(&float_key(f32::NAN));
            }
            Keys::Floats(codes)
        }
        Numbers::F64(all) => {
            let mut codes = first_codes(all.into_iter().map(double_key));
            if !finds_nan {
                codes.remove(&double_key(f64::NAN));
            }
            Keys::Doubles(codes)
        }
        _ => return Err(Refusal::Uncovered("LabelEncoder with such keys".into())),
    };
    let values = match (values, default) {
        (Numbers::Text(all), None) => {
            let default = node.text("default_string")?.unwrap_or("_Unused");
            Values::Texts(all, default.to_owned())
        }
        (Numbers::Text(all), Some(Numbers::Text(default))) if default.len() == 1 => {
            Values::Texts(all, default.concat())
        }
        (Numbers::I64(all), None) => {
            Values::Integers(all, node.integer("default_int64")?.unwrap_or(-1))
        }
        (Numbers::I64(all), Some(Numbers::I64(default))) if default.len() == 1 => {
            Values::Integers(all, default[0])
        }
        (Numbers::F32(all), None) => {
            Values::Floats(all, node.float("default_float")?.unwrap_or(-0.0))
        }
        (Numbers::F32(all), Some(Numbers::F32(default))) if default.len() == 1 => {
            Values::Floats(all, default[0])
        }
        (Numbers::F64(all), None) => Values::Doubles(all, -0.0),
        (Numbers::F64(all), Some(Numbers::F64(default))) if default.len() == 1 => {
            Values::Doubles(all, default[0])
        }
        _ => return Err(Refusal::Uncovered("LabelEncoder with such values".into())),
    };
    Ok(Box::new(LabelEncoder { keys, values }))
}

fn both_ways(node: &Node<'_>, texts: Vec<String>, numbers: Vec<i64>) -> Built {
    if texts.is_empty() || texts.len() != numbers.len() {
        return Err(Refusal::Broken(format!(
            "{} texts for {} numbers",
            texts.len(),
            numbers.len()
        )));
    }
    let default = node.integer("default_int64")?.unwrap_or(-1);
    let unused = node.text("default_string")?.unwrap_or("_Unused").to_owned();
    // Of equal ones the last counts, as in ONNX Runtime.
    let back = Keys::Integers(numbers.iter().copied().zip(0..).collect());
    Ok(Box::new(BothWays {
        there: LabelEncoder {
            keys: Keys::Texts(TextCodes::new(texts.clone())),
            values: Values::Integers(numbers, default),
        },
        back: LabelEncoder {
            keys: back,
            values: Values::Texts(texts, unused),
        },
    }))
}

fn first_codes<K: Eq + std::hash::Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, u32> {
    let mut codes = HashMap::new();
    for (key, code) in keys.zip(0..) {
        codes.entry(key).or_insert(code);
    }
    codes
}

fn list(node: &Node<'_>, what: &str) -> Result<Numbers, Refusal> {
    let texts = node.texts(&format!("{what}_strings"))?;
    if !texts.is_empty() {
        return Ok(Numbers::Text(texts));
    }
    let integers = node.integers(&format!("{what}_int64s"))?;
    if !integers.is_empty() {
        return Ok(Numbers::I64(integers));
    }
    let floats = node.floats(&format!("{what}_floats"))?;
    if !floats.is_empty() {
        return Ok(Numbers::F32(floats));
    }
    match node.tensor(&format!("{what}_tensor"))? {
        Some(tensor) => match tensor.content()? {
            Some((_, numbers)) => Ok(numbers),
            None => Err(Refusal::Uncovered("LabelEncoder with such tensors".into())),
        },
        None => Err(Refusal::Broken(format!("it has no {what}"))),
    }
}

fn float_key(value: f32) -> u32 {
    if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        // Turns -0 into 0.
        (value + 0.0).to_bits()
    }
}

fn double_key(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        (value + 0.0).to_bits()
    }
}

impl LabelEncoder {
    fn codes(&self, x: &Tensor<'_>) -> Result<Vec<Option<u32>>, Failure> {
        Ok(match (&self.keys, &x.data) {
            (Keys::Texts(codes), Data::Text(texts)) => {
                let mut memo = codes.memo();
                texts.iter().map(|text| memo.code(text)).collect()
            }
            (Keys::Texts(known), Data::Categories { texts, codes }) => {
                known.of_categories(texts, codes)
            }
            (Keys::Integers(codes), Data::I64(all)) => {
                all.iter().map(|key| codes.get(key).copied()).collect()
            }
            (Keys::Floats(codes), Data::F32(all)) => all
                .iter()
                .map(|key| codes.get(&float_key(*key)).copied())
                .collect(),
            (Keys::Doubles(codes), Data::F64(all)) => all
                .iter()
                .map(|key| codes.get(&double_key(*key)).copied())
                .collect(),
            (_, data) => return Err(format!("its keys are not {}", data.type_name())),
        })
    }
}

fn look_up<T: Copy>(codes: &[Option<u32>], values: impl Fn(usize) -> T, default: T) -> Vec<T> {
    codes
        .iter()
        .map(|code| code.map_or(default, |code| values(code as usize)))
        .collect()
}

impl Operator for LabelEncoder {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let codes = self.codes(x)?;
        let data = match &self.values {
            Values::Texts(all, default) => Data::Text(Cow::Owned(look_up(
                &codes,
                |code| all[code].as_str(),
                default.as_str(),
            ))),
            Values::Integers(all, default) => {
                Data::I64(Cow::Owned(look_up(&codes, |code| all[code], *default)))
            }
            Values::Floats(all, default) => {
                Data::F32(Cow::Owned(look_up(&codes, |code| all[code], *default)))
            }
            Values::Doubles(all, default) => {
                Data::F64(Cow::Owned(look_up(&codes, |code| all[code], *default)))
            }
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }

    fn takes_categories(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        let keys = match &self.keys {
            Keys::Texts(codes) => codes.bytes(),
            Keys::Integers(codes) => footprint::table(codes),
            Keys::Floats(codes) => footprint::table(codes),
            Keys::Doubles(codes) => footprint::table(codes),
        };
        let values = match &self.values {
            Values::Texts(all, default) => footprint::texts(all) + footprint::text(default),
            Values::Integers(all, _) => footprint::list(all),
            Values::Floats(all, _) => footprint::list(all),
            Values::Doubles(all, _) => footprint::list(all),
        };
        keys + values
    }
}

impl Operator for BothWays {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        match input(inputs, 0)?.data {
            Data::Text(_) => self.there.run(inputs),
            _ => self.back.run(inputs),
        }
    }

    fn bytes(&self) -> usize {
        self.there.bytes() + self.back.bytes()
    }
}
