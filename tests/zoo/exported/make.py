"""Makes the models of this folder: one small model a kind of estimator, as exporters write it.

Every model takes `X` (rows, 4). The part of a name behind its dot says which table it wants: see
`tests/inference/native_zoo.rs`. Made with scikit-learn 1.9, skl2onnx 1.20, onnxmltools 1.16,
LightGBM 4.7 and XGBoost 3.2, and kept only where ONNX Runtime opens it:
    python make.py
"""

import os
import warnings

import numpy as np
import onnxruntime
from sklearn import calibration as cal
from sklearn import cluster, impute, mixture, svm, tree
from sklearn import cross_decomposition as cd
from sklearn import decomposition as dc
from sklearn import discriminant_analysis as da
from sklearn import ensemble as en
from sklearn import feature_selection as fs
from sklearn import gaussian_process as gp
from sklearn import linear_model as lm
from sklearn import multiclass as mc
from sklearn import multioutput as mo
from sklearn import naive_bayes as nb
from sklearn import neighbors as kn
from sklearn import neural_network as nn
from sklearn import preprocessing as pp
from sklearn import random_projection as rp
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from skl2onnx import to_onnx

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
r = np.random.RandomState(0)
X = r.randn(60, 4).astype(np.float32)
y2 = (X[:,0] + 0.5*X[:,1]**2 + 0.3*r.randn(60) > 0.4).astype(np.int64)
y3 = np.digitize(X[:,0]+0.3*X[:,1], [-0.5,0.5]).astype(np.int64)
s3 = np.array(["low","mid","high"])[y3]
yr = (X[:,0]*2 + X[:,1]**2).astype(np.float32)
yr2 = np.c_[yr, X[:,2]]
Xn = X.copy(); Xn[::7,1] = np.nan
Xp = np.abs(X)
Xc = np.floor(Xp*3)
M = {}
def add(name, model, X, y, **kw): M[name] = (model, X, y, kw)
lr = lambda: lm.LogisticRegression()
for k in ["linear","poly","rbf","sigmoid"]:
    add(f"svc_{k}_prob", svm.SVC(kernel=k, probability=True, random_state=0), X, y2)
    add(f"svc3_{k}_prob", svm.SVC(kernel=k, probability=True, random_state=0), X, s3)
    add(f"svc_{k}", svm.SVC(kernel=k), X, y2)
    add(f"svc3_{k}", svm.SVC(kernel=k), X, s3)
    add(f"svr_{k}", svm.SVR(kernel=k, coef0=0.3, degree=2), X, yr)
