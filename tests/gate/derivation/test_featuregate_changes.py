"""What a release changes is read off two lists of feature gates."""

from __future__ import annotations

import pytest

from lifecycle.errors import BadRequest
from lifecycle.gate.derivation import NotDerived, featuregate_changes

OLD = """\
- name: Old
  versionedSpecs: [{default: false, preRelease: Alpha, version: "1.9"}]
- name: Moving
  versionedSpecs: [{default: false, preRelease: Beta, version: "1.8"}]
- name: Staying
  versionedSpecs: [{default: true, preRelease: GA, version: "1.10"}]
"""
NEW = """\
- name: Moving
  versionedSpecs:
  - {default: true, preRelease: GA, version: "1.10"}
  - {default: false, preRelease: Beta, version: "1.8"}
- name: Staying
  versionedSpecs: [{default: true, preRelease: "", version: "1.10"}]
- name: Coming
  versionedSpecs: [{default: false, preRelease: Alpha, version: "1.11"}]
"""


@pytest.fixture
def derive(tmp_path):
    def derive(old, new):
        files = tmp_path / "old.yaml", tmp_path / "new.yaml"
        for file, text in zip(files, (old, new), strict=True):
            file.write_text(text)
        return featuregate_changes.derive(*files)

    return derive


def test_gates_that_go_come_or_move_are_told(derive):
    derived = derive(OLD, NEW)

    assert derived.removes == ("Old",)
    assert derived.stages == {"Moving": "ga", "Coming": "alpha"}
    assert derived.notes == ("Old, which was alpha, is gone.",)


def test_a_gate_that_cannot_be_read_is_refused_lest_it_seem_removed(derive):
    with pytest.raises(NotDerived, match="gates that cannot be read") as caught:
        derive(OLD, NEW.replace("Alpha", "Alfa"))

    assert "line" in str(caught.value.problems[0])


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "- 1", "<html></html>"])
def test_what_is_no_list_of_gates_is_refused(derive, text):
    with pytest.raises(BadRequest):
        derive(text, NEW)
