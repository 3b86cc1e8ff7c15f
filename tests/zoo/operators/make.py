"""Makes the models of this folder: one operator each, over a table of four columns.

Every model takes `X` (rows, 4) and gives float scores. The part of a name behind its dot says which
table it wants: see `tests/inference/native_zoo.rs`. Run with the packages onnx and onnxruntime:
    python make.py
"""

import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
ML = "ai.onnx.ml"
ROWS = {
    T.FLOAT: np.array([[0.5, -1.0, 2.0, 0.1], [1.5, 0.2, -0.3, 3.0]], np.float32),
    T.INT64: np.array([[0, 1, 2, 3], [3, 2, 1, 5]], np.int64),
    T.DOUBLE: np.array([[0.5, -1.0, 2.0, 0.1], [1.5, 0.2, -0.3, 3.0]]),
    T.STRING: np.array([["a", "b", "", "d"], ["c", "b", "a", "7"]], object),
}
count = 0


def node(op, inputs, outputs=("Y",), domain="", **attributes):
    return h.make_node(op, list(inputs), list(outputs), domain=domain, **attributes)


def save(name, nodes, constants=(), opset=18, ml=3, element=T.FLOAT, cast=False, label=None):
    global count
    nodes = list(nodes)
    if cast:
        nodes.append(node("Cast", ["Y"], ["F"], to=T.FLOAT))
        last = "F"
    else:
        last = "Y"
    outputs = []
    if label is not None:
        outputs.append(h.make_tensor_value_info("label", label, ["n"]))
    outputs.append(h.make_tensor_value_info(last, T.FLOAT, ["n", None]))
    graph = h.make_graph(
        nodes,
        "g",
        [h.make_tensor_value_info("X", element, ["n", 4])],
        outputs,
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants],
    )
    opsets = [h.make_opsetid("", opset), h.make_opsetid(ML, ml)]
    model = h.make_model(graph, opset_imports=opsets, ir_version=8)
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    session.run(None, {"X": ROWS[element]})
    with open(os.path.join(HERE, name + ".onnx"), "wb") as file:
        file.write(data)
    count += 1


def unary():
    for op in "Abs Neg Sign Relu Exp Tanh Floor Ceil Round Sin Cos Tan Atan Sinh Cosh Asinh Sigmoid Softplus Softsign HardSwish Mish Erf LeakyRelu ThresholdedRelu Elu Celu Selu HardSigmoid Shrink".split():
        save(op.lower(), [node(op, "X")])
    for op in "Sqrt Log Reciprocal".split():
        save(op.lower() + ".positive", [node(op, "X")])
    half = [("scale", np.float32(4.0))]
    for op in "Asin Acos Atanh".split():
        save(op.lower(), [node("Div", ["X", "scale"], "S"), node(op, "S")], half)
    save("acosh", [node("Exp", "X", "S"), node("Add", ["S", "scale"], "A"), node("Acosh", "A")], half)
    for mode in ["none", "tanh"]:
        save(f"gelu_{mode}", [node("Gelu", "X", approximate=mode)], opset=20)
    save("prelu", [node("PRelu", ["X", "s"])], [("s", np.float32([0.1, 0.5, -1, 2]))])
    for op in "Sqrt Exp Log Abs Neg Sigmoid Floor".split():
        save(f"{op.lower()}_double.positive", [node(op, "X")], element=T.DOUBLE, cast=True)
    for op in "Abs Neg Sign".split():
        save(f"{op.lower()}_int", [node(op, "X")], element=T.INT64, cast=True)
    for n, p in [(1, 1), (1, 0), (0, 1)]:
        save(f"isinf_{n}{p}", [node("Log", "X", "L"), node("Div", ["L", "X"], "D"), node("IsInf", "D", detect_negative=n, detect_positive=p)], cast=True)
    save("isnan.missing", [node("IsNaN", "X")], cast=True)