add("svc_ovo", svm.SVC(decision_function_shape="ovo"), X, y3)
add("nusvc", svm.NuSVC(nu=0.3, probability=True), X, y3)
add("nusvr", svm.NuSVR(), X, yr)
add("oneclass", svm.OneClassSVM(nu=0.2), X, None)
add("linearsvc", svm.LinearSVC(), X, s3)
add("linearsvc2", svm.LinearSVC(), X, y2)
add("linearsvr", svm.LinearSVR(), X, yr)
add("scale_svc", make_pipeline(pp.StandardScaler(), svm.SVC(probability=True)), X, y2)
add("kbins_onehot", make_pipeline(pp.KBinsDiscretizer(3, encode="onehot-dense"), lr()), X, y2)
add("kbins_ordinal", make_pipeline(pp.KBinsDiscretizer(3, encode="ordinal"), lr()), X, y2)
add("poly", make_pipeline(pp.PolynomialFeatures(2), lr()), X, y2)
add("pca", make_pipeline(dc.PCA(2, whiten=True), lr()), X, y2)
add("svd", make_pipeline(dc.TruncatedSVD(2), lr()), X, y2)
add("kpca", make_pipeline(dc.KernelPCA(2, kernel="rbf"), lr()), X, y2)
add("iforest", en.IsolationForest(n_estimators=5, random_state=0), X, None)
add("gnb", nb.GaussianNB(), X, s3)
add("bnb", nb.BernoulliNB(), X, y2)
add("mnb", nb.MultinomialNB(), Xp, y3)
add("cnb", nb.ComplementNB(), Xp, y3)
add("catnb", nb.CategoricalNB(), Xc, y3)
add("ada", en.AdaBoostClassifier(n_estimators=5), X, y2)
add("adar", en.AdaBoostRegressor(n_estimators=4, random_state=0), X, yr)
add("bagging_lr", en.BaggingClassifier(lm.LogisticRegression(), n_estimators=3, random_state=0, max_features=0.5), X, y3)
add("bagging_reg", en.BaggingRegressor(n_estimators=3, random_state=0), X, yr)
add("extra", en.ExtraTreesClassifier(5, max_depth=4, random_state=0), X, s3)
add("gbc", en.GradientBoostingClassifier(n_estimators=4), X, y2)
add("gbc3", en.GradientBoostingClassifier(n_estimators=4), X, s3)
add("cal_sig", cal.CalibratedClassifierCV(svm.LinearSVC(), method="sigmoid", cv=2), X, y2)
add("cal_iso", cal.CalibratedClassifierCV(lr(), method="isotonic", cv=2), X, y2)
add("cal3", cal.CalibratedClassifierCV(lr(), method="sigmoid", cv=2), X, s3)
add("stack", en.StackingClassifier([("a",lr()),("b",tree.DecisionTreeClassifier(max_depth=3))], lr()), X, y3)
add("stack2", en.StackingClassifier([("a",lr()),("b",tree.DecisionTreeClassifier(max_depth=3))], lr()), X, y2)
add("stackr", en.StackingRegressor([("a",lm.Ridge()),("b",tree.DecisionTreeRegressor(max_depth=3))], lm.Ridge()), X, yr)
add("vote_reg", en.VotingRegressor([("a",lm.Ridge()),("b",tree.DecisionTreeRegressor(max_depth=3))]), X, yr)
add("mlpr", nn.MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=50), X, yr)
add("mlpr2", nn.MLPRegressor(hidden_layer_sizes=(5, 4), activation="logistic", max_iter=50), X, yr2)
add("mlpc3", nn.MLPClassifier(hidden_layer_sizes=(5,), max_iter=50), X, s3)
add("binarizer", make_pipeline(pp.Binarizer(threshold=0.2), lr()), X, y2)
for n in ["l1","l2","max"]: add(f"norm_{n}", make_pipeline(pp.Normalizer(n), lr()), X, y2)
add("imputer", make_pipeline(impute.SimpleImputer(), lr()), Xn, y2)
add("ordinal", make_pipeline(pp.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), tree.DecisionTreeClassifier(max_depth=3)), Xc, y2)
add("onehot_num", make_pipeline(pp.OneHotEncoder(handle_unknown="ignore"), lr()), Xc.astype(np.int64), y2)
add("func_log", make_pipeline(pp.FunctionTransformer(), lr()), Xp, y2)
add("power_yj", make_pipeline(pp.PowerTransformer(), lr()), X, y2)
add("power_bc", make_pipeline(pp.PowerTransformer(method="box-cox"), lr()), Xp+0.1, y2)
add("quantile", make_pipeline(pp.QuantileTransformer(n_quantiles=10), lr()), X, y2)
add("robust", make_pipeline(pp.RobustScaler(), lr()), X, y2)
add("minmax", make_pipeline(pp.MinMaxScaler(clip=True), lr()), X, y2)
add("maxabs", make_pipeline(pp.MaxAbsScaler(), lr()), X, y2)
add("select", make_pipeline(fs.SelectKBest(k=2), lr()), X, y2)
add("varthr", make_pipeline(fs.VarianceThreshold(), lr()), X, y2)
add("lda", da.LinearDiscriminantAnalysis(), X, s3)
add("qda", da.QuadraticDiscriminantAnalysis(), X, s3)
add("ridgec", lm.RidgeClassifier(), X, y2)
add("sgd_log", lm.SGDClassifier(loss="log_loss"), X, y2)
add("sgd_huber3", lm.SGDClassifier(loss="modified_huber"), X, y3)
add("sgd_hinge3", lm.SGDClassifier(), X, s3)
add("perceptron", lm.Perceptron(), X, y2)
add("lrcv", lm.LogisticRegressionCV(cv=2), X, s3)
add("poisson", lm.PoissonRegressor(), X, np.abs(yr))
add("gamma", lm.GammaRegressor(), X, np.abs(yr)+0.1)
add("tweedie", lm.TweedieRegressor(power=1.5), X, np.abs(yr))
add("ransac", lm.RANSACRegressor(random_state=0), X, yr)
add("quantreg", lm.QuantileRegressor(solver="highs"), X, yr)
add("ridge_multi", lm.Ridge(), X, yr2)
add("ovr", mc.OneVsRestClassifier(lr()), X, s3)
add("ovo", mc.OneVsOneClassifier(lr()), X, y3)
add("ovr_svc", mc.OneVsRestClassifier(svm.SVC(probability=True)), X, y3)
add("mor", mo.MultiOutputRegressor(svm.LinearSVR()), X, yr2)
add("rfr", en.RandomForestRegressor(4, max_depth=3), X, yr2)
add("knn", kn.KNeighborsClassifier(3), X, y2)
add("gpr", gp.GaussianProcessRegressor(gp.kernels.RBF()), X[:20], yr[:20])
add("gmm", mixture.GaussianMixture(2), X, None)
add("kmeans", cluster.KMeans(3, n_init=1), X, None)
add("pls", cd.PLSRegression(2), X, yr)
add("gaussproj", make_pipeline(rp.GaussianRandomProjection(2), lr()), X, y2)
add("passthrough", make_pipeline(ColumnTransformer([("a",pp.StandardScaler(),[0,1]),("b","passthrough",[2])]), lr()), X, y2)
add("union", make_pipeline(ColumnTransformer([("a",pp.StandardScaler(),[0,1]),("b",pp.KBinsDiscretizer(3,encode="onehot-dense"),[2,3])]), svm.SVC(probability=True)), X, y2)


