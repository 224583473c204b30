"""ONNX graphs: from a framework, in operators that can be quantised, in int8 and fp16.

In reading order:

    to_onnx           torch module to a fused fp32 graph
    einsum            Einsum by a constant as a matrix product, for XLNet
    keras_to_onnx     Keras encoder to an fp32 graph
    tensorflow_ops    operators of TensorFlow's converter, rewritten
    pooling_head      mean pooling and L2 norm, for graphs without them
    token_table       a table of token vectors, and the mean over a text
    projection_head   a projection appended to an encoder's graph
    quantize_int8     fp32 to int8, one scale a row: batch-invariant
    fp16              fp32 to fp16, for a GPU
"""
