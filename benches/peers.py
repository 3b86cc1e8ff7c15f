"""What others take for what `lazydebugger` computes; it is run by `lazydebugger bench peers --python PYTHON`.

    python peers.py metrics EXPERIMENT.json
    python peers.py trees FOLDER ROWS

`metrics` reads the paths, columns and groups of an experiment and answers every line on stdin,
{"dimension": NAME}, with the metrics by the names that the program gives them, and the seconds that
reading, scoring and computing took; imports are not in them. It does what a notebook would do: pandas
reads, onnxruntime scores, scikit-learn, fairlearn, MAPIE and scipy compute.

`trees` trains models in FOLDER, exports them, and answers {"model": M, "library": L, "threads": N,
"scores": FILE or null} with the seconds of a pass over ROWS rows; with a file, it writes the scores of
the positive class there first, as little-endian float64.

All lines are JSON; the first one tells the libraries' versions, and which are missing and why.
"""

import importlib
import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

# What libraries print must not get between the answers.
ANSWERS, sys.stdout = sys.stdout, sys.stderr
STARTED = time.perf_counter()
LEAST_SECONDS = 0.05
SEED, COLUMNS, TRAIN_ROWS = 7, 50, 100_000


def reply(value):
    print(json.dumps(value), file=ANSWERS, flush=True)


def libraries(modules):
    """The modules that can be imported, their versions, and why the others cannot."""
    found, versions, missing = {}, {}, {}
    for name, module in modules.items():
        try:
            found[name] = importlib.import_module(module)
            versions[name] = version(name)
        except Exception as error:
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0][:160]
    return found, versions, missing


# --- metrics ----------------------------------------------------------------


class Classifier:
    """An ONNX model as scikit-learn's tools want one."""

    def __init__(self, path, threads):
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.classes_ = np.array([0, 1])

    def fit(self, x, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, frame):
        import numpy as np

        kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
        feed = {}
        for given in self.session.get_inputs():
            column = frame[given.name].to_numpy().reshape(-1, 1)
            feed[given.name] = column.astype(kinds.get(given.type, object))
        scores = next(out for out in self.session.run(None, feed) if out.dtype.kind == "f")
        positive = scores.reshape(len(frame), -1)[:, -1].astype(np.float64)
        return np.column_stack([1 - positive, positive])

    def predict(self, frame):
        return (self.predict_proba(frame)[:, 1] >= 0.5).astype(int)


try:
    from sklearn.base import BaseEstimator, ClassifierMixin

    class SklearnClassifier(ClassifierMixin, Classifier, BaseEstimator):
        """The same, which MAPIE accepts."""

        def get_params(self, deep=True):
            return {}

except ImportError:
    SklearnClassifier = Classifier


