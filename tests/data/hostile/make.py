"""Makes the small models of this folder: pip install onnx==1.23.2"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as n

HERE = Path(__file__).parent
X = h.make_tensor_value_info("X", T.FLOAT, ["n", 3])
SCORE = h.make_tensor_value_info("score", T.FLOAT, ["n", 1])
OPSETS = [h.make_opsetid("", 17), h.make_opsetid("ai.onnx.ml", 3)]
W = n.from_array(np.array([[0.02], [-0.3], [0.01]], np.float32), "W")


def save(name, nodes, outputs=(SCORE,), constants=(W,)):
    graph = h.make_graph(nodes, "g", [X], list(outputs), list(constants))
    model = h.make_model(graph, opset_imports=OPSETS, ir_version=8)
    (HERE / name).write_bytes(model.SerializeToString())


LAST = h.make_node("Sigmoid", ["z"], ["score"])
save("circle.onnx", [
    h.make_node("MatMul", ["X", "W"], ["y"]),
    h.make_node("Add", ["y", "b"], ["a"]),
    h.make_node("Relu", ["a"], ["b"]),
    h.make_node("Identity", ["b"], ["z"]),
    LAST,
])
save("made_twice.onnx", [
    h.make_node("MatMul", ["X", "W"], ["z"]),
    h.make_node("Neg", ["z"], ["y"]),
    h.make_node("Relu", ["y"], ["z"]),
    LAST,
])
save("misspelled.onnx", [
    h.make_node("Gemm", ["X", "W"], ["z"], aplha=0.5),
    LAST,
])
save("wrong_type.onnx", [
    h.make_node("Gemm", ["X", "W"], ["z"], alpha=2),
    LAST,
])
save("misspelled_in_branch.onnx", [
    h.make_node("MatMul", ["X", "W"], ["y"]),
    h.make_node("If", ["c"], ["z"], **{
        f"{side}_branch": h.make_graph(
            [h.make_node("LeakyRelu", ["y"], [side], **{name: 0.5})],
            side, [], [h.make_tensor_value_info(side, T.FLOAT, None)])
        for side, name in [("then", "alpha"), ("else", "alhpa")]
    }),
    LAST,
], constants=(W, n.from_array(np.array(True), "c")))
for name, location in [
    ("outside_above.onnx", "../../etc/passwd"),
    ("outside_absolute.onnx", "/etc/passwd"),
    ("outside_by_link.onnx", "link.bin"),
]:
    weights = onnx.TensorProto(name="W", data_type=T.FLOAT, dims=[3, 1],
                               data_location=onnx.TensorProto.EXTERNAL)
    for key, value in [("location", location), ("offset", "0"), ("length", "12")]:
        weights.external_data.add(key=key, value=value)
    save(name, [h.make_node("MatMul", ["X", "W"], ["z"]), LAST], constants=(weights,))
save("mixed_ids.onnx", [h.make_node(
    "TreeEnsembleClassifier", ["X"], ["label", "score"], domain="ai.onnx.ml",
    nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0],
    nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[40.0, 0.0, 0.0],
    nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
    class_treeids=[0, 0], class_nodeids=[1, 2], class_ids=[0, 1], class_weights=[0.5, 0.25],
    base_values=[0.125], classlabels_int64s=[0, 1], post_transform="LOGISTIC",
)], outputs=(
    h.make_tensor_value_info("label", T.INT64, ["n"]),
    h.make_tensor_value_info("score", T.FLOAT, ["n", 2]),
), constants=())

# Never ends on a row that holds a number above 40, and at once on all others.
body = h.make_graph(
    [h.make_node("Identity", ["go"], ["go_on"]), h.make_node("Add", ["y", "y"], ["next"])],
    "body",
    [h.make_tensor_value_info("i", T.INT64, []), h.make_tensor_value_info("go", T.BOOL, []),
     h.make_tensor_value_info("y", T.FLOAT, None)],
    [h.make_tensor_value_info("go_on", T.BOOL, []), h.make_tensor_value_info("next", T.FLOAT, None)])
save("loop_on_rows.onnx", [
    h.make_node("ReduceMax", ["X"], ["most"], keepdims=0),
    h.make_node("Greater", ["most", "limit"], ["go"]),
    h.make_node("MatMul", ["X", "W"], ["y"]),
    h.make_node("Loop", ["trips", "go", "y"], ["z"], body=body),
    LAST,
], constants=(W, n.from_array(np.array(40, np.float32), "limit"),
              n.from_array(np.array(2**62, np.int64), "trips")))

# 400 MB of ones, for however many rows.
save("large_constant.onnx", [
    h.make_node("MatMul", ["X", "W"], ["y"]),
    h.make_node("ReduceMax", ["X"], ["most"], keepdims=0),
    # A shape that is not known before it is run.
    h.make_node("Mul", ["most", "zero"], ["nothing"]),
    h.make_node("Cast", ["nothing"], ["none"], to=T.INT64),
    h.make_node("Add", ["none", "wide"], ["shape"]),
    h.make_node("ConstantOfShape", ["shape"], ["ones"], value=n.from_array(np.array([1], np.float32))),
    h.make_node("ReduceMean", ["ones"], ["one"], keepdims=0),
    h.make_node("Mul", ["y", "one"], ["z"]),
    LAST,
], constants=(W, n.from_array(np.array(0, np.float32), "zero"),
              n.from_array(np.array([10_000, 10_000], np.int64), "wide")))
# 200 kB of each row.
save("wide_rows.onnx", [
    h.make_node("MatMul", ["X", "W"], ["y"]),
    h.make_node("Expand", ["y", "width"], ["wide"]),
    h.make_node("Sin", ["wide"], ["waves"]),
    h.make_node("ReduceMean", ["waves"], ["z"], axes=[1], keepdims=1),
    LAST,
], constants=(W, n.from_array(np.array([1, 25_000], np.int64), "width")))