def binary():
    c = np.float32([0.5, 2, 3, -1])
    for op in "Add Sub Mul Div Max Min Sum Mean".split():
        save(f"{op.lower()}_row", [node(op, ["X", "c"])], [("c", c)])
    for op in "Max Min Sum Mean".split():
        save(f"{op.lower()}_three", [node(op, ["X", "c", "d"])], [("c", c), ("d", np.float32([[0.1]]))])
        save(f"{op.lower()}_one", [node(op, ["X"])])
    for e in [2, 3, 0.5, -1]:
        save(f"pow_{str(e).replace('.', '_').replace('-', 'minus')}.positive", [node("Pow", ["X", "c"])], [("c", np.float32(e))])
    save("pow_int", [node("Pow", ["X", "c"])], [("c", np.int64([2, 3, 0, 1]))], element=T.INT64, cast=True)
    i = np.int64([3, -2, 5, 7])
    for op in "Add Sub Mul Div Max Min".split():
        save(f"{op.lower()}_int", [node(op, ["X", "c"])], [("c", i)], element=T.INT64, cast=True)
    save("mod_int", [node("Neg", "X", "N"), node("Mod", ["N", "c"])], [("c", i)], element=T.INT64, cast=True)
    save("mod_int_c", [node("Neg", "X", "N"), node("Mod", ["N", "c"], fmod=1)], [("c", i)], element=T.INT64, cast=True)
    save("mod_float", [node("Mod", ["X", "c"], fmod=1)], [("c", np.float32([0.3, -2, 5, 7]))])
    for op in "Equal Greater GreaterOrEqual Less LessOrEqual".split():
        save(f"{op.lower()}.whole", [node(op, ["X", "c"])], [("c", np.float32([0, 1, 2, 3]))], cast=True)
        save(f"{op.lower()}_int", [node(op, ["X", "c"])], [("c", np.int64([0, 1, 2, 3]))], element=T.INT64, cast=True)
    save("equal_text", [node("Equal", ["X", "c"])], [("c", np.array(["a"], object))], opset=19, element=T.STRING, cast=True)
    for op in "And Or Xor".split():
        save(op.lower(), [node("Greater", ["X", "c"], "A"), node("Less", ["X", "d"], "B"), node(op, "AB")], [("c", c), ("d", np.float32([1]))], cast=True)
    save("not", [node("Greater", ["X", "c"], "A"), node("Not", "A")], [("c", c)], cast=True)
    save("where", [node("Greater", ["X", "c"], "A"), node("Where", ["A", "X", "d"])], [("c", c), ("d", np.float32([[9]]))])
    save("where_text", [node("Equal", ["X", "a"], "A"), node("Where", ["A", "a", "b"], "W"), node("LabelEncoder", "W", domain=ML, keys_strings=["a", "z"], values_floats=[1.5, 2.5])], [("a", np.array(["a"], object)), ("b", np.array(["z"], object))], opset=19, element=T.STRING)
    save("clip", [node("Clip", ["X", "a", "b"])], [("a", np.float32(-0.5)), ("b", np.float32(0.7))])
    save("clip_low", [node("Clip", ["X", "a"])], [("a", np.float32(-0.5))])
    save("clip_attributes", [node("Clip", "X", min=-0.5, max=0.5)], opset=10)
    save("clip_int", [node("Clip", ["X", "a", "b"])], [("a", np.int64(1)), ("b", np.int64(2))], element=T.INT64, cast=True)


