import doctest

import pytest

from ops import health, packages, supervisor


@pytest.mark.parametrize("module", [health, packages, supervisor])
def test_the_examples_in_its_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
