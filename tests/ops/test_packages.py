import platform

import pytest

from ops import packages

VERSION = platform.python_version()


def test_pips_settings_are_told_to_uv_the_environment_last():
    config = (
        ":env:.cert='/etc/ca.crt'\n"
        ":env:.disable-pip-version-check='1'\n"
        "global.extra-index-url='file:///a file:///b'\n"
        "global.index-url='index-for-all'\n"
        "install.index-url='index-for-install'\n"
    )

    assert packages.in_words_of_uv(config) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/etc/ca.crt",
        "UV_DEFAULT_INDEX": "index-for-install",
        "UV_INDEX": "file:///a file:///b",
    }


def test_without_settings_of_pip_uv_is_told_nothing():
    assert packages.in_words_of_uv("") == {"UV_INDEX_STRATEGY": "unsafe-best-match"}


@pytest.mark.parametrize(
    ("version", "made_at", "sound"),
    [
        (VERSION, "here", True),
        (VERSION, "elsewhere", False),  # the clone has been moved
        ("3.10.1", "here", False),
    ],
)
def test_an_environment_is_kept_for_the_same_python_in_the_same_place(
    tmp_path, version, made_at, sound
):
    venv = tmp_path / "here"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (venv / "pyvenv.cfg").write_text(
        f"version = {version}\ncommand = python3 -m venv {tmp_path / made_at}\n"
    )

    assert packages.is_sound(venv) is sound


def test_an_environment_whose_python_is_gone_is_not_kept(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "uninstalled")
    (tmp_path / "pyvenv.cfg").write_text(
        f"version = {VERSION}\ncommand = python3 -m venv {tmp_path}\n"
    )

    assert packages.is_sound(tmp_path) is False