def shapes():
    s = np.int64
    save("constant_of_shape", [node("Shape", "X", "S"), node("ConstantOfShape", "S", "C", value=h.make_tensor("v", T.FLOAT, [1], [2.5])), node("Add", "XC")])
    save("constant_of_shape_zero", [node("Shape", "X", "S"), node("ConstantOfShape", "S", "C"), node("Add", "XC")])
    save("expand", [node("ReduceSum", ["X", "a"], "R"), node("Expand", "RS")], [("a", s([1])), ("S", s([1, 3]))])
    save("tile", [node("Tile", "XS")], [("S", s([1, 3]))])
    save("split", [node("Split", "X", "AB", axis=1, num_outputs=2), node("Sub", "AB")])
    save("split_sizes", [node("Split", "XS", "ABC", axis=1), node("Concat", "CBA", axis=1)], [("S", s([1, 2, 1]))])
    save("split_attribute", [node("Split", "X", "AB", axis=1, split=[1, 3]), node("Mul", "AB")], opset=11)
    save("range", [node("Range", ["a", "b", "c"], "R"), node("Add", "XR")], [("a", np.float32(0.5)), ("b", np.float32(4.4)), ("c", np.float32(1))])
    save("range_int", [node("Range", ["a", "b", "c"], "R"), node("Cast", "R", "F", to=T.FLOAT), node("Add", "XF")], [("a", s(7)), ("b", s(-1)), ("c", s(-2))])
    save("shape_part", [node("Shape", "X", "S", start=1), node("Cast", "S", "F", to=T.FLOAT), node("Mul", "XF")])
    save("one_hot", [node("ArgMax", "X", "A", axis=1, keepdims=0), node("OneHot", ["A", "d", "v"])], [("d", s(4)), ("v", np.float32([-1, 2]))])
    save("slice_back", [node("Slice", ["X", "a", "b", "c", "d"])], [("a", s([3])), ("b", s([-10])), ("c", s([1])), ("d", s([-2]))])
    save("slice", [node("Slice", ["X", "a", "b", "c"])], [("a", s([1])), ("b", s([3])), ("c", s([-1]))])
    save("slice_attributes", [node("Slice", "X", axes=[1], starts=[0], ends=[-1])], opset=9)
    save("gather", [node("Gather", ["X", "i"], axis=1)], [("i", s([3, -1, 0]))])
    save("gather_elements", [node("ArgMax", "X", "A", axis=1), node("GatherElements", ["X", "A"], axis=1)])
    save("compress", [node("Compress", ["X", "c"], axis=1)], [("c", np.array([True, False, True]))])
    save("transpose", [node("Reshape", ["X", "s"], "R"), node("Transpose", "R", "P", perm=[0, 2, 1]), node("Reshape", ["P", "t"])], [("s", s([-1, 2, 2])), ("t", s([0, 4]))])
    save("flatten", [node("Flatten", "X", axis=1)])
    save("squeeze", [node("Unsqueeze", ["X", "a"], "U"), node("Squeeze", ["U", "a"])], [("a", s([1]))])
    save("squeeze_attributes", [node("Unsqueeze", "X", "U", axes=[0]), node("Squeeze", "U", axes=[0])], opset=11)
    save("concat", [node("Concat", "XX", axis=-1)])
    save("topk", [node("TopK", ["X", "k"], "YI", axis=1)], [("k", s([2]))])
    save("topk_smallest", [node("TopK", ["X", "k"], "YI", axis=1, largest=0)], [("k", s([3]))])
    save("topk_input", [node("TopK", ["X", "k"], "IY", axis=1)], [("k", s([2]))], cast=True)
    save("topk_attribute", [node("TopK", "X", "YI", axis=1, k=2)], opset=9)
    for op in ["ArgMax", "ArgMin"]:
        for last in [0, 1]:
            save(f"{op.lower()}_{last}.whole", [node(op, "X", axis=1, select_last_index=last)], cast=True)


def sums():
    for op in "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSumExp".split():
        save(op.lower(), [node(op, ["X", "a"])], [("a", np.int64([1]))])
        save(f"{op.lower()}_attribute", [node(op, "X", axes=[-1], keepdims=1)], opset=11)
        save(f"{op.lower()}_double", [node(op, ["X", "a"])], [("a", np.int64([1]))], element=T.DOUBLE, cast=True)
    save("reducelogsum.positive", [node("ReduceLogSum", ["X", "a"])], [("a", np.int64([1]))])
    for op in "ReduceSum ReduceMax ReduceMin ReduceProd".split():
        save(f"{op.lower()}_int", [node(op, ["X", "a"])], [("a", np.int64([1]))], element=T.INT64, cast=True)
    save("reducesum_none", [node("ReduceSum", "X", noop_with_empty_axes=1)])
    for exclusive in [0, 1]:
        for reverse in [0, 1]:
            save(f"cumsum_{exclusive}{reverse}", [node("CumSum", ["X", "a"], exclusive=exclusive, reverse=reverse)], [("a", np.int64(1))])
    save("cumsum_int", [node("CumSum", ["X", "a"])], [("a", np.int64(-1))], element=T.INT64, cast=True)
    for p in [1, 2]:
        save(f"lpnormalization_{p}", [node("LpNormalization", "X", axis=1, p=p)])
    for opset in [11, 13]:
        for op in ["Softmax", "LogSoftmax", "Hardmax"]:
            save(f"{op.lower()}_{opset}", [node(op, "X", axis=1)], opset=opset)
    w = np.float32([0.5, 1, -1, 2])
    save("layernormalization", [node("LayerNormalization", ["X", "w", "b"])], [("w", w), ("b", w * 2)])
    save("layernormalization_plain", [node("LayerNormalization", ["X", "w"], epsilon=0.1)], [("w", w)])
    m = np.float32(np.arange(12).reshape(4, 3) / 7 - 0.6)
    save("matmul", [node("MatMul", ["X", "m"])], [("m", m)])
    save("matmul_double", [node("MatMul", ["X", "m"])], [("m", m.astype(np.float64))], element=T.DOUBLE, cast=True)
    save("gemm", [node("Gemm", ["X", "m", "c"], alpha=0.5, beta=2.0, transB=1)], [("m", m.T.copy()), ("c", np.float32([1, 2, 3]))])
    save("gemm_plain", [node("Gemm", ["X", "m"])], [("m", m)])


