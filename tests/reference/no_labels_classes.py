"""Makes no_labels_classes.json: performance without labels (CBPE) of three classes, by NannyML 0.13.1 (one
chunk) and by numpy from the written definitions. `pip install nannyml==0.13.1`; then run it here."""

import json
import os
import pathlib
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import nannyml.performance_estimation.confidence_based.cbpe as cbpe
import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

warnings.simplefilter("ignore")
CLASSES = ["high", "low", "mid"]
rng = np.random.default_rng(7)


def rows(n, shift, decimals):
    """Labels, and scores of an overconfident model. NannyML's AUC orders equal scores as they come, so only
    the calibration has any."""
    logits = rng.normal(size=(n, 3)) + np.array([shift, 0.0, -shift])
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(3, p=p) for p in chance])
    sharp = np.exp(1.8 * logits + rng.normal(scale=0.3, size=(n, 3)))
    scores = np.round(sharp / sharp.sum(axis=1, keepdims=True), decimals)
    # To a sum of 1, as probabilities have it.
    scores[:, 2] = np.round(1 - scores[:, 0] - scores[:, 1], decimals)
    return labels, scores


def frame(labels, scores):
    table = pd.DataFrame(scores, columns=[f"p_{c}" for c in CLASSES])
    table["pred"] = [CLASSES[k] for k in scores.argmax(axis=1)]
    table["truth"] = [CLASSES[k] for k in labels]
    return table


NAMES = {
    "accuracy": "accuracy",
    "f1": "f1",
    "auc": "roc_auc",
    "precision": "precision",
    "recall": "recall",
    "specificity": "specificity",
}


def by_nannyml(calibration, rows):
    # It calibrates a class only where that helps in cross validation: here always.
    cbpe.needs_calibration = lambda *_, **__: True
    n = len(rows[0])
    estimator = nannyml.CBPE(
        y_pred_proba={c: f"p_{c}" for c in CLASSES},
        y_pred="pred",
        y_true="truth",
        problem_type="classification_multiclass",
        metrics=list(NAMES.values()),
        chunk_size=n,
    )
    estimator.fit(frame(*calibration))
    found = estimator.estimate(frame(*rows).drop(columns="truth"))
    found = found.filter(period="analysis").to_df()
    assert len(found) == 1, "one chunk"
    return {ours: float(found[theirs]["value"].iloc[0]) for ours, theirs in NAMES.items()}


def by_numpy(calibration, rows):
    labels, scores = calibration
    _, judged = rows
    chance = np.zeros_like(judged)
    for k in range(3):
        fit = IsotonicRegression(out_of_bounds="clip").fit(scores[:, k], labels == k)
        chance[:, k] = fit.predict(judged[:, k])
    total = chance.sum(axis=1, keepdims=True)
    chance = np.where(total > 0, chance / np.where(total > 0, total, 1), 1 / 3)
    decided = judged.argmax(axis=1)
    n = len(judged)
    found = {name: [] for name in ["f1", "auc", "precision", "recall", "specificity"]}
    for k in range(3):
        c, is_k = chance[:, k], decided == k
        tp, fp = c[is_k].sum(), (1 - c[is_k]).sum()
        fn, tn = c[~is_k].sum(), (1 - c[~is_k]).sum()
        found["f1"].append(2 * tp / (2 * tp + fp + fn))
        found["precision"].append(tp / (tp + fp))
        found["recall"].append(tp / (tp + fn))
        found["specificity"].append(tn / (tn + fp))
        above = (judged[:, k][:, None] > judged[:, k][None, :]) + 0.5 * (
            judged[:, k][:, None] == judged[:, k][None, :]
        )
        found["auc"].append(c @ above @ (1 - c) / (c.sum() * (1 - c).sum()))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    means["accuracy"] = float(chance[np.arange(n), decided].mean())
    means["log_loss"] = float(-(chance * np.log(np.clip(judged, 1e-15, 1 - 1e-15))).sum() / n)
    return means, chance


calibration = rows(600, 0.2, 3)
sets = {"alike": rows(400, 0.2, 9), "shifted": rows(300, 1.2, 9)}
out = {
    "made_with": f"nannyml {nannyml.__version__}, numpy {np.__version__}",
    "classes": CLASSES,
    "calibration": {"labels": calibration[0].tolist(), "scores": calibration[1].tolist()},
    "sets": {},
}
for name, (labels, scores) in sets.items():
    theirs = by_nannyml(calibration, (labels, scores))
    ours, chance = by_numpy(calibration, (labels, scores))
    for metric, value in theirs.items():
        print(name, metric, value, ours[metric], value - ours[metric])
    out["sets"][name] = {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "first_chances": chance[:5].tolist(),
        "nannyml": theirs,
        "numpy": ours,
    }
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
