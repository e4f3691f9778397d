"""The table of mixed uses: what article 8 lists is law, all else is this tool's convention and says so."""

from __future__ import annotations

import shutil
from itertools import combinations
from pathlib import Path

import pytest

import geo.policy
from geo.errors import PolicyProblem
from geo.policy.book import load_book, read_book

BOOK = load_book()
USES = BOOK.parameters["mixed.uses"].editions[-1].value
HOME = Path(geo.policy.__file__).parent


@pytest.mark.parametrize("pair", list(combinations(USES, 2)))  # type: ignore[arg-type]
def test_every_pair_that_article_8_lists_may_be_mixed(pair: tuple[str, str]) -> None:
    for first, second in (pair, reversed(pair)):
        found = BOOK.mixed_use(first, second)
        assert (found.answer, found.article, found.sure) == ("named", "zone2020.8", "confirmed")


def test_what_the_text_does_not_say_is_low_and_no_law() -> None:
    for pair in BOOK.mixed_uses:
        beyond = [(pair.care_article, pair.care_sure)] if pair.care_zh else []
        if pair.answer != "named":
            beyond.append((pair.article, pair.sure))
        for article, sure in beyond:
            assert sure == "low"
            assert not BOOK.article(article).law
        assert bool(pair.care("zh")) == bool(pair.care("en")) == bool(pair.care_sure)


def test_a_pair_that_is_not_in_the_table_raises() -> None:
    with pytest.raises(PolicyProblem, match="居住"):
        BOOK.mixed_use("居住", "农业")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("zone2020.8,confirmed", "zone2020.88,confirmed", "POL109"),
        ("zone2020.8,confirmed", "zone2020.8,sure", "POL108"),
        ("研发,办公,named", "办公,商业,named", "POL105"),
        ("研发,办公,named", "研发,住宅,named", "POL120"),
    ],
)
def test_a_broken_table_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    for part in ("articles", "parameters", "matrices"):
        shutil.copytree(HOME / part, tmp_path / part)
    path = tmp_path / "matrices" / "mixed_use.csv"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    found = [f for f in read_book(tmp_path).faults if f.code == code]
    assert found
    assert "mixed_use.csv" in found[0].subject
