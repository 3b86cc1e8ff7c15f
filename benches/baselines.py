"""Trains the models that `lazydebugger bench inference --python PYTHON` measures, and times the
libraries that trained them.

    python baselines.py FOLDER ADULT_TRAIN.csv ADULT_TEST.csv ROWS

Models and rows that FOLDER already holds are used again. The first line on stdout lists the models;
then every line on stdin, {"model": NAME, "threads": N}, is answered with the seconds that one pass
over ROWS rows takes, by the library's quickest way. All lines are JSON.

Needs scikit-learn, xgboost, skl2onnx, onnxmltools and pandas; LightGBM is measured where it is.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
import xgboost
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits
from xgboost import XGBClassifier

try:
    import lightgbm
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
except ImportError:
    lightgbm = None

TRAIN_ROWS, TEST_ROWS, COLUMNS, SEED = 100_000, 100_000, 50, 7
TARGET, POSITIVE, MISSING = "income", ">50K", "?"
NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
STRINGS = [
    "workclass", "education", "marital_status", "occupation", "relationship", "race", "sex", "native_country",
]
# A shorter pass is repeated until this much time has gone by.
LEAST_SECONDS = 0.02

OPSET = {"": 17, "ai.onnx.ml": 3}
for kind, name, converter in [(XGBClassifier, "XGBoostXGBClassifier", convert_xgboost)] + (
    [(lightgbm.LGBMClassifier, "LightGbmLGBMClassifier", convert_lightgbm)] if lightgbm else []
):
    update_registered_converter(
        kind, name, calculate_linear_classifier_output_shapes, converter,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )


# --- models -----------------------------------------------------------------


def forest(depth):
    return RandomForestClassifier(100, max_depth=depth, random_state=SEED, n_jobs=-1)


def boosted():
    return XGBClassifier(n_estimators=200, max_depth=6, random_state=SEED, n_jobs=-1)


def linear():
    return LogisticRegression(max_iter=300)


def models():
    """Name, family, library, unfitted model, and whether it reads the Adult table."""
    yield "forest_depth_12", "forest", "scikit-learn", forest(12), False
    yield "forest_unlimited", "forest", "scikit-learn", forest(None), False
    yield "xgboost_200x6", "boosted", "XGBoost", boosted(), False
    yield "logistic", "linear", "scikit-learn", linear(), False
    yield "hist_boosting", "boosted", "scikit-learn", HistGradientBoostingClassifier(random_state=SEED), False
    if lightgbm:
        yield "lightgbm", "boosted", "LightGBM", lightgbm.LGBMClassifier(random_state=SEED, verbose=-1), False
    yield "adult_forest", "forest", "scikit-learn", pipeline(forest(12)), True
    yield "adult_xgboost", "boosted", "XGBoost", pipeline(boosted()), True
    yield "adult_logistic", "linear", "scikit-learn", pipeline(linear()), True


def pipeline(model):
    strings = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("numbers", "passthrough", NUMBERS), ("strings", strings, STRINGS)])
    return Pipeline([("columns", columns), ("model", model)])


def synthetic(rows):
    """Training rows, their classes, and `rows` to score: others, over and over if need be."""
    x, y = make_classification(
        TRAIN_ROWS + TEST_ROWS, COLUMNS, n_informative=20, n_redundant=10, n_clusters_per_class=4, flip_y=0.02,
        shuffle=True, random_state=SEED,
    )
    x = x.astype(np.float32)
    return x[:TRAIN_ROWS], y[:TRAIN_ROWS], x[TRAIN_ROWS:][np.arange(rows) % TEST_ROWS]


def adult(path):
    table = pd.read_csv(path)
    strings = table[STRINGS].astype(object).fillna(MISSING)
    x = pd.concat([table[NUMBERS].astype(np.float32), strings], axis=1)
    return x, (table[TARGET] == POSITIVE).astype(int).to_numpy()


def export(model, name, on_adult, path):
    if on_adult:
        types = [(c, FloatTensorType([None, 1])) for c in NUMBERS]
        types += [(c, StringTensorType([None, 1])) for c in STRINGS]
    else:
        types = [("x", FloatTensorType([None, COLUMNS]))]
    onnx = convert_sklearn(model, name, types, target_opset=OPSET, options={id(model): {"zipmap": False}})
    path.write_bytes(onnx.SerializeToString())


def prepare(folder, adult_train, adult_test, rows):
    """The fitted models by name with the rows to score, and their description."""
    table = folder / f"rows_{rows}.csv"
    x, y, test = synthetic(rows)
    if not table.exists():
        columns = [f"x{i}" for i in range(COLUMNS)]
        pd.DataFrame(test, columns=columns).to_csv(table, index=False)
    adult_x, adult_y = adult(adult_train)
    adult_rows, _ = adult(adult_test)
    adult_rows = adult_rows.iloc[np.arange(rows) % len(adult_rows)].reset_index(drop=True)
    fitted, described = {}, []
    for name, family, library, model, on_adult in models():
        file, pickle = folder / f"{name}.onnx", folder / f"{name}.joblib"
        if pickle.exists():
            model = joblib.load(pickle)
        else:
            print(f"training {name}", file=sys.stderr, flush=True)
            model.fit(*((adult_x, adult_y) if on_adult else (x, y)))
            joblib.dump(model, pickle)
        try:
            if not file.exists():
                export(model, name, on_adult, file)
        except Exception as error:
            reason = str(error).splitlines()[0][:100]
            print(f"{name} is left out, it cannot be exported: {reason}", file=sys.stderr, flush=True)
            continue
        fitted[name] = (model, adult_rows if on_adult else test)
        described.append({
            "name": name, "family": family, "library": library, "file": str(file),
            "table": None if on_adult else str(table),
        })
    return fitted, described


# --- timing -----------------------------------------------------------------


def ways(model, rows, threads):
    """The library's ways to the probabilities of `rows`, by name."""
    last = estimator(model)
    if lightgbm and isinstance(last, lightgbm.LGBMClassifier):
        return {"predict_proba": lambda: last.predict_proba(rows, num_threads=threads)}
    found = {"predict_proba": lambda: model.predict_proba(rows)}
    if isinstance(last, XGBClassifier):
        booster = last.get_booster()
        before = model[:-1].transform if isinstance(model, Pipeline) else lambda x: x
        found["inplace_predict"] = lambda: booster.inplace_predict(before(rows))
    if isinstance(rows, pd.DataFrame):
        categories = rows.astype({c: "category" for c in STRINGS})
        found["predict_proba, categories"] = lambda: model.predict_proba(categories)
    return found


