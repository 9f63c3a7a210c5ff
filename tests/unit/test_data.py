"""Where the program keeps what it may lose."""

from __future__ import annotations

import pytest
from platformdirs import user_cache_path

from hydrogitops.data import cache_folder


@pytest.mark.parametrize("home", ["/home/someone", "/", "relative", "", None])
@pytest.mark.parametrize("caches", ["/var/caches", "relative", "", None])
def test_the_cache_is_where_the_library_has_it(
    home: str | None, caches: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", home), ("XDG_CACHE_HOME", caches)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert cache_folder() == user_cache_path("hydrogitops")
