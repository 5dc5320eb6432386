"""Plain text tables."""

from collections.abc import Sequence

Row = Sequence[object]


def show(title: str, head: Sequence[str], rows: Sequence[Row], left: int = 1) -> None:
    """Print a table, the first `left` columns flush left, the others right; None is a dash."""
    cells = [[_cell(value) for value in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        sized = enumerate(zip(row, widths, strict=True))
        print("  " + "  ".join(c.ljust(w) if at < left else c.rjust(w) for at, (c, w) in sized).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
