"""docs/rules.md says where each rule is computed and tried: that it is there."""

import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
TESTS_FOLDER = HERE.parents[1]
FUNCTIONS = sorted(
    set(
        re.findall(
            r"`((?:contracts|cases|staffing)\.rules\.\w+|(?:reports|kpi|billing)\.rules)\.([\w.]+)`",
            PAGE,
        )
    )
)
TESTS = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_every_function_on_the_page_is_there(module, name):
    assert attrgetter(name)(import_module(module)).__doc__


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_every_table_on_the_page_is_there(file, name):
    files = TESTS_FOLDER.rglob(file)

    assert any(f"def {name}(" in found.read_text(encoding="utf-8") for found in files)


def test_the_page_numbers_every_rule_once():
    numbers = re.findall(r"R\d\d", PAGE.split("## The numbers of the rules")[1])

    assert sorted(numbers) == [f"R{number:02}" for number in range(1, 65)]
