//! Packs the bundled experiment: its files compressed, each with the digest of what it unpacks to.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const FOLDER: &str = "sample_data/adult";
const FILES: &[&str] = &[
    "experiment.toml",
    "adult_test.parquet",
    "adult_calib.parquet",
    "adult_shifted.parquet",
    "random_forest.onnx",
    "xgboost.onnx",
    "logistic_regression.onnx",
    "sweep.json",
    "sweep/rf_e005_d04_l01.onnx",
    "sweep/rf_e005_d04_l25.onnx",
    "sweep/rf_e005_d08_l01.onnx",
    "sweep/rf_e005_d08_l25.onnx",
    "sweep/rf_e020_d04_l01.onnx",
    "sweep/rf_e020_d04_l25.onnx",
    "sweep/rf_e020_d08_l01.onnx",
    "sweep/rf_e020_d08_l25.onnx",
    "sweep/rf_e060_d04_l01.onnx",
    "sweep/rf_e060_d04_l25.onnx",
    "sweep/rf_e060_d08_l01.onnx",
    "sweep/rf_e060_d08_l25.onnx",
];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let out = PathBuf::from(out);
    let mut list = String::from("&[\n");
    for (place, name) in FILES.iter().enumerate() {
        let bytes = fs::read(Path::new(FOLDER).join(name))?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&bytes)?;
        fs::write(out.join(format!("{place}.gz")), packed.finish()?)?;
        let (length, digest) = (bytes.len(), blake3::hash(&bytes));
        let digest = digest.as_bytes();
        let _ = writeln!(
            list,
            "BundledFile {{ name: {name:?}, length: {length}, digest: {digest:?}, \
             packed: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{place}.gz\")) }},"
        );
    }
    list.push(']');
    fs::write(out.join("bundled.rs"), list)
}