class Metrics:
    def __init__(self, told):
        self.told = told

    def read(self, table):
        import pandas as pd

        frame = pd.read_parquet(self.told[table])
        return frame, (frame[self.told["target"]] == self.told["positive"]).astype(int).to_numpy()

    def model(self):
        return SklearnClassifier(self.told["model"], self.told["threads"])

    def quality(self, y, score):
        from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

        label = (score >= 0.5).astype(int)
        return {
            "accuracy": accuracy_score(y, label), "auc": roc_auc_score(y, score), "f1": f1_score(y, label),
            "log_loss": log_loss(y, score.clip(1e-15, 1 - 1e-15)),
        }

    def robustness(self):
        """Noise of four sizes, three times each: the draws differ from the program's."""
        import numpy as np

        frame, y = self.read("dataset")
        model, found = self.model(), {}
        base = self.quality(y, model.predict_proba(frame)[:, 1])
        found |= {f"baseline.{name}": value for name, value in base.items()}
        numbers = [c for c in self.told["features"] if frame[c].dtype.kind in "if"]
        draws = np.random.default_rng(SEED)
        deviations = {c: frame[c].std(ddof=0) for c in numbers}
        for level in (0.1, 0.2, 0.5, 1.0):
            seen = []
            for _ in range(3):
                noisy = frame.copy()
                for column in numbers:
                    noisy[column] = frame[column] + draws.normal(0, level * deviations[column], len(frame))
                seen.append(self.quality(y, model.predict_proba(noisy)[:, 1]))
            for name in base:
                found[f"~gaussian.{level}.{name}.mean"] = float(np.mean([one[name] for one in seen]))
        return found

    def fairness(self):
        import pandas as pd
        from fairlearn import metrics as fair
        from sklearn.metrics import accuracy_score, precision_score, roc_auc_score

        frame, y = self.read("dataset")
        score = self.model().predict_proba(frame)[:, 1]
        label = (score >= 0.5).astype(int)
        found = {}
        for attribute, cuts in self.told["protected"].items():
            groups = frame[attribute]
            if cuts:
                edges = [-float("inf"), *cuts, float("inf")]
                names = [f"<{cuts[0]:g}"] + [f"{a:g}-{b - 1:g}" for a, b in zip(cuts, cuts[1:])] + [f"{cuts[-1]:g}+"]
                groups = pd.cut(groups, edges, right=False, labels=names).astype(str)
            asked = {
                "n": fair.count, "selection_rate": fair.selection_rate, "tpr": fair.true_positive_rate,
                "fpr": fair.false_positive_rate, "accuracy": accuracy_score, "ppv": precision_score,
            }
            by_group = fair.MetricFrame(metrics=asked, y_true=y, y_pred=label, sensitive_features=groups).by_group
            for group, row in by_group.iterrows():
                found |= {f"{attribute}.{group}.{name}": float(value) for name, value in row.items()}
                rows = (groups == group).to_numpy()
                found[f"{attribute}.{group}.auc"] = roc_auc_score(y[rows], score[rows])
            kept = {"y_true": y, "y_pred": label, "sensitive_features": groups}
            found[f"{attribute}.demographic_parity_difference"] = fair.demographic_parity_difference(**kept)
            found[f"{attribute}.demographic_parity_ratio"] = fair.demographic_parity_ratio(**kept)
            found[f"{attribute}.equalized_odds_difference"] = fair.equalized_odds_difference(**kept)
        return found

    def uncertainty(self):
        import numpy as np
        from mapie.classification import SplitConformalClassifier
        from sklearn.metrics import brier_score_loss, log_loss

        frame, y = self.read("dataset")
        held_out, held_out_y = self.read("calibration")
        model = self.model()
        score = model.predict_proba(frame)[:, 1]
        found = {"brier": brier_score_loss(y, score), "log_loss": log_loss(y, score.clip(1e-15, 1 - 1e-15))}
        bins = np.clip(np.ceil(score * 10).astype(int) - 1, 0, 9)
        gaps = [(np.sum(bins == b), abs(score[bins == b].mean() - y[bins == b].mean())) for b in np.unique(bins)]
        found["ece"] = float(sum(n * gap for n, gap in gaps) / len(y))
        for alpha in (0.05, 0.1, 0.2):
            conformal = SplitConformalClassifier(model, confidence_level=1 - alpha, conformity_score="lac", prefit=True)
            conformal.conformalize(held_out, held_out_y)
            sets = conformal.predict_set(frame)[1][:, :, 0]
            found[f"conformal.{alpha}.coverage"] = float(sets[np.arange(len(y)), y].mean())
            found[f"conformal.{alpha}.mean_set_size"] = float(sets.sum(axis=1).mean())
        return found

    def resilience(self):
        from scipy.stats import ks_2samp, wasserstein_distance

        frame, y = self.read("dataset")
        other, other_y = self.read("alternative")
        model, name = self.model(), Path(self.told["alternative"]).stem
        base = self.quality(y, model.predict_proba(frame)[:, 1])
        there = self.quality(other_y, model.predict_proba(other)[:, 1])
        found = {f"base.{metric}": value for metric, value in base.items()}
        found |= {f"{name}.{metric}": value for metric, value in there.items()}
        for column in self.told["features"]:
            if frame[column].dtype.kind in "if":
                found[f"{name}.ks.{column}"] = float(ks_2samp(frame[column], other[column], method="asymp").statistic)
                found[f"{name}.wasserstein.{column}"] = float(wasserstein_distance(frame[column], other[column]))
        return found


