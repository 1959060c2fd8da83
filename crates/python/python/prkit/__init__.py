"""PlayReady headers where they are: in the pssh boxes of MP4 files and segments, and in the manifests beside them.

They are shown, checked, built and rewritten while every other byte stays what it was. A source is bytes, a path, a file
object, or any object with size and read_at(offset, length) -> bytes and, if it likes, hint(spans).
"""

from __future__ import annotations

import os

from . import _prkit
from ._prkit import Asset, Plan, PlayReadyHeader, Pssh, __version__, apply, check, lint, show
from ._types import Change, Checked, Disagreement, Error, Finding, Place, Rewritten

__all__ = [
    "Asset",
    "Change",
    "Checked",
    "Disagreement",
    "Error",
    "Finding",
    "Place",
    "Plan",
    "PlayReadyHeader",
    "Pssh",
    "Rewritten",
    "__version__",
    "apply",
    "check",
    "lint",
    "plan",
    "reheader",
    "rewrite",
    "show",
]


def plan(source: _prkit.Source, change: Change) -> Plan:
    """The plan that changes the PlayReady Headers of a source, proven before it exists. Nothing is written."""
    return _prkit.plan(source, change._native())


def reheader(source: _prkit.Source, change: Change) -> bytes:
    """The bytes of a source with its PlayReady Headers changed; the same bytes where nothing is to be done."""
    return _prkit.reheader(source, change._native())


def rewrite(
    path: str | os.PathLike[str],
    change: Change,
    *,
    in_place: bool,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Rewritten:
    """Changes the PlayReady Headers of a file: in place, with a journal that survives being killed, or in a new file.

    in_place has no default. A new file appears under its name when it is whole; overwrite lets it replace another one.
    """
    return _prkit.rewrite(path, change._native(), in_place=in_place, output=output, overwrite=overwrite)