def table(x):
    """The name of the table that is like the one it was trained on."""
    if np.isnan(x).any():
        return ".missing"
    if (x == np.floor(x)).all():
        return ".whole"
    return ".positive" if (x >= 0).all() else ""


def write(name, model, x):
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    session.run(None, {session.get_inputs()[0].name: x})
    with open(os.path.join(HERE, name + table(x) + ".onnx"), "wb") as file:
        file.write(data)


def scikit():
    for name, (model, x, y, _) in M.items():
        model.fit(x, y)
        last = model[-1] if hasattr(model, "steps") else model
        options = {id(last): {"zipmap": False}}
        opset = {"": 18, "ai.onnx.ml": 3}
        try:
            exported = to_onnx(model, x[:1], options=options, target_opset=opset)
        except (NameError, ValueError, RuntimeError):
            exported = to_onnx(model, x[:1], target_opset=opset)
        try:
            write(name, exported, x)
        except Exception as error:
            print(name, "left out:", str(error)[:100])


def boosters():
    import lightgbm
    import xgboost
    from onnxmltools import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    kinds = [("X", FloatTensorType([None, 4]))]
    light = dict(n_estimators=4, num_leaves=6, min_child_samples=5, verbose=-1)
    for name, y, more in [
        ("binary", y2, {}),
        ("multi", y3, {}),
        ("dart", y2, {"boosting_type": "dart"}),
        ("rf", y2, {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}),
        ("goss", y3, {"data_sample_strategy": "goss"}),
        ("ova", y3, {"objective": "multiclassova"}),
    ]:
        for rows, kind in [(X, ""), (Xn, "_missing")]:
            model = lightgbm.LGBMClassifier(**light, **more).fit(rows, y)
            write("lgbm_" + name + kind, convert_lightgbm(model, initial_types=kinds, target_opset=15, zipmap=False), rows)
    model = lightgbm.LGBMClassifier(**light, min_data_per_group=1, cat_smooth=1, max_cat_to_onehot=2).fit(Xc, y2, categorical_feature=[0, 1])
    write("lgbm_categorical", convert_lightgbm(model, initial_types=kinds, target_opset=15, zipmap=False), Xc)
    for objective in ["regression", "poisson", "quantile", "gamma", "huber", "cross_entropy"]:
        y = np.abs(yr) + 0.1 if objective != "cross_entropy" else y2.astype(float)
        model = lightgbm.LGBMRegressor(objective=objective, **light).fit(X, y)
        try:
            write("lgbm_" + objective, convert_lightgbm(model, initial_types=kinds, target_opset=15), X)
        except Exception as error:
            print(objective, "left out:", str(error)[:100])
    for name, y, more in [
        ("binary", y2, {}),
        ("multi", y3, {}),
        ("dart", y2, {"booster": "dart", "rate_drop": 0.3}),
        ("parallel", y2, {"num_parallel_tree": 2}),
        ("linear", y2, {"booster": "gblinear"}),
    ]:
        for rows, kind in [(X, ""), (Xn, "_missing")]:
            try:
                model = xgboost.XGBClassifier(n_estimators=4, max_depth=3, **more).fit(rows, y)
                write("xgb_" + name + kind, convert_xgboost(model, initial_types=kinds, target_opset=15), rows)
            except Exception as error:
                print(name, "left out:", str(error)[:100])
    for objective in ["reg:squarederror", "reg:logistic", "count:poisson", "reg:gamma", "reg:tweedie", "reg:absoluteerror"]:
        y = y2 if objective == "reg:logistic" else np.abs(yr) + 0.1
        try:
            model = xgboost.XGBRegressor(n_estimators=4, max_depth=3, objective=objective).fit(X, y)
            write("xgb_" + objective.replace(":", "_"), convert_xgboost(model, initial_types=kinds, target_opset=15), X)
        except Exception as error:
            print(objective, "left out:", str(error)[:100])


if __name__ == "__main__":
    scikit()
    boosters()