def deepbridge_runs(told):
    """Lets DeepBridge validate a few rows; what it raises says that it cannot."""
    from deepbridge import DBDataset, Experiment

    frame, y = Metrics(told).read("dataset")
    model = Metrics(told).model()
    rows = frame[told["features"]].head(500).assign(answer_=y[:500])
    dataset = DBDataset(data=rows, target_column="answer_", model=model, features=told["features"])
    Experiment(dataset, experiment_type="binary_classification", tests=["uncertainty"]).run_tests("quick")


def metrics(path):
    names = ["pandas", "scikit-learn", "onnxruntime", "fairlearn", "MAPIE", "scipy", "deepbridge"]
    modules = {"scikit-learn": "sklearn", "MAPIE": "mapie.classification", "fairlearn": "fairlearn.metrics",
               "scipy": "scipy.stats"}
    _, versions, missing = libraries({name: modules.get(name, name) for name in names})
    told = json.loads(Path(path).read_text())
    import_seconds = time.perf_counter() - STARTED
    if "deepbridge" in versions:
        try:
            deepbridge_runs(told)
            versions["deepbridge"] += " (its metrics are of other definitions: not compared, so not timed)"
        except Exception as error:
            why = f"{type(error).__name__}: {error}".splitlines()[0][:160]
            missing["deepbridge"] = f"{versions.pop('deepbridge')} installs, and cannot run: {why}"
    reply({"versions": versions, "missing": missing, "import_seconds": import_seconds})
    for line in sys.stdin:
        dimension = json.loads(line)["dimension"]
        try:
            started = time.perf_counter()
            values = getattr(Metrics(told), dimension)()
            reply({"seconds": time.perf_counter() - started, "metrics": {k: float(v) for k, v in values.items()}})
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]})


# --- trees ------------------------------------------------------------------


def train(folder, rows):
    """Models, with the rows to score."""
    import numpy as np
    import pandas as pd
    from lightgbm import LGBMClassifier
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from xgboost import XGBClassifier

    x, y = make_classification(
        TRAIN_ROWS + rows, COLUMNS, n_informative=20, n_redundant=10, n_clusters_per_class=4, flip_y=0.02,
        random_state=SEED,
    )
    x = np.ascontiguousarray(x, dtype=np.float32)
    table = folder / "rows.parquet"
    pd.DataFrame(x[TRAIN_ROWS:], columns=[f"x{i}" for i in range(COLUMNS)]).to_parquet(table)
    models = {
        "xgboost_200x6": XGBClassifier(n_estimators=200, max_depth=6, random_state=SEED, n_jobs=-1),
        "lightgbm_200x31": LGBMClassifier(n_estimators=200, num_leaves=31, random_state=SEED, verbose=-1),
        "forest_100x12": RandomForestClassifier(100, max_depth=12, random_state=SEED, n_jobs=-1),
    }
    for name, model in models.items():
        print(f"training {name}", file=sys.stderr, flush=True)
        model.fit(x[:TRAIN_ROWS], y[:TRAIN_ROWS])
    return models, x[TRAIN_ROWS:], table


def export(model, name, path):
    from skl2onnx import convert_sklearn, update_registered_converter
    from skl2onnx.common.data_types import FloatTensorType
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    if name.startswith("xgboost"):
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost as converter
        alias = "XGBoostXGBClassifier"
    elif name.startswith("lightgbm"):
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm as converter
        alias = "LightGbmLGBMClassifier"
    else:
        converter = None
    if converter:
        update_registered_converter(
            type(model), alias, calculate_linear_classifier_output_shapes, converter,
            options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
        )
    onnx = convert_sklearn(
        model, name, [("x", FloatTensorType([None, COLUMNS]))], target_opset={"": 17, "ai.onnx.ml": 3},
        options={id(model): {"zipmap": False}},
    )
    path.write_bytes(onnx.SerializeToString())


