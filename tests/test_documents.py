"""What the documents say is what the code does."""

import re
from pathlib import Path

from accounts.roles import MAY, MAY_ADMINISTER

ROOT = Path(__file__).parent.parent


def test_the_page_of_roles_is_the_table():
    page = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z._]+)` \| .* \| (.+) \|$", page, re.MULTILINE)

    said = {action: set(roles.split(", ")) for action, roles in rows}

    assert said == {
        action: {str(role) for role in roles}
        for action, roles in (MAY | MAY_ADMINISTER).items()
    }


def test_the_readme_is_short_and_names_what_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((?!http)([^)#]+)\)", readme)

    assert len(readme.splitlines()) < 150
    assert [path for path in named if not (ROOT / path).exists()] == []