def features():
    for norm in ["MAX", "L1", "L2"]:
        save(f"normalizer_{norm.lower()}", [node("Normalizer", "X", domain=ML, norm=norm)])
    save("scaler", [node("Scaler", "X", domain=ML, offset=[0.5, 1, 2, 3], scale=[1, 0.5, 2, 3.0])])
    save("scaler_one_int", [node("Scaler", "X", domain=ML, offset=[0.5], scale=[0.3])], element=T.INT64)
    save("scaler_double", [node("Scaler", "X", domain=ML, offset=[0.5, 1, 2, 3], scale=[1, 0.5, 2, 3.0])], element=T.DOUBLE)
    save("binarizer", [node("Binarizer", "X", domain=ML, threshold=0.3)])
    save("imputer.missing", [node("Imputer", "X", domain=ML, imputed_value_floats=[1.0, 2, 3, 4], replaced_value_float=float("nan"))])
    save("imputer_one.whole", [node("Imputer", "X", domain=ML, imputed_value_floats=[7.0], replaced_value_float=2.0)])
    save("imputer_int", [node("Imputer", "X", domain=ML, imputed_value_int64s=[7], replaced_value_int64=2)], element=T.INT64, cast=True)
    save("extractor", [node("ArrayFeatureExtractor", ["X", "i"], domain=ML)], [("i", np.int64([2, 0]))])
    save("onehot_text", [node("OneHotEncoder", "X", "H", domain=ML, cats_strings=["a", "b", "c"]), node("Flatten", "H")], element=T.STRING)
    save("onehot_int", [node("OneHotEncoder", "X", "H", domain=ML, cats_int64s=[0, 1, 2]), node("Flatten", "H")], element=T.INT64)
    save("onehot_float.whole", [node("OneHotEncoder", "X", "H", domain=ML, cats_int64s=[0, 1, 2]), node("Flatten", "H")])
    save("labels_1", [node("LabelEncoder", "X", domain=ML, classes_strings=["a", "b", "c", "a"], default_int64=9)], ml=1, element=T.STRING, cast=True)
    save("labels_1_back", [node("LabelEncoder", "X", "L", domain=ML, classes_strings=["a", "b", "c"], default_string="b"), node("CategoryMapper", "L", domain=ML, cats_strings=["a", "b", "c"], cats_int64s=[5, 6, 7])], ml=1, element=T.INT64, cast=True)
    save("category_mapper", [node("CategoryMapper", "X", domain=ML, cats_strings=["a", "b", "c"], cats_int64s=[5, 6, 7], default_int64=-3)], element=T.STRING, cast=True)
    save("labels_text_float", [node("LabelEncoder", "X", domain=ML, keys_strings=["a", "b", "a"], values_floats=[1.5, 2.5, 3.5], default_float=-1.0)], element=T.STRING)
    save("labels_int_float", [node("LabelEncoder", "X", domain=ML, keys_int64s=[0, 1, 3], values_floats=[1.5, 2.5, 3.5])], element=T.INT64)
    save("labels_float_int.whole", [node("LabelEncoder", "X", domain=ML, keys_floats=[0.0, 1.0, float("nan")], values_int64s=[4, 5, 6])], cast=True)
    save("labels_float_float.missing", [node("LabelEncoder", "X", domain=ML, keys_floats=[0.0, float("nan")], values_floats=[4.0, 5.0])])
    save("labels_4_float_float.missing", [node("LabelEncoder", "X", domain=ML, keys_floats=[0.0, float("nan")], values_floats=[4.0, 5.0])], opset=20, ml=4)
    k = h.make_tensor("k", T.DOUBLE, [3], [0.0, 1.0, 2.0])
    v = h.make_tensor("v", T.DOUBLE, [3], [0.25, 0.5, 0.75])
    d = h.make_tensor("d", T.DOUBLE, [1], [-7.0])
    save("labels_double", [node("Floor", "X", "W"), node("LabelEncoder", "W", domain=ML, keys_tensor=k, values_tensor=v, default_tensor=d)], opset=20, ml=4, element=T.DOUBLE, cast=True)
    save("cast_int", [node("Cast", "X", "C", to=T.INT64), node("Cast", "C", to=T.DOUBLE)], cast=True)
    save("cast_bool.whole", [node("Cast", "X", "C", to=T.BOOL), node("Cast", "C", to=T.INT32)], cast=True)


