"""OnnxEncoder: the shipped model against itself in other batches, and a tiny one against its formula."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import (
    FP16_MODEL,
    MODEL,
    TOKENIZER,
    EncoderError,
    EncoderFolder,
    EncoderManifest,
    read_encoder_folder,
)
from stream.onnx.providers import PROVIDERS
from stream.onnx.session import RUN_TEXTS, RUN_TOKENS, run_size
from tests.golden.texts import many_texts

DEFAULT = Path(__file__).parents[2] / "models" / "default"
CPU = PROVIDERS["cpu"]
TINY_TEXTS = ["milk bread", "red shoes red", "wine wine", "milk eggs wine bread red shoes", "eggs milk"]

MakeTiny = Callable[..., OnnxEncoder]


@pytest.fixture
def tiny(tmp_path: Path) -> MakeTiny:
    """Makes the encoder of the tiny model with changes to its manifest."""
    pytest.importorskip("onnx")
    from tests.golden.tiny_encoder import MANIFEST_OF_TINY, Graph, write_encoder

    def make(unit: bool = True, **changes: object) -> OnnxEncoder:
        manifest: EncoderManifest = msgspec.structs.replace(MANIFEST_OF_TINY, **changes)
        return OnnxEncoder(write_encoder(tmp_path / "tiny", manifest=manifest, graph=Graph(unit=unit)))

    return make


def test_vectors_agree_with_the_formula(tiny: MakeTiny) -> None:
    from tests.golden.tiny_encoder import vectors_of

    np.testing.assert_allclose(tiny().encode(TINY_TEXTS), vectors_of(TINY_TEXTS), atol=1e-6)


def test_learned_lengths_agree_with_the_formula(tiny: MakeTiny) -> None:
    from tests.golden.tiny_encoder import vectors_of

    vectors = tiny(unit=False, length="learned").encode(TINY_TEXTS)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(vectors, vectors_of(TINY_TEXTS, unit=False), atol=1e-6)
    assert len({round(float(length), 3) for length in lengths}) == len(TINY_TEXTS)


def test_the_text_step_of_the_manifest_comes_before_the_tokenizer(tiny: MakeTiny) -> None:
    encoder = tiny(text_step=TextStep("behaviour-1"))
    raw = ["<b>MILK</b>&nbsp;bread", "https://www.example.com/red?id=7", "red red  wine"]
    assert np.array_equal(encoder.encode(raw), encoder.encode(["milk bread", "example com red", "red wine"]))


def test_texts_equal_after_the_text_step_are_run_once(tiny: MakeTiny) -> None:
    encoder = tiny(text_step=TextStep("behaviour-1"))
    encoder.encode(["milk bread", "MILK bread", "<i>milk</i> bread", "7654321"])
    assert (encoder.stats.n_hits, encoder.stats.n_misses, encoder.stats.n_cached) == (3, 1, 4)


@pytest.mark.parametrize("blank", ["", "1234567", "<br>", " \ud800 "])
def test_a_text_without_words_after_the_text_step_is_the_zero_vector(tiny: MakeTiny, blank: str) -> None:
    vectors = tiny(text_step=TextStep("behaviour-1")).encode(["milk", blank, "bread"])
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 0, 1])


def test_a_text_without_tokens_is_the_zero_vector(tiny: MakeTiny) -> None:
    assert not tiny().encode(["  ", ""]).any()


@pytest.mark.parametrize("full_runs", [False, True])
def test_io_binding_gives_the_same_bits_as_a_plain_run(full_runs: bool) -> None:
    texts = [text for text in many_texts(100) if len(text) < 80]
    expected = OnnxEncoder(DEFAULT, cache_texts=0).encode(texts)
    bound = OnnxEncoder(DEFAULT, cache_texts=0, provider=replace(CPU, io_binding=True, full_runs=full_runs))
    assert bound.encode(texts).tobytes() == expected.tobytes()


def test_a_bound_run_makes_no_plain_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from onnxruntime.capi.onnxruntime_inference_collection import Session

    bound = OnnxEncoder(DEFAULT, provider=replace(CPU, io_binding=True))
    monkeypatch.delattr(Session, "run")
    assert bound.encode(["milk"]).any()
    with pytest.raises(AttributeError):
        OnnxEncoder(DEFAULT)


def test_without_cuda_the_error_names_the_extra_to_install() -> None:
    with pytest.raises(
        EncoderError, match=r"no working CUDAExecutionProvider here: .*`gpu`.* or set SEGUE_PROVIDER=cpu"
    ):
        OnnxEncoder(DEFAULT, provider=PROVIDERS["cuda"])


def test_a_gpu_runs_the_fp16_model_which_has_its_own_version(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from tests.golden.tiny_encoder import Graph, write_encoder

    fp16 = Graph(n_positions=100).model()
    folder = write_encoder(tmp_path / "both", {FP16_MODEL: fp16})
    gpu = replace(PROVIDERS["cuda"], name=CPU.name, io_binding=False)
    checked = read_encoder_folder(folder)
    assert OnnxEncoder(folder, provider=gpu).version == checked.version_of(FP16_MODEL)
    assert OnnxEncoder(folder).version == checked.version_of(MODEL) != checked.version_of(FP16_MODEL)
    only_one = write_encoder(tmp_path / "one")
    assert OnnxEncoder(only_one, provider=gpu).version == OnnxEncoder(only_one).version


@pytest.mark.parametrize(("n_tokens", "n_texts"), [(1, RUN_TEXTS), (16, 32), (17, 30), (512, 1), (RUN_TOKENS * 3, 1)])
def test_a_run_keeps_to_its_number_of_texts_and_tokens(n_tokens: int, n_texts: int) -> None:
    assert run_size(n_tokens) == n_texts


def test_a_vector_is_the_same_bits_in_any_batch() -> None:
    texts = many_texts(400)
    encoder = OnnxEncoder(DEFAULT, cache_texts=0)
    alone = {text: encoder.encode([text])[0].tobytes() for text in texts}
    rng = np.random.default_rng(3)
    for _ in range(12):
        batch = [texts[i] for i in rng.choice(len(texts), rng.integers(2, 150))]
        for text, vector in zip(batch, encoder.encode(batch), strict=True):
            assert vector.tobytes() == alone[text], text


def test_a_vector_is_the_same_bits_with_any_threads_and_cache() -> None:
    texts = many_texts(120)
    expected = OnnxEncoder(DEFAULT, threads=1, cache_texts=0).encode(texts)
    warm = OnnxEncoder(DEFAULT, threads=3, cache_texts=40)
    for start in range(0, 120, 30):
        warm.encode(texts[start : start + 50])

    assert warm.encode(texts).tobytes() == expected.tobytes()


def test_equal_texts_are_run_once_and_counted() -> None:
    encoder = OnnxEncoder(DEFAULT)

    encoder.encode(["milk", "bread", "milk"])
    assert (encoder.stats.n_hits, encoder.stats.n_misses, encoder.stats.n_cached) == (1, 2, 2)
    first_s = encoder.stats.encode_s
    assert first_s > 0

    encoder.encode(["bread", "eggs"])
    assert (encoder.stats.n_hits, encoder.stats.n_misses, encoder.stats.n_cached) == (2, 3, 3)
    assert encoder.stats.encode_s > first_s


def test_the_cache_evicts_the_least_recently_used_text() -> None:
    encoder = OnnxEncoder(DEFAULT, cache_texts=2)
    for text in ("milk", "bread", "milk", "eggs"):
        encoder.encode([text])  # bread leaves when eggs come
    n_misses = encoder.stats.n_misses

    encoder.encode(["milk"])
    assert encoder.stats.n_misses == n_misses
    encoder.encode(["bread"])
    assert encoder.stats.n_misses == n_misses + 1


def test_a_call_larger_than_the_cache_is_answered() -> None:
    encoder = OnnxEncoder(DEFAULT, cache_texts=1)

    assert encoder.encode(["milk", "bread", "eggs"]).shape == (3, encoder.dimension)
    assert encoder.stats.n_cached == 1


def test_threads_may_share_an_encoder() -> None:
    texts = [f"text number {i % 50}" for i in range(200)]
    encoder = OnnxEncoder(DEFAULT, cache_texts=20)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(encoder.encode, [texts[i : i + 50] for i in range(0, 200, 50)]))

    assert all(np.array_equal(result, results[0]) for result in results)
    assert encoder.stats.n_hits + encoder.stats.n_misses == 200


def test_the_version_changes_with_everything_that_determines_the_vectors() -> None:
    folder = read_encoder_folder(DEFAULT)
    manifest = folder.manifest
    others = [
        msgspec.structs.replace(manifest, sha256={**manifest.sha256, MODEL: "0" * 64}),
        msgspec.structs.replace(manifest, sha256={**manifest.sha256, TOKENIZER: "0" * 64}),
        msgspec.structs.replace(manifest, max_tokens=7),
        msgspec.structs.replace(manifest, text_step=TextStep("behaviour-1")),
        msgspec.structs.replace(manifest, text_step=TextStep("behaviour-1", {"lower": False})),
    ]
    versions = {EncoderFolder(DEFAULT, other).version_of(MODEL) for other in [manifest, *others]}

    assert len(versions) == 6
    assert OnnxEncoder(DEFAULT).version == folder.version_of(MODEL)
    renamed = msgspec.structs.replace(manifest, name="another", metrics={})
    assert EncoderFolder(DEFAULT, renamed).version_of(MODEL) == folder.version_of(MODEL)


@pytest.mark.parametrize(("cache_texts", "threads"), [(-1, 1), (10, 0)])
def test_a_negative_cache_or_no_thread_is_refused(cache_texts: int, threads: int) -> None:
    with pytest.raises(EncoderError, match="got"):
        OnnxEncoder(DEFAULT, cache_texts=cache_texts, threads=threads)
