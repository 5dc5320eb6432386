"""espeak-ng through its library, which tells in milliseconds where each word begins."""

import ctypes
import re
from functools import cache
from typing import Any

import numpy as np

from .spoken import CannotSayError, Manner, Spoken, at_rate, per_word, said
from .texts import Line


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # the word's first character, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


WORD_BEGINS, SENTENCE_ENDS = 1, 5  # event types, and parameters below, of espeak-ng/speak_lib.h
SPEED, PITCH = 1, 3
USUAL_SPEED, USUAL_PITCH = 160, 50  # words a minute; of 99
SOUND_TO_CALLBACK = 2  # all of it before the call returns
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Synthesiser:
    """libespeak-ng, which hands over sound and events piece by piece; an event is kind, letter from 0, and second."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = int(self.library.espeak_Initialize(SOUND_TO_CALLBACK, 0, None, 0))
        self.sound: list[np.ndarray] = []
        self.events: list[tuple[int, int, float]] = []
        self.callback = Callback(self.take)  # the library does not keep it alive
        self.library.espeak_SetSynthCallback(self.callback)

    def take(self, samples: Any, count: int, events: Any) -> int:
        """Keep what the library made; 0 asks it to go on."""
        if count > 0:
            self.sound.append(np.ctypeslib.as_array(samples, (count,)).copy())
        place = 0
        while events[place].type:
            event = events[place]
            self.events.append((event.type, event.text_position - 1, event.audio_position / 1000))
            place += 1
        return 0


@cache
def _synthesiser() -> _Synthesiser:
    """Start the library, once a process."""
    return _Synthesiser()


def speak(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let espeak-ng say the line; words that it runs together ("of the") share their time by their letters.

    Raises:
        CannotSayError: it made no sound, or does not say when its first word begins.
    """
    maker, text = _synthesiser(), said(line)
    maker.sound.clear()
    maker.events.clear()
    maker.library.espeak_SetVoiceByName(voice.encode())
    maker.library.espeak_SetParameter(SPEED, int(USUAL_SPEED / manner.stretch), 0)
    maker.library.espeak_SetParameter(PITCH, max(0, min(99, int(USUAL_PITCH * manner.pitch))), 0)
    coded = text.encode()
    maker.library.espeak_Synth(coded, len(coded) + 1, 0, 1, 0, 1, None, None)
    maker.library.espeak_Synchronize()
    begins = {letter: second for kind, letter, second in maker.events if kind == WORD_BEGINS}
    ends = sorted(second for kind, _, second in maker.events if kind in (WORD_BEGINS, SENTENCE_ENDS))
    if not maker.sound or 0 not in begins:
        raise CannotSayError(line.written)
    known = sorted({**begins, len(text): ends[-1]}.items())
    letters = [found.start() for found in re.finditer(r"\S+", text)]
    starts = np.interp([*letters, len(text)], *zip(*known, strict=True)).tolist()
    spans = [
        ((start, min([following] + [end for end in ends if end > start])),)
        for start, following in zip(starts[:-1], starts[1:], strict=True)
    ]
    return Spoken(at_rate(np.concatenate(maker.sound).astype(np.float32) / 32768, maker.rate), per_word(line, spans))