def machines():
    r = np.random.RandomState(0)
    f = lambda n: [float(x) for x in r.randn(n).round(3)]
    params = dict(LINEAR=[0.0, 0, 0], POLY=[0.4, 0.5, 3.0], RBF=[0.3, 0, 0], SIGMOID=[0.2, 0.1, 0.0])
    for classes, text in [(2, False), (3, True)]:
        labels = dict(classlabels_strings=["x", "y", "z"][:classes]) if text else dict(classlabels_ints=[4, 7, 9][:classes])
        element = T.STRING if text else T.INT64
        pairs = classes * (classes - 1) // 2
        for kernel, p in params.items():
            for transform in ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]:
                for proba in [False, True]:
                    if transform != "NONE" and kernel not in ["RBF", "LINEAR"]:
                        continue
                    extra = dict(prob_a=[-1.5 + 0.3 * i for i in range(pairs)], prob_b=f(pairs)) if proba else {}
                    save(f"svm_{classes}_{kernel.lower()}_{transform.lower()}_{'proba' if proba else 'scores'}",
                         [node("SVMClassifier", "X", ["label", "Y"], domain=ML, kernel_type=kernel, kernel_params=p, post_transform=transform,
                               vectors_per_class=[2, 3, 1][:classes], support_vectors=f(4 * sum([2, 3, 1][:classes])),
                               coefficients=f((classes - 1) * sum([2, 3, 1][:classes])), rho=f(pairs), **labels, **extra)], label=element)
        for transform in ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]:
            for sign in ["mixed", "positive"]:
                c = f(4 * classes)
                save(f"svm_{classes}_plain_{transform.lower()}_{sign}",
                     [node("SVMClassifier", "X", ["label", "Y"], domain=ML, kernel_type="LINEAR", kernel_params=[0.0, 0, 0], post_transform=transform,
                           coefficients=[abs(x) for x in c] if sign == "positive" else c, rho=[0.25], **labels)], label=element)
    for kernel, p in params.items():
        for one in [0, 1]:
            save(f"svr_{kernel.lower()}_{one}", [node("SVMRegressor", "X", domain=ML, kernel_type=kernel, kernel_params=p, n_supports=3,
                 support_vectors=f(12), coefficients=f(3), rho=[0.3], one_class=one)])
    save("svr_plain", [node("SVMRegressor", "X", domain=ML, kernel_type="LINEAR", kernel_params=[0.0, 0, 0], n_supports=0, coefficients=f(4), rho=[0.3])])
    save("svm_int", [node("SVMClassifier", "X", ["label", "Y"], domain=ML, kernel_type="RBF", kernel_params=[0.3, 0.0, 0.0], vectors_per_class=[2, 2],
         support_vectors=f(16), coefficients=f(4), rho=[0.1], classlabels_ints=[0, 1])], element=T.INT64, label=T.INT64)