def estimator(model):
    return model[-1] if isinstance(model, Pipeline) else model


def use_threads(model, threads):
    last = estimator(model)
    if isinstance(last, (RandomForestClassifier, XGBClassifier)):
        last.set_params(n_jobs=threads)
    if isinstance(last, XGBClassifier):
        last.get_booster().set_param({"nthread": threads})


def seconds(way):
    passes, start = 0, time.perf_counter()
    while True:
        way()
        passes += 1
        elapsed = time.perf_counter() - start
        if elapsed >= LEAST_SECONDS:
            return elapsed / passes


def answer(requests, fitted, reply):
    quickest = {}
    for line in requests:
        request = json.loads(line)
        name, threads = request["model"], request["threads"]
        model, rows = fitted[name]
        use_threads(model, threads)
        with threadpool_limits(limits=threads):
            if (name, threads) not in quickest:
                found = ways(model, rows, threads)
                for way in found.values():
                    way()
                quickest[name, threads] = min(found.items(), key=lambda item: seconds(item[1]))
            how, way = quickest[name, threads]
            reply({"seconds": seconds(way), "how": how})


def main():
    folder, adult_train, adult_test, rows = Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4])
    # What libraries print must not get between the answers.
    stdout, sys.stdout = sys.stdout, sys.stderr
    warnings.filterwarnings("ignore")

    def reply(value):
        print(json.dumps(value), file=stdout, flush=True)

    fitted, described = prepare(folder, adult_train, adult_test, rows)
    versions = {"scikit-learn": sklearn.__version__, "XGBoost": xgboost.__version__}
    if lightgbm:
        versions["LightGBM"] = lightgbm.__version__
    reply({"models": described, "versions": versions})
    answer(sys.stdin, fitted, reply)


main()
