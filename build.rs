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

/// The rooms whose code makes what tiers below memory keep: resources, and what a dimension finds.
const MAKERS: &[(&str, &[&str])] = &[
    (
        "LAZYDEBUGGER_MAKER",
        &["src/engine", "src/inference", "src/resource"],
    ),
    (
        "LAZYDEBUGGER_FORMULAS",
        &[
            "src/dimension",
            "src/inference",
            "src/metrics",
            "src/resource",
        ],
    ),
];

/// Names code by what is written in it: whatever other code has made is never taken for its own.
fn fingerprint(folders: &[&str]) -> io::Result<String> {
    let manifests = ["Cargo.toml", "Cargo.lock"].map(PathBuf::from);
    let mut sources: Vec<PathBuf> = manifests.into_iter().filter(|path| path.exists()).collect();
    let mut open: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    let mut hasher = blake3::Hasher::new();
    for source in sources {
        hasher.update(blake3::hash(&fs::read(source)?).as_bytes());
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    for (name, folders) in MAKERS {
        for folder in *folders {
            println!("cargo::rerun-if-changed={folder}");
        }
        println!("cargo::rustc-env={name}={}", fingerprint(folders)?);
    }
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
