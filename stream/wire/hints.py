"""Hints at what a value that is no event looks like, for the detail of its rejection."""

from __future__ import annotations

import re

_SAMPLE_BYTES = 4096

_MAGIC = (
    (b"\x1f\x8b", "gzip: set compression.type of the producer instead of compressing values"),
    (b"\x28\xb5\x2f\xfd", "zstd: set compression.type of the producer instead of compressing values"),
    (b"PK\x03\x04", "a zip file"),
    (b"Obj\x01", "an Avro file: send one record a message"),
    (b"PAR1", "a Parquet file: `segue produce` reads it"),
    (b"\xef\xbb\xbf", "a byte order mark: write UTF-8 without it"),
    (b"\xff\xfe", "UTF-16: write UTF-8"),
    (b"\xfe\xff", "UTF-16: write UTF-8"),
    (b"{\x00", "UTF-16: write UTF-8"),
    (b"\x00{", "UTF-16: write UTF-8"),
)
_TEXTS = tuple(
    (re.compile(form, re.DOTALL), hint)
    for form, hint in (
        (r"", "nothing"),
        (r"\{\s*'.*", "a Python dict: write it with json.dumps"),
        (r"\{\s*[A-Za-z_]\w*\s*:.*", "JavaScript: write it with JSON.stringify"),
        (r"[\[{].*\b(NaN|-?Infinity)\b.*", "JSON with NaN or Infinity: write null"),
        (r"\{.*\}\s*\{.*", "several objects: send one a message"),
        (r"\{[^}]*", "an object that was cut off"),
        (r'"\s*[\[{].*', "JSON within a JSON text: encode once"),
        (r"\[.*", "a list of events: send one a message"),
        (r"<.*", "XML"),
        (r"[\w.]+=[^&\s]*(&[\w.]+=[^&\s]*)*\s*", "a form or query string"),
        (r"[^{}\[\]\n]*[,;\t][^{}\[\]]*", "a line of CSV: `segue produce` reads files of it"),
    )
)


def looks_like(value: bytes) -> str:
    """Return what `value` looks like, to append to a sentence; empty if it looks like nothing known.

    >>> looks_like(b"{'user_id': '7'}")
    '; it looks like a Python dict: write it with json.dumps'
    """
    hint = next((hint for magic, hint in _MAGIC if value.startswith(magic)), None)
    if hint is None:
        text = value[:_SAMPLE_BYTES].decode(errors="replace").strip()
        hint = next((hint for form, hint in _TEXTS if form.fullmatch(text)), None)
    return f"; it looks like {hint}" if hint else ""
