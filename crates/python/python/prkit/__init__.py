"""PlayReady headers where they are: in the pssh boxes of MP4 files and segments, and in the manifests beside them.

They are shown, checked, built and rewritten while every other byte stays what it was. A source is bytes, a path, a URL
(https://, s3://), a file object, or any object with size and read_at(offset, length) -> bytes and, if it likes, hint(spans).
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import typing
from collections.abc import Callable, Mapping, Sequence

from . import _prkit
from ._prkit import Asset, Plan, PlayReadyHeader, Pssh, __version__, apply, check, lint, show
from ._types import Change, Checked, Disagreement, Error, Finding, Place, Rewritten, Summary

__all__ = [
    "Asset",
    "Batch",
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
    "Summary",
    "__version__",
    "apply",
    "check",
    "lint",
    "plan",
    "reheader",
    "rewrite",
    "set_remote",
    "show",
    "undo",
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
    """Changes the PlayReady Headers of a file, or of an object of a bucket: in place, or in a new one.

    A file is edited in place with a journal that survives being killed; an object on the condition that it is still what was
    read, and long ones by copies inside of the bucket. in_place has no default. A new file or object appears under its name
    when it is whole; overwrite lets it replace another one.
    """
    return _prkit.rewrite(path, change._native(), in_place=in_place, output=output, overwrite=overwrite)


def set_remote(
    *,
    http_headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    unsafe_store: bool = False,
    scratch_key: str | None = None,
) -> None:
    """How URLs are asked from now on, in this process.

    http_headers go to the hosts of URLs that are named, and to no other. timeout is how many seconds a server may say
    nothing. unsafe_store edits objects of servers that ignore conditions, where what others write meanwhile may be lost;
    scratch_key is the key that is written and deleted to learn whether a server keeps them (.prkit-scratch). Credentials of
    buckets come from the environment and the files of the AWS tools.
    """
    if not hasattr(_prkit, "set_remote"):
        raise Error("this build of the module opens no URLs", "refused")
    headers = dict(http_headers or {})
    _prkit.set_remote(http_headers=headers, timeout=timeout, unsafe_store=unsafe_store, scratch_key=scratch_key)


Event = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Batch:
    """A change of the PlayReady Headers of many files: files, folders, and objects and prefixes of buckets by their URLs.

    Files are edited in place, in groups that share one journal and one wait for the disk, or written below output; with
    neither, in_place=False is a dry run. ledger is a new file with every byte that was taken away, for undo; resume goes on
    with it, and passes over what it tells of; resume=None goes on with it where it is there, and begins it else. roots are
    folders that references of manifests may lead to. A file is refused with which a manifest of its title would disagree
    afterwards, unless alone.
    """

    inputs: Sequence[str | os.PathLike[str]]
    change: Change
    in_place: bool
    output: str | os.PathLike[str] | None = None
    ledger: str | os.PathLike[str] | None = None
    resume: bool | None = False
    roots: Sequence[str | os.PathLike[str]] = ()
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    jobs: int | None = None
    verify: bool = False
    alone: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.inputs, (str, bytes, os.PathLike)):
            raise TypeError("inputs are a sequence of paths, not one")
        if self.in_place and self.output is not None:
            raise TypeError("in_place=True writes no output")
        if self.resume is not False and self.ledger is None:
            raise TypeError("resume needs the ledger that it goes on with")

    def run(self, on_event: Callable[[Event], object] | None = None) -> Summary:
        """Carries it out. on_event gets what became of each file, as `prkit reheader --json` prints it, one at a time.

        What on_event raises, and KeyboardInterrupt, ends the run between two groups: no file is half-way.
        """
        return _prkit.run_batch(
            list(self.inputs),
            self.change._native(),
            self.change._asked(),
            rows=[],
            target=(self.in_place, self.output),
            ledger=self.ledger,
            resume=self.resume,
            roots=list(self.roots),
            include=list(self.include),
            exclude=list(self.exclude),
            jobs=self.jobs,
            verify=self.verify,
            alone=self.alone,
            on_event=on_event,
        )


def undo(
    ledger: str | os.PathLike[str],
    *,
    dry_run: bool = False,
    jobs: int | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> Summary:
    """Makes files and objects as they were before the run of a ledger, of this module or of the program, the last one first.

    ledger is a file, a folder of ledgers, as jobs leave it, or the URL of a record in a bucket.
    """
    if not os.path.isdir(ledger):
        return _prkit.undo(ledger, dry_run=dry_run, jobs=jobs, on_event=on_event)
    ledgers = sorted(pathlib.Path(ledger).glob("*.log"))
    if not ledgers:
        raise Error(f"{os.fspath(ledger)} holds no ledger of a run (*.log)", "io", path=ledger)
    taken = [_prkit.undo(one, dry_run=dry_run, jobs=jobs, on_event=on_event) for one in ledgers]
    return functools.reduce(Summary._plus, taken)
