"""flite through its library: its command tells the phones' lengths, but not which word they belong to."""

import ctypes
from functools import cache

import numpy as np

from .spoken import Manner, Span, Spoken, at_rate, per_word, said
from .texts import Line

SLOWER = {"kal16": 1.1}  # than it comes, to be understood
PITCH = {"kal16": 95.0}  # Hz; the others' is part of their recordings


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _Voice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


@cache
def _library() -> ctypes.CDLL:
    """Load libflite and say what its functions take and return (flite/cst_utterance.h, cst_item.h)."""
    library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    for part in ("usenglish", "cmulex"):
        ctypes.CDLL(f"libflite_{part}.so.1", mode=ctypes.RTLD_GLOBAL)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures = {
        "flite_synth_text": (pointer, [text, pointer]),
        "utt_relation": (pointer, [pointer, text]),
        "relation_head": (pointer, [pointer]),
        "item_next": (pointer, [pointer]),
        "item_daughter": (pointer, [pointer]),
        "ffeature_string": (text, [pointer, text]),
        "ffeature_float": (ctypes.c_float, [pointer, text]),
        "utt_wave": (ctypes.POINTER(_Wave), [pointer]),
        "delete_utterance": (None, [pointer]),
        "feat_set_float": (None, [pointer, text, ctypes.c_float]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.flite_init()
    return library


@cache
def _voice(name: str) -> int:
    """Register one of flite's voices and return its address."""
    _library()
    register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
    register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    return int(register(None))


def _items(item: int | None) -> list[int]:
    """Return an item and those that follow it."""
    found = []
    while item:
        found.append(item)
        item = _library().item_next(item)
    return found


def _timed(word: int) -> Span:
    """Return when a word of flite's begins and ends."""
    read = _library().ffeature_float
    start = read(word, b"R:SylStructure.daughter1.daughter1.R:Segment.p.end")
    return start, read(word, b"R:SylStructure.daughtern.daughtern.R:Segment.end")


def _read(utterance: int, line: Line) -> Spoken:
    """Return what flite made. Its times are stretched to the sound's length: the diphone voice is a little faster.

    Raises:
        CannotSayError: flite split the line into other words.
    """
    library = _library()
    made = library.utt_wave(utterance).contents
    sound = np.ctypeslib.as_array(made.samples, (made.num_samples,)).astype(np.float32) / 32768
    segments, tokens = (
        _items(library.relation_head(library.utt_relation(utterance, name))) for name in (b"Segment", b"Token")
    )
    phones = [
        (library.ffeature_string(item, b"name").decode(), library.ffeature_float(item, b"end")) for item in segments
    ]
    scale = made.num_samples / made.sample_rate / phones[-1][1]
    timed = [tuple(_timed(word) for word in _items(library.item_daughter(token))) for token in tokens]
    spans = per_word(line, [tuple((a * scale, b * scale) for a, b in words) for words in timed])
    return Spoken(at_rate(sound, made.sample_rate), spans, tuple((name, end * scale) for name, end in phones))


def speak(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let flite say the line.

    Raises:
        CannotSayError: flite split the line into other words.
    """
    library, address = _library(), _voice(voice)
    features = ctypes.cast(address, ctypes.POINTER(_Voice)).contents.features
    library.feat_set_float(features, b"duration_stretch", manner.stretch * SLOWER.get(voice, 1.0))
    if voice in PITCH:
        library.feat_set_float(features, b"int_f0_target_mean", PITCH[voice] * manner.pitch)
    utterance = library.flite_synth_text(said(line).encode(), address)
    try:
        return _read(utterance, line)
    finally:
        library.delete_utterance(utterance)
