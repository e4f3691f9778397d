"""docs/rules.md says what the book says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from geo.policy.book import load_book
from geo.policy.rules import relocation

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_rules_page", ROOT / "tools" / "make_rules_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(maker: ModuleType) -> None:
    written = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert written == maker.page(load_book()), "run: python tools/make_rules_page.py"


def test_everything_in_the_book_is_on_the_page(maker: ModuleType) -> None:
    book, text = load_book(), maker.page(load_book())
    for shelf in (book.articles, book.parameters, book.rules, book.facts):
        assert not [name for name in shelf if f"`{name}`" not in text]


def test_every_section_of_the_reference_sheet_is_served(maker: ModuleType) -> None:
    sections = {maker._section(article.source) for article in load_book().articles.values()}
    assert {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"} <= sections


def test_the_rules_file_names_the_columns_it_asks_for() -> None:
    named = set(re.findall(r"[a-z]+(?:_[a-z0-9]+)*", relocation.__doc__ or ""))
    assert {column for rule in relocation.RULES for column in rule.columns} <= named