def linear_and_encoded():
    r = np.random.RandomState(1)
    f = lambda n: [float(x) for x in r.randn(n).round(3)]
    w = f(4)
    both = w + [-x for x in w]
    save("linear_regressor", [node("LinearRegressor", "X", domain=ML, targets=3, coefficients=f(12), intercepts=f(3))])
    save("linear_regressor_mirrored", [node("LinearRegressor", "X", domain=ML, targets=2, coefficients=both, intercepts=[0.5, -0.5])])
    for transform in ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]:
        for classes, c, i in [(2, both, [0.5, -0.5]), (2, f(8), f(2)), (3, f(12), f(3))]:
            kind = f"{classes}_{'mirrored' if c is both else 'free'}"
            save(f"linear_{kind}_{transform.lower()}", [node("LinearClassifier", "X", ["label", "Y"], domain=ML, post_transform=transform,
                 coefficients=c, intercepts=i, classlabels_ints=list(range(classes)))], label=T.INT64)
    # Models that apply the encoders before them: 4 texts of 3 categories each.
    encode = [node("OneHotEncoder", "X", "H", domain=ML, cats_strings=["a", "b", "c"]), node("Reshape", ["H", "s"], "E")]
    shape = [("s", np.int64([-1, 12]))]
    w = f(12)
    for kind, classes, c, i in [("mirrored", 2, w + [-x for x in w], [0.5, -0.5]), ("three", 3, f(36), f(3))]:
        save(f"encoded_linear_{kind}", encode + [node("LinearClassifier", "E", ["label", "Y"], domain=ML, post_transform="LOGISTIC",
             coefficients=c, intercepts=i, classlabels_ints=list(range(classes)))], shape, element=T.STRING, label=T.INT64)
    save("encoded_linear_regressor", encode + [node("LinearRegressor", "E", domain=ML, targets=2, coefficients=f(24), intercepts=f(2))], shape, element=T.STRING)
    # Columns asked for again with another way for what is missing, others in between.
    columns = [0, 1, 0, 4, 1, 7, 4, 11, 7, 0]
    trees = len(columns)
    save("encoded_trees", encode + [node("TreeEnsembleRegressor", "E", domain=ML, n_targets=1,
         nodes_treeids=[t for t in range(trees) for _ in range(3)], nodes_nodeids=[0, 1, 2] * trees,
         nodes_featureids=[x for c in columns for x in [c, 0, 0]], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"] * trees,
         nodes_values=[0.5, 0.0, 0.0] * trees, nodes_truenodeids=[1, 0, 0] * trees, nodes_falsenodeids=[2, 0, 0] * trees,
         nodes_missing_value_tracks_true=[x for t in range(trees) for x in [(t // 2) % 2, 0, 0]],
         target_treeids=[t for t in range(trees) for _ in range(2)], target_nodeids=[1, 2] * trees, target_ids=[0] * 2 * trees,
         target_weights=f(2 * trees))], shape, element=T.STRING)


def bushy_trees():
    """Complete trees of seven levels, which the native backend passes three levels at a time."""
    r = np.random.RandomState(2)
    trees, branches = 3, 127
    leaves = branches + 1
    count = branches + leaves
    per_branch = lambda value: [x for _ in range(trees) for x in [value() for _ in range(branches)] + [0] * leaves]
    sides = lambda side: [x for _ in range(trees) for x in [2 * n + side for n in range(branches)] + [0] * leaves]

    def attributes(columns, modes, threshold, tracks):
        mode = [x for _ in range(trees) for x in [str(r.choice(modes)) for _ in range(branches)] + ["LEAF"] * leaves]
        return dict(domain=ML, nodes_treeids=[t for t in range(trees) for _ in range(count)], nodes_nodeids=list(range(count)) * trees,
            nodes_featureids=per_branch(lambda: int(r.randint(columns))), nodes_modes=mode, nodes_values=[float(x) for x in per_branch(threshold)],
            nodes_truenodeids=sides(1), nodes_falsenodeids=sides(2),
            nodes_missing_value_tracks_true=per_branch(lambda: int(r.randint(2)) if tracks else 0))

    def weights(prefix, targets):
        values = r.choice(np.float32([-0.5, 0.125, 0.25, 0.3, 1.0]), trees * leaves * targets)
        return {prefix + "_treeids": [t for t in range(trees) for _ in range(leaves * targets)],
                prefix + "_nodeids": [branches + n for _ in range(trees) for n in range(leaves) for _ in range(targets)],
                prefix + "_ids": list(range(targets)) * leaves * trees, prefix + "_weights": [float(x) for x in values]}

    numbers = lambda: round(r.randn() * 2, 1)
    for kind, modes in [("leq", ["BRANCH_LEQ"]), ("mixed", ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"])]:
        save(f"bushy_trees_{kind}", [node("TreeEnsembleRegressor", "X", n_targets=1, aggregate_function="AVERAGE",
             **attributes(4, modes, numbers, kind == "mixed"), **weights("target", 1))])
    save("bushy_trees_classes", [node("TreeEnsembleClassifier", "X", ["label", "Y"], post_transform="SOFTMAX", classlabels_int64s=[0, 1, 2],
         **attributes(4, ["BRANCH_LEQ"], numbers, False), **weights("class", 3))], label=T.INT64)
    encode = [node("OneHotEncoder", "X", "H", domain=ML, cats_strings=["a", "b", "c"]), node("Reshape", ["H", "s"], "E")]
    save("bushy_trees_encoded", encode + [node("TreeEnsembleRegressor", "E", n_targets=2,
         **attributes(12, ["BRANCH_LEQ", "BRANCH_GT"], lambda: r.choice([-0.5, 0.0, 0.5, 0.5, 0.5, 1.0]), False), **weights("target", 2))],
         [("s", np.int64([-1, 12]))], element=T.STRING)


if __name__ == "__main__":
    for part in [unary, binary, shapes, sums, features, machines, linear_and_encoded, bushy_trees]:
        part()
    print(count, "models")
