"""Which column of a file is which column of a data set: by name, forgiving what people write differently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence


def _as_it_is(name: str) -> str:
    return name.strip()


def _in_small_letters(name: str) -> str:
    return " ".join(re.split(r"[\s_.]+", name.casefold().strip()))


def _without_unit(name: str) -> str:
    """Without what stands in brackets at the end, and all signs as blanks: "Petal.Length [cm]" is "petal length"."""
    bare = re.sub(r"[(\[{][^()\[\]{}]*[)\]}]\s*$", "", name) or name
    return " ".join(re.findall(r"\w+", bare.casefold().replace("_", " "))) or name.casefold().strip()


def _letters_alone(name: str) -> str:
    return _without_unit(name).replace(" ", "")


# From the strictest to the most forgiving: what an earlier one has matched, a later one leaves alone.
WAYS: tuple[Callable[[str], str], ...] = (_as_it_is, _in_small_letters, _without_unit, _letters_alone)


def matched(names: Sequence[str], wanted: Sequence[str], also: Mapping[str, str], units: Sequence[str]) -> list[int]:
    """For each wanted column the place of that name in the file, or -1.

    A name counts in one way only where nothing else in the file, and no other wanted column, reads the same that way.

    Args:
        names: of the file's columns.
        wanted: of the data set's.
        also: other names -> wanted ones.
        units: of the wanted columns; a name may have its unit behind it.
    """
    found = [-1] * len(wanted)
    place_of = {name: place for place, name in enumerate(wanted)}
    aliases = [(name, place) for place, name in enumerate(wanted)]
    aliases += [(name, place_of[meant]) for name, meant in also.items() if meant in place_of and name not in place_of]
    with_units = [(f"{wanted[place]} {unit}", place) for place, unit in enumerate(units) if unit]
    for way, known in ((way, known) for known in (aliases, aliases + with_units) for way in WAYS):
        if -1 not in found:
            break
        taken = set(found)
        left = [place for place in range(len(names)) if place not in taken]
        keys = {place: way(names[place]) for place in left}
        alone = {key for key, n in Counter(keys.values()).items() if n == 1 and key}
        there = {key: place for place, key in keys.items() if key in alone}
        meant: dict[str, set[int]] = {}
        for name, place in known:
            if found[place] < 0:
                meant.setdefault(way(name), set()).add(place)
        for key, places in meant.items():
            if len(places) == 1 and key in there:
                place = next(iter(places))
                if found[place] < 0:
                    found[place] = there[key]
    return found
