"""festival's voices of other languages made to say English: abroad.yaml says which of their sounds stand for which.

The words, their sounds, lengths and melody are kal_diphone's; only the recorded diphones that are put together are
another person's, in the order in which these languages have them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path("/usr/share/festival/voices")
FIRST = 0.6  # of an English sound that two sounds stand for is the first one
SCRIPT = """(voice_kal_diphone)
(define (part_in_two sound share)
  (let ((from (item.feat sound 'segment_start)) (to (item.feat sound 'end)))
    (item.insert sound (list (item.name sound) (list (list 'end to))))
    (item.set_feat sound 'end (+ from (* share (- to from))))
    (item.next sound)))
(define (say_abroad utt)
  (mapcar (lambda (sound)
    (let ((others (cdr (assoc_string (item.name sound) abroad_sounds))))
      (item.set_feat sound 'us_diphone (car others))
      (if (cdr others) (item.set_feat (part_in_two sound {first}) 'us_diphone (cadr others)))))
    (utt.relation.items utt 'Segment))
  utt)
(set! abroad_sounds '({sounds}))
(set! UniSyn_module_hooks (list say_abroad))
(set! after_synth_hooks nil)
(us_db_select (us_diphone_init '((name "abroad") (index_file "{file}") (grouped "true")
  (alternates_left ({instead})) (alternates_right ({instead})) (default_diphone "#-#"))))
"""


@cache
def _table() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def pitches() -> dict[str, float]:
    """Return the mean pitch of each voice in Hz."""
    return {name: float(voice["pitch"]) for name, voice in _table()["voices"].items()}


def script(name: str) -> str:
    """Return what festival has to be told to speak with this voice."""
    voice = _table()["voices"][name]
    sounds, instead = _table()["sounds"][voice["speaks"]], _table()["instead"][voice["speaks"]]
    return SCRIPT.format(
        first=FIRST,
        file=FOLDER / voice["file"],
        sounds=" ".join(_listed(ours, *theirs.split()) for ours, theirs in sounds.items()),
        instead=" ".join(_listed(one, other) for one, other in instead.items()),
    )


def _listed(*names: str) -> str:
    """Return names as festival's language lists them."""
    return f"({' '.join(json.dumps(name) for name in names)})"
