"""festival at the other end of a pipe, asked in its own language for the sound and the words' times."""

import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

import numpy as np

from . import abroad
from .spoken import CannotSayError, Manner, Span, Spoken, at_rate, per_word, said
from .texts import Line

PITCH = {"kal_diphone": 105.0} | abroad.pitches()  # Hz; its spread goes with it
OVERFLOW = 1.0  # between two samples: the sound was louder than 16 bits hold, and is a click there
SAY = """(set! u (utt.synth (Utterance Text "{text}")))
(utt.save.wave u "{path}" 'riff)
"""
TELL = """(mapcar (lambda (token) (if (not (item.parent token)) (begin (format t "T\n") (mapcar (lambda (word)
(format t "W %f %f\n" (item.feat word 'word_start) (item.feat word 'word_end))) (item.daughters token)))))
(utt.relation.items u 'Token))
(mapcar (lambda (phone) (format t "P %s %f\n" (item.name phone) (item.feat phone 'end)))
(utt.relation.items u 'Segment))
(format t "DONE\n")
(fflush nil)
"""


def started(script: str) -> subprocess.Popen[str]:
    """Start festival with what chooses a voice."""
    process = subprocess.Popen(
        ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin
    process.stdin.write(script)
    return process


@cache
def _process(voice: str) -> subprocess.Popen[str]:
    return started(abroad.script(voice) if voice in abroad.pitches() else f"(voice_{voice})\n")


def ask(process: subprocess.Popen[str], script: str) -> tuple[list[tuple[Span, ...]], list[tuple[str, float]]]:
    """Return the spans of a said text's words, for each of the given ones, and its sounds with their ends.

    `script` makes the utterance `u`.
    """
    assert process.stdin and process.stdout
    process.stdin.write(script + TELL)
    process.stdin.flush()
    spans: list[tuple[Span, ...]] = []
    phones: list[tuple[str, float]] = []
    while (answer := (told := process.stdout.readline()).split()) != ["DONE"]:
        if not told:
            raise SystemExit("festival stopped: the Debian package of a voice is missing")
        if answer[:1] == ["T"]:
            spans.append(())
        elif answer[:1] == ["W"]:
            spans[-1] += ((float(answer[1]), float(answer[2])),)
        elif answer[:1] == ["P"]:
            phones.append((answer[1], float(answer[2])))
    return spans, phones


def speak(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let festival say the line.

    Raises:
        CannotSayError: festival split the line into other words, or its sound overflowed.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        stretch = f"(Parameter.set 'Duration_Stretch {manner.stretch:.3f})\n"
        if voice in PITCH:
            mean = PITCH[voice] * manner.pitch
            stretch += f"(set! int_lr_params '((target_f0_mean {mean:.0f}) (target_f0_std {mean / 7.5:.0f})"
            stretch += "(model_f0_mean 170) (model_f0_std 34)))\n"
        spans, phones = ask(_process(voice), stretch + SAY.format(text=said(line), path=path))
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
            if voice in abroad.pitches() and np.abs(np.diff(sound)).max() > OVERFLOW:
                raise CannotSayError(f"{line.written} (too loud)")
            return Spoken(at_rate(sound, file.getframerate()), per_word(line, spans), tuple(phones))
