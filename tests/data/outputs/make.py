"""Small graphs whose outputs, rows or widths are not what they seem, and the reference values of the others.

The other models here are exports of scikit-learn 1.9.1 (skl2onnx 1.20.0), scikit-learn 1.4.2 with
onnxruntime 1.18.1's dynamic quantisation, XGBoost 2.0.3 (onnxmltools) and ML.NET. Scores beside the rows in
the CSV files are those of the training library, of ONNX Runtime for all rows at once (quantised) or of the
formula (mlnet): see the column names.
"""
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h

def save(name, nodes, inputs, outputs, constants=(), ir=8, opset=15):
    graph = h.make_graph(nodes, name, inputs, outputs, [onnx.numpy_helper.from_array(v, n) for n, v in constants])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=ir)
    onnx.save(model, name + ".onnx")

x = h.make_tensor_value_info("X", T.FLOAT, [None, 2])
score = lambda name, width=1: h.make_tensor_value_info(name, T.FLOAT, [None, width])
w = np.array([[1.0], [-1.0]], np.float32)
# Two outputs without a telling name.
save("two_outputs", [h.make_node("MatMul", ["X", "w"], ["first"]), h.make_node("Neg", ["first"], ["second"])],
     [x], [score("first"), score("second")], [("w", w)])
# Token ids: any number of them.
ids = h.make_tensor_value_info("input_ids", T.INT64, [None, None])
save("token_ids", [h.make_node("Gather", ["table", "input_ids"], ["rows"]),
                   h.make_node("ReduceMean", ["rows"], ["mean"], axes=[1], keepdims=0),
                   h.make_node("MatMul", ["mean", "v"], ["z"]), h.make_node("Sigmoid", ["z"], ["probability"])],
     [ids], [score("probability")], [("table", np.linspace(-1, 1, 40, dtype=np.float32).reshape(10, 4)),
                                     ("v", np.ones((4, 1), np.float32))])
# A batch normalisation that was exported in training mode.
save("training_mode", [h.make_node("BatchNormalization", ["X", "one", "zero", "zero", "one"], ["n", "m", "s"], training_mode=1),
                       h.make_node("MatMul", ["n", "w"], ["z"]), h.make_node("Sigmoid", ["z"], ["probability"])],
     [x], [score("probability")], [("w", w), ("one", np.ones(2, np.float32)), ("zero", np.zeros(2, np.float32))])
# Every row less the mean of all.
save("centred", [h.make_node("ReduceMean", ["X"], ["m"], axes=[0], keepdims=1), h.make_node("Sub", ["X", "m"], ["c"]),
                 h.make_node("MatMul", ["c", "w"], ["z"]), h.make_node("Sigmoid", ["z"], ["probability"])],
     [x], [score("probability")], [("w", w)])
# Noise in every answer.
save("noise", [h.make_node("RandomUniformLike", ["X"], ["r"]), h.make_node("Add", ["X", "r"], ["y"]),
               h.make_node("MatMul", ["y", "w"], ["z"]), h.make_node("Sigmoid", ["z"], ["probability"])],
     [x], [score("probability")], [("w", w)])
# Three probabilities without class names.
save("three_unnamed", [h.make_node("MatMul", ["X", "w3"], ["z"]), h.make_node("Softmax", ["z"], ["probabilities"], axis=1)],
     [x], [score("probabilities", 3)], [("w3", np.array([[1, 0, -1], [0, 1, -1]], np.float32))])
# A version of the format that does not exist yet.
save("future_format", [h.make_node("MatMul", ["X", "w"], ["score"])], [x], [score("score")], [("w", w)], ir=99)
