import os
import stat

from kit import whole_file


def test_a_file_is_replaced_whole_and_keeps_mode_and_owner(tmp_path):
    path = tmp_path / "kept"
    path.write_text("old")
    path.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    before = path.stat()

    whole_file.replace(path, "new")

    assert path.read_text() == "new"
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_is_the_owners_alone(tmp_path):
    whole_file.replace(tmp_path / "new", "secret")

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
