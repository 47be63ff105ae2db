"""The folder of an export, on a disk that others write to as well."""

import pytest

from lifecycle.static_export.export_folders import (
    JOURNAL_NAME,
    LIST_NAME,
    ExportFolder,
    NotAnExport,
)
from lifecycle.static_export.file_names import LONGEST_SEGMENT


def export(path, *names, replace=False):
    with ExportFolder(path, replace=replace) as folder:
        for name in names:
            folder.write(name, name.encode())
        folder.finish()
    return folder


def test_a_name_has_one_file_and_a_file_is_no_folder(tmp_path):
    with ExportFolder(tmp_path) as folder:
        folder.write("a/1.json", b"")
        fits = {name: folder.has_room_for(name) for name in ("a/1.json", "a", "a/1.json/b", "a/1")}

    assert fits == {"a/1.json": False, "a": False, "a/1.json/b": False, "a/1": True}


def test_names_that_mean_one_file_on_a_disk_without_case_are_not_both_written(tmp_path):
    with ExportFolder(tmp_path) as folder:
        folder.write("1.0-RC.json", b"")
        assert folder.has_room_for("1.0-rc.json")
        (tmp_path / "1.0-rc.json").hardlink_to(tmp_path / "1.0-RC.json")
        assert not folder.has_room_for("1.0-rc.json")


def test_nothing_is_written_or_removed_through_a_link_that_leads_out(tmp_path):
    site, other = tmp_path / "site", tmp_path / "other"
    export(site, "a/1.json", "a/2.json")
    (site / "a").rename(other)
    (site / "a").symlink_to(other)

    with pytest.raises(NotAnExport, match="leads out of"):
        export(site, "a/1.json", replace=True)
    folder = export(site, "b")

    assert (folder.removed, sorted(folder.kept)) == (0, ["a/1.json", "a/2.json"])
    assert sorted(file.name for file in other.iterdir()) == ["1.json", "2.json"]


def test_a_list_that_somebody_has_edited_leads_nowhere_else(tmp_path):
    site, other = tmp_path / "site", tmp_path / "other"
    export(site, "a")
    other.write_bytes(b"a")
    digest = (site / LIST_NAME).read_text().partition(" ")[0]
    names = ("../other", str(other), "x/../../other", "a\0b", "", ".")
    (site / LIST_NAME).write_text("".join(f"{digest} {name}\n" for name in ("a", *names)))

    folder = export(site, "b")

    assert (folder.removed, folder.kept, other.exists()) == (1, [], True)


@pytest.mark.parametrize(
    "name", ["x" * LONGEST_SEGMENT + ".json", "_headers", ".well-known/tea.json"]
)
def test_every_name_that_is_written_is_known_to_the_next_export(tmp_path, name):
    export(tmp_path, f"a/{name}")
    (tmp_path / "a" / name).write_text("older")

    folder = export(tmp_path, f"a/{name}", "b")

    assert (folder.changed, folder.kept) == (2, [])


def test_half_of_a_file_is_removed_and_another_s_stays(tmp_path):
    with ExportFolder(tmp_path) as folder:
        folder.write("a/1.json", b"")
    half, ours = tmp_path / "a/.1.json.99.part", tmp_path / "a/.2.json.99.part"
    half.touch()
    ours.touch()

    export(tmp_path, "b")

    assert (half.exists(), ours.exists()) == (False, True)
    assert not (tmp_path / JOURNAL_NAME).exists()


def test_a_folder_is_exported_for_another_address_only_where_it_may_be_replaced(tmp_path):
    def publish(address, *, replace=False):
        folder = ExportFolder(tmp_path, replace=replace)
        folder.publish_at(address)
        with folder:
            folder.write("a", b"")
            folder.finish()

    publish("https://a.example")
    publish("https://a.example")
    with pytest.raises(NotAnExport, match=r"exported for https://a\.example, and .* --replace"):
        publish("http://127.0.0.1:8000")

    publish("https://b.example/life", replace=True)
    with pytest.raises(NotAnExport, match=r"exported for https://b\.example/life"):
        publish("https://a.example")


def test_an_export_that_was_broken_off_keeps_its_address(tmp_path):
    folder = ExportFolder(tmp_path)
    folder.publish_at("https://a.example")
    with folder:
        folder.write("a", b"")

    with pytest.raises(NotAnExport):
        ExportFolder(tmp_path).publish_at("https://b.example")