class Ways:
    """A library's way to the scores of a model, made once for each number of threads."""

    def __init__(self, models, rows, folder):
        self.models, self.rows, self.folder, self.made = models, rows, folder, {}

    def way(self, model, library, threads):
        key = (model, library, threads)
        if key not in self.made:
            self.made[key] = getattr(self, library.replace("-", "_").lower())(model, threads)
        return self.made[key]

    def onnxruntime(self, model, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        path = str(self.folder / f"{model}.onnx")
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        name = session.get_outputs()[1].name
        return lambda: session.run([name], {"x": self.rows})[0][:, 1]

    def xgboost(self, model, threads):
        booster = self.models[model].get_booster()

        def way():
            booster.set_param({"nthread": threads})
            return booster.inplace_predict(self.rows)

        return way

    def lightgbm(self, model, threads):
        return lambda: self.models[model].predict_proba(self.rows, num_threads=threads)[:, 1]

    def scikit_learn(self, model, threads):
        fitted = self.models[model]

        def way():
            fitted.set_params(n_jobs=threads)
            return fitted.predict_proba(self.rows)[:, 1]

        return way

    def onedal(self, model, threads):
        import daal4py

        fitted = self.models[model]
        source = fitted.get_booster() if model.startswith("xgboost") else fitted.booster_
        built = daal4py.mb.convert_model(source)

        def way():
            daal4py.daalinit(threads)
            return built.predict_proba(self.rows)[:, 1]

        return way

    def lleaves(self, model, threads):
        import lleaves

        path = self.folder / f"{model}.txt"
        self.models[model].booster_.save_model(str(path))
        built = lleaves.Model(model_file=str(path))
        built.compile()
        return lambda: built.predict(self.rows, n_jobs=threads)

    def ydf(self, model, threads):
        import ydf

        built = ydf.from_sklearn(self.models[model])
        rows = {"features": self.rows}
        return lambda: built.predict(rows, num_threads=threads)


LIBRARIES = {
    "xgboost_200x6": ["xgboost", "oneDAL", "onnxruntime"],
    "lightgbm_200x31": ["lightgbm", "oneDAL", "lleaves", "onnxruntime"],
    "forest_100x12": ["scikit-learn", "ydf", "onnxruntime"],
}


def trees(folder, rows):
    import numpy as np

    folder = Path(folder)
    names = {"xgboost": "xgboost", "lightgbm": "lightgbm", "scikit-learn": "sklearn", "onnxruntime": "onnxruntime",
             "scikit-learn-intelex": "daal4py.mb", "lleaves": "lleaves", "ydf": "ydf"}
    _, versions, missing = libraries(names)
    try:
        models, x, table = train(folder, rows)
        import onnxmltools  # noqa: F401
        import skl2onnx  # noqa: F401
    except ImportError as error:
        missing["trees"] = str(error)
        return reply({"models": [], "table": "", "versions": versions, "missing": missing})
    described = []
    for name, model in models.items():
        export(model, name, folder / f"{name}.onnx")
        described.append({"name": name, "file": str(folder / f"{name}.onnx"), "libraries": LIBRARIES[name]})
    ways = Ways(models, x, folder)
    reply({"models": described, "table": str(table), "versions": versions, "missing": missing})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            way = ways.way(asked["model"], asked["library"], asked["threads"])
            if asked.get("scores"):
                np.asarray(way(), dtype="<f8").tofile(asked["scores"])
            passes, start = 0, time.perf_counter()
            while passes == 0 or time.perf_counter() - start < LEAST_SECONDS:
                way()
                passes += 1
            reply({"seconds": (time.perf_counter() - start) / passes})
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]})


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.argv[1] == "metrics":
        metrics(sys.argv[2])
    else:
        trees(sys.argv[2], int(sys.argv[3]))
