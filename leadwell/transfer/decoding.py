"""Opens a file of rows as text: plain or gzipped, its encoding told by what is in it, memory flat whatever its size."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from leadwell.transfer.jsonl import is_jsonl
from leadwell.transfer.refusals import EmptyFile, FileTooLarge, FileUnreadable, LineTooLong, NotText, WrongEncoding

CHUNK = 1 << 20
LONGEST_LINE = 1_000_000
MUCH, MOST_TIMES = 1 << 28, 200  # lists shrink to a tenth; what grows two hundred times beyond 256 MB was made to
GZIP = b"\x1f\x8b"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
KINDS = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a database"), (b"BZh", "an archive of another kind"), (b"\xfd7zXZ", "an archive of another kind"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read: what is in it (`digest` of the content, gzipped or not), how it is encoded, about how many lines it has.
    `doubt` says why the encoding is a guess."""

    path: Path
    digest: str
    encoding: str
    lines: int
    doubt: str | None = None
    jsonl: bool = False


def inspect(path: Path, encoding: str | None = None) -> Source:
    """Reads the file once, in pieces."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    lines, head, offset, wrong, packed = 0, b"", 0, None, _size(path)
    with _opened(path) as file:
        while chunk := _read(path, file):
            head = head or chunk[:65536]
            digest.update(chunk)
            lines += chunk.count(b"\n")
            if wrong is None:
                wrong = _invalid(decoder, chunk, offset)
            offset += len(chunk)
            if offset > MUCH and offset > MOST_TIMES * packed:
                raise FileTooLarge(name=path.name, packed=packed, unpacked=MUCH)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \0"):
        raise EmptyFile(name=path.name)
    _refuse_binary(path, head)
    found, doubt = (_named(path, encoding), None) if encoding else _told(head, wrong)
    return Source(path, digest.hexdigest(), found, lines + 1, doubt, is_jsonl(head.decode(found, "ignore")))


@contextmanager
def lines(source: Source) -> Generator[Iterator[str]]:
    """The lines as text with their ends, none longer than LONGEST_LINE."""
    with _opened(source.path) as file, io.TextIOWrapper(file, source.encoding, errors="strict", newline="") as text:
        yield _bounded(source, text)


def _bounded(source: Source, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while True:
        try:
            line = text.readline(LONGEST_LINE + 1)
        except (UnicodeError, EOFError, OSError, zlib.error) as error:
            raise _broken(source, error) from None
        number += 1
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise LineTooLong(line=number, limit=LONGEST_LINE)
        yield line


def _broken(source: Source, error: Exception) -> Exception:
    if isinstance(error, UnicodeError):
        return WrongEncoding(name=source.path.name, encoding=source.encoding, reason=str(error)[:120])
    return FileUnreadable(name=source.path.name, reason=str(error) or type(error).__name__)


def _opened(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP
        return cast("IO[bytes]", gzip.open(path, "rb")) if zipped else path.open("rb")
    except OSError as error:
        raise FileUnreadable(name=path.name, reason=error.strerror or str(error)) from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise FileUnreadable(name=path.name, reason=error.strerror or str(error)) from None


def _read(path: Path, file: IO[bytes]) -> bytes:
    try:
        return file.read(CHUNK)
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(name=path.name, reason=f"it is damaged ({error})") from None


def _invalid(decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int) -> str | None:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return f"byte {error.object[error.start]:#04x} near position {offset + error.start} is not UTF-8"
    return None


def _refuse_binary(path: Path, head: bytes) -> None:
    for mark, kind in KINDS:
        if head.startswith(mark):
            raise NotText(name=path.name, kind=kind)


def _named(path: Path, encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise WrongEncoding(name=path.name, encoding=encoding, reason="there is no such encoding") from None


def _told(head: bytes, wrong: str | None) -> tuple[str, str | None]:
    """By mark, by the NULs of UTF-16, as UTF-8 if all of it is, else as what Western spreadsheets write."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, None
    pairs = max(1, len(head) // 2)
    if head[1::2].count(0) > pairs * 0.4 and head[::2].count(0) < pairs * 0.1:
        return "utf-16-le", None
    if head[::2].count(0) > pairs * 0.4 and head[1::2].count(0) < pairs * 0.1:
        return "utf-16-be", None
    if wrong is None:
        return "utf-8", None
    undefined = any(byte in head for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
    return ("latin-1" if undefined else "cp1252"), wrong
