"""The model's tokens: common words whole and the others in pieces, then Whisper's own tokens in Whisper's order.

The order matters to faster-whisper: text, end of text, the other special tokens, then the timestamps.
"""

import string
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

PIECES = 2000  # of text, 256 of them single bytes
TIMES = 1501  # timestamps, 0.02 s apart
LONGEST = 12  # letters of a piece
SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]
# faster-whisper never lets the model write the first token of " -", " '" and " ♩", nor begin with that of " ". Were
# these no pieces of their own, that token would be the bare space, and no word could be spelt letter by letter.
FORCED = [f" {sign}" for sign in f"{string.ascii_letters}{string.digits}'-($&\"♩"]


@dataclass(frozen=True)
class Tokens:
    """A tokenizer and the numbers of its special tokens."""

    tokenizer: Tokenizer

    @classmethod
    def made(cls, lines: list[str]) -> "Tokens":
        """Make a tokenizer from the written lines."""
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=PIECES,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
            special_tokens=[],
            max_token_length=LONGEST,
        )
        tokenizer.train_from_iterator([f" {line}" for line in lines] + FORCED * len(lines), trainer)
        if tokenizer.get_vocab_size() != PIECES:
            raise SystemExit(f"too little text for a tokenizer: {tokenizer.get_vocab_size()} pieces of {PIECES}")
        names = SPECIAL + [f"<|{i * 0.02:.2f}|>" for i in range(TIMES)]
        tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names])
        return cls(tokenizer)

    @classmethod
    def read(cls, path: Path) -> "Tokens":
        """Read tokenizer.json."""
        return cls(Tokenizer.from_file(str(path)))

    def number(self, name: str) -> int:
        """Return a special token's number by its name without the signs."""
        return int(self.tokenizer.token_to_id(f"<|{name}|>"))

    @property
    def end(self) -> int:
        """Return the end of the text, the first token after the pieces."""
        return self.number("endoftext")

    @property
    def barred(self) -> list[int]:
        """Return the special tokens that are never written."""
        return [self.number(name[2:-2]) for name in SPECIAL[1:]]

    def time(self, frame: float) -> int:
        """Return the timestamp token of a mel frame (10 ms), to a tenth of a second."""
        return self.number("0.00") + min(1500, 5 * round(frame / 10))

    def __len__(self) -> int:
        return int(self.tokenizer.get_vocab_size())
