"""What `make demo` installs is what pyproject.toml asks for."""

import tomllib

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))
ASKED = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": PROJECT["dependency-groups"]["dev"],
}


@pytest.mark.parametrize("name", ASKED)
def test_lock_holds_every_dependency_at_a_version_that_fits(name):
    lines = (settings.BASE_DIR / name).read_text("utf-8").splitlines()
    locked = dict(line.removesuffix(" \\").split("==") for line in lines if "==" in line)
    unmet = [
        asked
        for asked in map(Requirement, ASKED[name])
        if not asked.specifier.contains(locked.get(canonicalize_name(asked.name), "0"))
    ]
    assert unmet == [], "make lock"


@pytest.mark.parametrize("name", ASKED)
def test_lock_names_no_index(name):
    assert "://" not in (settings.BASE_DIR / name).read_text("utf-8")


@pytest.mark.parametrize("name", ASKED)
def test_each_file_to_install_is_known_by_its_hash(name):
    text = (settings.BASE_DIR / name).read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]

    assert [line for line in lines if "--hash=sha256:" not in line] == [], "make lock"


def test_nothing_is_installed_that_has_no_hash():
    assert "--require-hashes" in (settings.BASE_DIR / ".ci" / "install").read_text("utf-8")
