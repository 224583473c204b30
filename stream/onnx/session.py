"""A model file of an encoder folder in ONNX Runtime, checked before use: token ids in, vectors out.

A row's vector must not depend on the other rows. So a run has one thread. GPU libraries choose kernels by the number
of rows, so on a GPU every run has the same number.
"""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states

from stream.core.arrays import Vectors
from stream.onnx.folder import FP16_MODEL, MODEL, TOKENIZER, EncoderError, EncoderFolder
from stream.onnx.providers import Provider

MIN_TOKENS = 2  # the CPU kernel for a matrix of one row (GEMV) rounds differently
RUN_TEXTS = 32  # texts in one run; more are not faster
RUN_TOKENS = 512  # tokens in one run; the widest activation (512 x 1536 floats, 3 MB) stays in the CPU cache
INPUTS = {"attention_mask": "tensor(int64)", "input_ids": "tensor(int64)"}
LENGTH_ERROR = 0.01  # tolerance of a vector's length, for fp16 arithmetic

ORT_ERRORS = (
    RuntimeError,
    ValueError,
    states.EPFail,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NoModel,
    states.NoSuchFile,
    states.NotImplemented,
    states.RuntimeException,
)  # without a common base but Exception

Ids = NDArray[np.int64]


def run_size(n_tokens: int) -> int:
    """Return the number of texts of `n_tokens` tokens that run together."""
    return max(1, min(RUN_TEXTS, RUN_TOKENS // max(n_tokens, 1)))


class OnnxModel:
    """A model of `folder`, fp16 on a GPU if there is one, checked with the manifest and the largest token id.

    Raises EncoderError.
    """

    def __init__(self, folder: EncoderFolder, provider: Provider, largest_id: int) -> None:
        self._provider, self._manifest = provider, folder.manifest
        has_fp16 = FP16_MODEL in folder.manifest.sha256 and (folder.path / FP16_MODEL).is_file()
        name = FP16_MODEL if provider.device == "cuda" and has_fp16 else MODEL
        self.version = folder.version_of(name)
        self._file = folder.path / name
        self._session = _open(str(self._file), provider)
        self._check_shapes()
        self._check_runs(largest_id)

    def run(self, ids: Ids) -> Vectors:
        """Return vectors (n, dimension) float32 of ids (n, n_tokens), with n <= run_size(n_tokens)."""
        n, n_tokens = ids.shape
        if self._provider.full_runs:
            ids = np.resize(ids, (run_size(n_tokens), n_tokens))  # repeats the rows in turn
        mask = np.ones_like(ids)
        if n_tokens < MIN_TOKENS:
            missing = ((0, 0), (0, MIN_TOKENS - n_tokens))
            ids, mask = np.pad(ids, missing), np.pad(mask, missing)
        feed = {"input_ids": ids, "attention_mask": mask}
        vectors: Vectors = self._run_bound(feed) if self._provider.io_binding else self._session.run(None, feed)[0]
        return vectors[:n] if len(ids) > n else vectors

    def _run_bound(self, feed: dict[str, Ids]) -> Vectors:
        binding = self._session.io_binding()
        for name, value in feed.items():
            binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(value, self._provider.device, 0))
        binding.bind_output(self._session.get_outputs()[0].name, self._provider.device)
        self._session.run_with_iobinding(binding)
        vectors: Vectors = binding.copy_outputs_to_cpu()[0]
        return vectors

    def _check_shapes(self) -> None:
        """Check the inputs and outputs that the graph declares."""
        inputs = {value.name: value.type for value in self._session.get_inputs()}
        if inputs != INPUTS:
            raise self._error(f"takes {_format(inputs)}, expected {_format(INPUTS)}")
        outputs = self._session.get_outputs()
        if len(outputs) != 1 or outputs[0].type != "tensor(float)":
            found = _format({value.name: value.type for value in outputs})
            raise self._error(f"gives {found}, expected one tensor(float)")
        shape = outputs[0].shape
        if shape and len(shape) != 2:
            raise self._error(f"gives an output of shape {shape}, expected (texts, {self._manifest.dimension})")
        if shape and isinstance(shape[1], int):
            self._check_dimension(shape[1])

    def _check_runs(self, largest_id: int) -> None:
        """Run the graph with the largest token id and with the longest text."""
        tried = np.full((1, MIN_TOKENS), largest_id, np.int64)
        vectors = self._run_or_raise(tried, f"{TOKENIZER} has token ids up to {largest_id}")
        if vectors.ndim != 2 or len(vectors) != 1:
            raise self._error(f"gives {vectors.shape} for one text, expected (1, {self._manifest.dimension})")
        self._check_dimension(vectors.shape[1])
        longest = np.resize(tried, (1, max(MIN_TOKENS, self._manifest.max_tokens)))
        vectors = self._run_or_raise(longest, f"the manifest has max_tokens {self._manifest.max_tokens}")
        self._check_length(float(np.linalg.norm(vectors.astype(np.float64))))

    def _run_or_raise(self, ids: Ids, condition: str) -> Vectors:
        try:
            return self.run(ids)
        except ORT_ERRORS as error:
            raise self._error(f"can not be run, where {condition}: {_first_line(error)}") from error

    def _check_dimension(self, got: int) -> None:
        if got != self._manifest.dimension:
            raise self._error(f"gives {got} dimensions, its manifest says {self._manifest.dimension}")

    def _check_length(self, got: float) -> None:
        least = 1 - LENGTH_ERROR if self._manifest.length == "unit" else 0
        if not least <= got <= 1 + LENGTH_ERROR:  # NaN is refused too
            raise self._error(f"gives a vector of length {got:.3g}, its manifest says {self._manifest.length} length")

    def _error(self, fault: str) -> EncoderError:
        return EncoderError(f"{self._file} {fault}; export the model again (python -m export --help)")


def _open(file: str, provider: Provider) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, not logged too
    # The file is already fused; higher levels rewrite it for this machine, and were not faster.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    if provider.name not in ort.get_available_providers():
        raise _no_provider(provider)
    if provider.device == "cuda":
        ort.preload_dlls()  # CUDA may be installed as Python packages
    try:
        session = ort.InferenceSession(file, options, providers=[provider.name])
    except ORT_ERRORS as error:
        raise EncoderError(
            f"{file} is not a model that ONNX Runtime {ort.__version__} can load: {_first_line(error)}; export the "
            "model again (python -m export --help)"
        ) from error
    if provider.name not in session.get_providers():  # ONNX Runtime falls back to the CPU when CUDA does not start
        raise _no_provider(provider)
    return session


def _no_provider(provider: Provider) -> EncoderError:
    return EncoderError(
        f"ONNX Runtime {ort.__version__} has no working {provider.name} here: install the extra `gpu` in place of "
        "`cpu` and a CUDA runtime, or set SEGUE_PROVIDER=cpu"
    )


def _format(types: dict[str, str]) -> str:
    return ", ".join(f"{name} {types[name]}" for name in sorted(types)) or "nothing"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]
