"""Matches the patterns of bucket policies: `*` stands for any text, `?` for one character."""


def reaches(pattern: str, start: str) -> bool:
    """Whether `pattern` matches at least one text that begins with `start`."""
    return bool(_positions(pattern, start))


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` matches the whole of `text`."""
    return len(pattern) in _positions(pattern, text)


def covers(pattern: str, start: str) -> bool:
    """Whether `pattern` matches every text that begins with `start`."""
    return pattern.endswith("*") and matches(pattern, start)


def _positions(pattern: str, text: str) -> set[int]:
    """The positions in `pattern` that a match of `text` may have reached. Empty if `pattern` does not match."""
    positions = _with_stars({0}, pattern)
    for character in text:
        stay = {position for position in positions if pattern[position : position + 1] == "*"}
        step = {position + 1 for position in positions if pattern[position : position + 1] in ("?", character)}
        positions = _with_stars(stay | step, pattern)
    return positions


def _with_stars(positions: set[int], pattern: str) -> set[int]:
    """`positions`, and those that follow them if a `*` stands for no text."""
    found = set(positions)
    for position in positions:
        while pattern[position : position + 1] == "*":
            position += 1
            found.add(position)
    return found
