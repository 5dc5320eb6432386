"""The words of a statement beside those of its evidence, in order, with the fewest faults."""

from collections.abc import Callable, Sequence
from typing import Final

CHANGED, TURNED, STRUCK, ALLOWED = 1, 2, 3, 4  # costs of another form or word, of what was taken back, of what is free
FAULT: Final = 100  # more than any number of allowed changes within one sentence
Pair = tuple[int | None, int | None]  # place in the evidence, place in the text


def align(
    lengths: tuple[int, int], match: Callable[[int, int], int | None], gone: Sequence[int], new: Sequence[int]
) -> list[Pair]:
    """Return the cheapest alignment of two rows of words that keeps the order of both.

    `match` is the cost of one word for another, or None where they do not match; `gone` and `new` are the costs of a
    word of the evidence that is missing and of one of the text that is not in the evidence. What may well be missing is
    not taken for granted where the rows begin alike.
    """
    rows, columns = lengths
    head = 0
    while head < min(rows, columns) and match(head, head) == 0 and gone[head] != STRUCK:
        head += 1
    tail = 0
    while tail < min(rows, columns) - head and match(rows - 1 - tail, columns - 1 - tail) == 0:
        tail += 1
    middle = _align(range(head, rows - tail), range(head, columns - tail), match, gone, new)
    return [
        *((at, at) for at in range(head)),
        *middle,
        *((rows - at, columns - at) for at in range(tail, 0, -1)),
    ]


def _align(
    rows: range, columns: range, match: Callable[[int, int], int | None], gone: Sequence[int], new: Sequence[int]
) -> list[Pair]:
    above = [0]
    for j in columns:
        above.append(above[-1] + new[j])
    table = [above]
    for i in rows:
        row = [above[0] + gone[i]]
        lost = gone[i]
        for at, j in enumerate(columns, 1):
            best = min(above[at] + lost, row[-1] + new[j])
            cost = match(i, j)
            if cost is not None and above[at - 1] + cost <= best:
                best = above[at - 1] + cost
            row.append(best)
        table.append(row)
        above = row
    return _path(rows, columns, table, match, gone)


def _path(
    rows: range, columns: range, table: list[list[int]], match: Callable[[int, int], int | None], gone: Sequence[int]
) -> list[Pair]:
    pairs: list[Pair] = []
    a, b = len(rows), len(columns)
    while a or b:
        cost = match(rows[a - 1], columns[b - 1]) if a and b else None
        if cost is not None and table[a][b] == table[a - 1][b - 1] + cost:
            a, b = a - 1, b - 1
            pairs.append((rows[a], columns[b]))
        elif a and table[a][b] == table[a - 1][b] + gone[rows[a - 1]]:
            a -= 1
            pairs.append((rows[a], None))
        else:
            b -= 1
            pairs.append((None, columns[b]))
    return pairs[::-1]
