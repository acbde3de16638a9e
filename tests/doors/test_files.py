"""Attached files: announced, sent once, fetched as downloads only, kept in both stores alike, and swept when nobody wants them."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from api.http.files import disposition
from leadwell import files
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.embedded.servers import Servers
from leadwell.outside.files_disk import DiskFiles
from leadwell.outside.files_s3 import S3Files
from tests import buckets
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, running, settings_for

UPLOAD = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { file { id state } uploadUrl userErrors { code field } } }"
ATTACH = "mutation($f: ID!, $r: ID!) { attachFile(input: {fileId: $f, recordId: $r}) { changed userErrors { code field } } }"
DETACH = "mutation($f: ID!, $r: ID!) { detachFile(input: {fileId: $f, recordId: $r}) { changed userErrors { code field } } }"
LINK = "query($id: ID!) { fileLink(id: $id) { url } }"
CONTENT = b"%PDF-1.7 offer" * 50_000


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def contact(db: Database, actor: Actor) -> str:
    return encode_id(CATALOG["Contact"].tag, await db.run(actor, make.make_contact))


async def announced(client: httpx.AsyncClient, content: bytes = CONTENT, **more: Any) -> tuple[str, str]:
    given = {"name": "offer.pdf", "mediaType": "application/pdf", "size": len(content), **more}
    made = (await ask(client, UPLOAD, input=given))["data"]["createUpload"]
    assert made["userErrors"] == [], made
    return made["file"]["id"], made["uploadUrl"]


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def left(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@asynccontextmanager
async def stored_in(kind: str, migrated: Servers, root: Path) -> AsyncIterator[Starlette]:
    """The API over one of the two stores."""
    async with buckets.serving() as (_, url):
        more = {"LEADWELL_FILES_URL": url} if kind == "s3" else {"LEADWELL_DATA_DIR": str(root)}
        async with running(create_app(settings_for(migrated, **more))) as app:
            yield app


@pytest.mark.parametrize("kind", ["disk", "s3"])
async def test_file_goes_in_by_two_steps_and_comes_out_as_it_was(
    kind: str, migrated: Servers, tmp_path: Path, db: Database, workspace: UUID, actor: Actor
) -> None:
    record = await contact(db, actor)
    async with stored_in(kind, migrated, tmp_path) as app, asking(app, await key_for(db, workspace)) as client:
        id, to = await announced(client, sha256=hashlib.sha256(CONTENT).hexdigest())
        (error,) = (await ask(client, LINK, id=id))["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert (await ask(client, ATTACH, f=id, r=record))["data"]["attachFile"]["userErrors"] == [{"code": "FILE_NOT_STORED", "field": ["fileId"]}]
        sent = await client.put(path(to), content=CONTENT)
        assert (sent.status_code, sent.json()["sha256"]) == (201, hashlib.sha256(CONTENT).hexdigest())
        assert (await client.put(path(to), content=CONTENT)).status_code == 409
        assert (await ask(client, ATTACH, f=id, r=record))["data"]["attachFile"] == {"changed": True, "userErrors": []}
        assert (await ask(client, ATTACH, f=id, r=record))["data"]["attachFile"]["changed"] is False
        listed = (await ask(client, "query($id: ID!) { contact(id: $id) { files { nodes { name size } } } }", id=record))["data"]["contact"]
        assert listed["files"]["nodes"] == [{"name": "offer.pdf", "size": len(CONTENT)}]
        shown = (await ask(client, "query($id: ID!) { timeline(of: $id, kinds: [FILE]) { nodes { title file { name } } } }", id=record))["data"]["timeline"]
        assert shown["nodes"] == [{"title": "offer.pdf", "file": {"name": "offer.pdf"}}]
        got = await client.get(path((await ask(client, LINK, id=id))["data"]["fileLink"]["url"]))
        assert (got.content == CONTENT, got.headers["content-type"], got.headers["content-disposition"][:10]) == (True, "application/pdf", "attachment")
        assert (await ask(client, DETACH, f=id, r=record))["data"]["detachFile"]["changed"] is True


@pytest.mark.parametrize("media", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "text/xml"])
async def test_what_a_browser_could_run_is_only_bytes(media: str, app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        id, to = await announced(client, b"<script>alert(1)</script>", mediaType=media, name='a".html')
        assert (await client.put(path(to), content=b"<script>alert(1)</script>")).status_code == 201
        link = path((await ask(client, LINK, id=id))["data"]["fileLink"]["url"])
        for got in (await client.get(link), await client.head(link)):
            assert got.headers["content-type"] == "application/octet-stream"
            assert got.headers["content-disposition"].startswith('attachment; filename="a_.html"')
            assert (got.headers["x-content-type-options"], got.headers["content-security-policy"]) == ("nosniff", "sandbox; default-src 'none'")
        assert got.content == b""


async def test_bad_announcements_are_refused(app: Starlette, db: Database, workspace: UUID) -> None:
    good = {"name": "a.pdf", "mediaType": "application/pdf", "size": 5}
    async with asking(app, await key_for(db, workspace)) as client:
        for wrong, field in (
            ({"name": " ../ "}, "name"), ({"name": "run.EXE"}, "name"), ({"mediaType": "pdf"}, "mediaType"), ({"mediaType": "a/b\r\nx: y"}, "mediaType"),
            ({"size": 0}, "size"), ({"size": 26 * 1024 * 1024}, "size"), ({"sha256": "00"}, "sha256"),
        ):  # fmt: skip
            made = (await ask(client, UPLOAD, input=good | wrong))["data"]["createUpload"]
            assert made == {"file": None, "uploadUrl": None, "userErrors": [{"code": "BAD_FILE", "field": [field]}]}, wrong
        id, _ = await announced(client, name="..\\..\\etc/passwd")
        assert (await ask(client, "query($id: ID!) { file(id: $id) { name } }", id=id))["data"]["file"] == {"name": "passwd"}
    async with asking(app, await key_for(db, workspace, "files:read")) as client:
        assert (await ask(client, UPLOAD, input=good))["data"]["createUpload"]["userErrors"][0]["code"] == "FORBIDDEN"


async def test_what_differs_from_the_announcement_is_not_kept(app: Starlette, db: Database, workspace: UUID, migrated: Servers) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        id, to = await announced(client, b"12345", sha256=hashlib.sha256(b"12345").hexdigest())
        statuses = [(await client.put(path(to), content=body)).status_code for body in (b"1234", b"123456", b"54321", b"")]
        assert statuses == [400, 413, 400, 400]
        assert left(migrated.data_dir / "files" / str(workspace)) == []
        assert (await client.put(path(to), content=b"12345")).status_code == 201
        assert (await ask(client, "query($id: ID!) { file(id: $id) { state } }", id=id))["data"]["file"] == {"state": "STORED"}


async def test_address_serves_one_purpose_one_file_and_a_short_time(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        id, to = await announced(client, b"12345")
        assert (await client.get(path(to))).status_code == 404
        forged = f"{path(to)[:-9]}{'B' if to[-9] == 'A' else 'A'}{to[-8:]}"     # the last letters of base64 have bits that say nothing
        assert (await client.put(forged, content=b"12345")).status_code == 404
        async with db.read(actor) as tx:
            late = await tx.now() - timedelta(hours=2)
        old = files.Link.to("upload", workspace, decode_id(id)[1], late).token()
        assert (await client.put(f"/files/{old}", content=b"12345")).status_code == 404
        other = files.Link.to("upload", UUID(int=9), decode_id(id)[1], late + timedelta(hours=3)).token()
        assert (await client.put(f"/files/{other}", content=b"12345")).status_code == 404


async def test_later_upload_takes_over_and_the_earlier_one_ends_without_effect(db: Database, actor: Actor) -> None:
    new = files.NewFile("a.txt", "text/plain", 5)
    await db.run(actor, lambda tx: files.announce(tx, new, 100))
    first, second = [await db.run(actor, lambda tx: files.begin(tx, new.id)) for _ in range(2)]
    with pytest.raises(files.UploadOver):
        await db.run(actor, lambda tx: files.finish(tx, first, "0" * 64))
    for _ in range(2):
        await db.run(actor, lambda tx: files.finish(tx, second, "1" * 64))
    async with db.read(actor) as tx:
        row = await tx.row("SELECT f.state, f.store_key, f.version FROM files f WHERE f.workspace_id = $1", tx.workspace)
        jobs = await tx.fetch("SELECT w.payload FROM work w WHERE w.workspace_id = $1 AND w.kind = $2", tx.workspace, files.REMOVE)
    assert row is not None
    assert tuple(row) == ("STORED", second.key, 2)
    assert [job["payload"] for job in jobs] == [{"key": first.key}]


async def test_loose_files_are_swept_after_a_day_and_attached_ones_stay(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        person, ids = await make.make_person(tx), []
        for name in ("attached", "detached", "announced", "fresh"):
            file = files.NewFile(name, "text/plain", 5)
            ids.append(await files.announce(tx, file, 100))
            if name != "announced":
                await files.finish(tx, await files.begin(tx, file.id), "0" * 64)
            if name in ("attached", "detached"):
                assert await files.attach(tx, file.id, "Person", person)
        assert await files.detach(tx, ids[1], "Person", person)
        assert not await files.detach(tx, ids[1], "Person", person)
        await tx.execute("UPDATE files SET updated_at = updated_at - interval '2 days' WHERE workspace_id = $1 AND name <> 'fresh'", tx.workspace)
        return ids

    ids = await db.run(actor, given)
    assert (await db.run(actor, files.sweep), await db.run(actor, files.sweep)) == (2, 0)
    async with db.read(actor) as tx:
        left = {row["id"] for row in await tx.fetch("SELECT f.id FROM files f WHERE f.workspace_id = $1", tx.workspace)}
        jobs = await tx.value("SELECT count(*) FROM work w WHERE w.workspace_id = $1 AND w.kind = $2", tx.workspace, files.REMOVE)
    assert (left, jobs) == ({ids[0], ids[3]}, 1)


async def test_stores_keep_whole_files_or_none(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"123"
        raise OSError

    async with buckets.serving() as (bucket, url):
        disk, s3 = DiskFiles(tmp_path), S3Files(url)
        for store in (disk, s3):
            with pytest.raises((OSError, Unavailable)):
                await store.write("w/f/1", broken(), 5)
            with pytest.raises(files.FileLost):
                _ = [piece async for piece in store.read("w/f/1")]
            await store.write("w/f/2", pieces(b"123", b"45"), 5)
            assert b"".join([piece async for piece in store.read("w/f/2")]) == b"12345"
            for _ in range(2):
                await store.remove("w/f/2")
        assert (left(tmp_path), bucket.objects, bucket.refused) == ([], {}, [])
        wrong = S3Files(url.replace("tester", "stranger"))
        with pytest.raises(Unavailable):
            await wrong.write("w/f/3", pieces(b"1"), 1)
        for store in (s3, wrong):
            await store.close()
    assert bucket.objects == {}


def test_names_survive_any_header() -> None:
    assert disposition("a\"b\\c;é€.pdf") == "attachment; filename=\"a_b_c___.pdf\"; filename*=UTF-8''a%22b%5Cc%3B%C3%A9%E2%82%AC.pdf"
