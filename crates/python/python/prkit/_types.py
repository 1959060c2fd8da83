"""What is a value in Python: changes, findings, errors."""

from __future__ import annotations

import dataclasses
import json
import os
import typing
import uuid
from collections.abc import Mapping, Sequence

from . import _prkit

KeyIdLike = typing.Union[uuid.UUID, str]


class Error(Exception):
    """What prkit refuses or cannot read.

    kind is one word: io, not-recognised, too-long, broken, left, other-asset, not-as-planned, plan, refused.
    path is the file or the URL, where it is one; offset a byte of the asset, box the path of a box or element; None where there is
    no one place.
    overridden_by names the kind for Change(override=[...]) that does it all the same; None where nothing does.
    """

    def __init__(
        self,
        message: str,
        kind: str = "error",
        offset: int | None = None,
        box: str | None = None,
        overridden_by: str | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.path = path
        self.offset = offset
        self.box = box
        self.overridden_by = overridden_by

    def __reduce__(self) -> tuple[typing.Any, ...]:
        message = self.args[0] if self.args else ""
        return type(self), (message, self.kind, self.offset, self.box, self.overridden_by, self.path)


@dataclasses.dataclass(frozen=True)
class Finding:
    """A rule that something breaks. offset is in bytes of the asset, span in UTF-16 units of the header's text."""

    rule: str
    level: str
    message: str
    where: str
    offset: int
    line: int | None = None
    column: int | None = None
    span: tuple[int, int] | None = None
    fix: str | None = None
    copies: int | None = None

    @classmethod
    def _of(cls, fields: Mapping[str, typing.Any]) -> Finding:
        span = fields.get("span")
        return cls(**{**fields, "span": None if span is None else tuple(span)})


@dataclasses.dataclass(frozen=True)
class Place:
    """Where something is said, and what."""

    path: str
    where: str
    value: str
    line: int | None = None
    column: int | None = None


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """What does not agree; more counts places that are not listed."""

    rule: str
    level: str
    message: str
    places: tuple[Place, ...]
    more: int = 0


@dataclasses.dataclass(frozen=True)
class Checked:
    """What check found. It says that things agree only where compared is not 0 and nothing failed."""

    findings: tuple[Disagreement, ...]
    compared: int
    failed: tuple[tuple[str, str], ...]

    @property
    def agrees(self) -> bool:
        """Whether something was compared, all of it was read, and no finding is an error."""
        wrong = any(finding.level == "error" for finding in self.findings)
        return self.compared > 0 and not self.failed and not wrong

    @classmethod
    def _of(cls, fields: Mapping[str, typing.Any]) -> Checked:
        findings = tuple(
            Disagreement(
                rule=found["rule"],
                level=found["level"],
                message=found["message"],
                places=tuple(Place(**place) for place in found["places"]),
                more=found["more"],
            )
            for found in fields["findings"]
        )
        return cls(findings, fields["compared"], tuple((path, why) for path, why in fields["failed"]))


class Rewritten(typing.NamedTuple):
    """What became of a file. method is how its bytes got there: patched, slack, cloned, copied, ..."""

    changed: bool
    method: str | None
    size_before: int
    size_after: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run added up to, in files; foreign ones are of no kind that is read.

    with_left counts files in which something that looks like PlayReady's was left as it was. problem is what went wrong
    beside the files: a ledger that could not be written, or that somebody changed.
    """

    changed: int
    unchanged: int
    failed: int
    with_left: int
    done_before: int
    foreign: int
    bytes_written: int
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether all of it is as asked."""
        return self.failed == 0 and self.with_left == 0 and self.problem is None

    def _plus(self, other: Summary) -> Summary:
        counts = [field.name for field in dataclasses.fields(self) if field.name != "problem"]
        added = {name: getattr(self, name) + getattr(other, name) for name in counts}
        return Summary(**added, problem=self.problem or other.problem)

    def _with_problem(self, problem: str) -> Summary:
        return dataclasses.replace(self, problem=self.problem or problem)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of every PlayReady Header of an asset. What is not named stays, to the byte.

    {kid} in la_url and lui_url stands for the key ID of a header that has exactly one. els is the size in bytes of an
    empty license store, 0 takes it out. header and pro replace all of it. override names kinds of refusals
    (prkit.Error.overridden_by).

    Checksums need content keys. They are read where the work is done, from the lines KID:KEY in hex of keys_file, or of
    the environment variable keys_env; a change that holds content_keys itself is not pickled, and no repr shows them.
    """

    la_url: str | None = None
    la_url_replace: Mapping[str, str] | Sequence[tuple[str, str]] | None = None
    lui_url: str | None = None
    ds_id: KeyIdLike | None = None
    custom_attributes: str | None = None
    remove: Sequence[str] | None = None
    key_ids: Sequence[KeyIdLike] | None = None
    add_key_ids: Sequence[KeyIdLike] | None = None
    remove_key_ids: Sequence[KeyIdLike] | None = None
    keys_of_media: bool = False
    algorithm: str | None = None
    version: str | None = None
    checksums: str | None = None
    on_demand: bool | None = None
    license_requested: bool | None = None
    canonicalize: bool = False
    els: int | None = None
    header: _prkit.PlayReadyHeader | bytes | str | None = None
    pro: bytes | None = None
    override: Sequence[str] = ()
    content_keys: Mapping[KeyIdLike, bytes | str] | None = dataclasses.field(default=None, repr=False)
    keys_file: str | os.PathLike[str] | None = None
    keys_env: str | None = None

    def __post_init__(self) -> None:
        # What no header can say is refused here, and not on the first asset. Keys are read where the work is done.
        _prkit.NativeChange(self._fields())

    def _fields(self) -> dict[str, typing.Any]:
        apart = ("keys_file", "keys_env")
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in fields.items() if name not in apart and value is not None}

    def _native(self) -> _prkit.NativeChange:
        known = self.__dict__.get("_made")
        if known is None:
            known = _prkit.NativeChange(self._with_keys())
            object.__setattr__(self, "_made", known)
        return known

    def _with_keys(self) -> dict[str, typing.Any]:
        fields = self._fields()
        keys = dict(fields.get("content_keys") or {})
        if self.keys_file is not None:
            with open(self.keys_file, encoding="utf-8") as file:
                keys.update(_keys(file.read(), "keys_file"))
        if self.keys_env is not None:
            text = os.environ.get(self.keys_env)
            if text is None:
                raise ValueError(f"keys_env: there is no environment variable {self.keys_env}")
            keys.update(_keys(text, "keys_env"))
        if keys:
            fields["content_keys"] = keys
        return fields

    def _asked(self) -> bytes:
        """What is asked, keys included: only a keyed digest of it gets into a ledger, from which none can be found."""
        return json.dumps(_plain(self._with_keys()), sort_keys=True).encode()

    def __getstate__(self) -> dict[str, typing.Any]:
        if self.content_keys:
            raise TypeError(
                "a change that holds content keys is not pickled: name them by keys_file or keys_env, which the worker reads"
            )
        return {name: value for name, value in self.__dict__.items() if name != "_made"}


def _plain(value: typing.Any) -> typing.Any:
    if isinstance(value, (bytes, bytearray, _prkit.PlayReadyHeader)):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (bool, int, str)):
        return value
    return str(value) if isinstance(value, uuid.UUID) else [_plain(item) for item in value]


def _keys(text: str, option: str) -> dict[KeyIdLike, bytes | str]:
    """Content keys of lines KID:KEY. No message repeats what may be a key."""
    keys: dict[KeyIdLike, bytes | str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key_id, colon, key = line.rpartition(":")
        try:
            known = uuid.UUID(key_id)
        except ValueError:
            known = None
        if not colon or known is None:
            raise ValueError(f"{option}, line {number}: expected KID:KEY, both in hex, with a colon between them")
        keys[known] = key.strip()
    return keys
