"""Is the first cell completed: by what Colab lacks where there is an address, by the comparison?"""

from pathlib import Path

import pytest

from authoring.opening import opening, repository

AUTHORS = 'from tandem import language\n\nlanguage("en")'


@pytest.mark.parametrize("framework", [None, "pytorch", "tensorflow"])
@pytest.mark.parametrize("address", ["", "https://github.com/ada/course"])
def test_the_authors_lines_stay_between(framework: str | None, address: str) -> None:
    source = opening(AUTHORS, framework, address)
    compile(source, "cell", "exec")  # plain Python, for whatever runs cells without IPython
    assert f"import tandem\n{AUTHORS}\ntandem.made_for(" in source
    assert ("google.colab" in source) == bool(address)
    assert f"git+{address}" in source or not address


def test_the_address_comes_from_the_project(tmp_path: Path) -> None:
    assert repository(tmp_path) == ""
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "a"\n')
    assert repository(tmp_path) == ""
    project.write_text('[project]\nname = "a"\n[project.urls]\nRepository = "https://x.org/y"\n')
    assert repository(tmp_path) == "https://x.org/y"
