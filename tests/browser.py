"""A real Chromium without a window, driven by its own DevTools protocol: what a person sees, clicks and types."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import websockets

PATIENCE_S = 20
FLAGS = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
    "--remote-debugging-port=0", "--window-size=1200,900", "--lang=en-GB",
)
LOOK = """new Promise((done, fail) => {{
  const began = Date.now();
  const look = () => {{
    let found; try {{ found = ({js}) }} catch (error) {{ found = null }}
    if (found) done(found instanceof Node ? true : found);
    else if (Date.now() - began > {ms}) fail(new Error("never came: " + {said} + "\\n" + document.body.innerText));
    else setTimeout(look, 20);
  }};
  look();
}})"""
LEFT = ("Inspected target navigated", "Execution context was destroyed", "Cannot find context", "Cannot find default execution context")
FIND = "[...document.querySelectorAll({selector})].find((e) => e.checkVisibility() && ({text} === null || e.textContent.trim() === {text}))"
CENTER = """(() => {{
  const e = {find};
  if (!e || e.disabled) return null;
  e.scrollIntoView({{block: 'center'}});
  const r = e.getBoundingClientRect();
  return [r.x + r.width / 2, r.y + r.height / 2];
}})()"""


class PageFailed(AssertionError):
    """The page did not do what the test waited for, or its script failed."""


class Page:
    """One tab. `problems` holds console errors, uncaught exceptions and refused loads; `requests` every address asked for."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self.problems: list[str] = []
        self.requests: list[str] = []

    async def call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return await answer

    async def listen(self) -> None:
        async for text in self._socket:
            said = json.loads(text)
            if waiting := self._waiting.pop(said.get("id"), None):
                waiting.set_exception(PageFailed(said["error"]["message"])) if "error" in said else waiting.set_result(said["result"])
            else:
                self._note(said["method"], said["params"])

    def _note(self, method: str, params: Any) -> None:
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(params["url"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def open(self, url: str) -> None:
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE_S)

    async def evaluate(self, js: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=js, awaitPromise=True, returnByValue=True, userGesture=True)
        if failed := answer.get("exceptionDetails"):
            raise PageFailed(failed.get("exception", {}).get("description", failed["text"]))
        return answer["result"].get("value")

    async def until(self, js: str, within: float = PATIENCE_S) -> Any:
        """The first truthy value of an expression, on this page or on the one that is just taking its place."""
        look = LOOK.format(js=js, ms=int(within * 1000), said=json.dumps(js))
        for _ in range(2):
            try:
                return await self.evaluate(look)
            except PageFailed as failed:
                if not str(failed).startswith(LEFT):
                    raise
        return await self.evaluate(look)

    async def sees(self, text: str, selector: str = "body", within: float = PATIENCE_S) -> None:
        """Waits until the text stands somewhere in the visible elements of the selector."""
        await self.until(f"[...document.querySelectorAll({json.dumps(selector)})].some((e) => e.innerText.includes({json.dumps(text)}))", within)

    async def click(self, selector: str, text: str | None = None) -> None:
        """A press of the mouse in the middle of the first visible match, by its exact text if given."""
        x, y = await self.until(CENTER.format(find=FIND.format(selector=json.dumps(selector), text=json.dumps(text))))
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def type(self, selector: str, text: str) -> None:
        """Clicks a field and types over what is in it."""
        await self.click(selector)
        await self.evaluate("document.activeElement.select()")
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **({"text": "\r"} if key == "Enter" else {}))

    async def tab_to(self, text: str) -> None:
        """Presses Tab until what has the focus says so, by its text or placeholder."""
        for _ in range(40):
            await self.press("Tab", 9)
            if await self.evaluate(f"[document.activeElement.textContent.trim(), document.activeElement.placeholder].includes({json.dumps(text)})"):
                return
        raise PageFailed(f"Tab never came to {text}")

    async def choose(self, selector: str, value: str) -> None:
        """Picks an entry of a select as a person's pick arrives at the page."""
        await self.until(f"document.querySelector({json.dumps(selector)})")
        await self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); "
            f"Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(e, {json.dumps(value)}); "
            "e.dispatchEvent(new Event('change', {bubbles: true})); })()")

    async def dark(self, on: bool = True) -> None:
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    async def screenshot(self, path: Path) -> Path:
        shot = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))
        return path


@dataclass(frozen=True, slots=True)
class Browser:
    """A running Chromium. Every tab is a stranger to the others: cookies and storage of its own."""

    whole: Page
    address: str

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Page]:
        context = (await self.whole.call("Target.createBrowserContext"))["browserContextId"]
        target = (await self.whole.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        async with _connected(f"{self.address}/devtools/page/{target}") as page:
            for domain in ("Page", "Runtime", "Network", "Log"):
                await page.call(f"{domain}.enable")
            yield page
        await self.whole.call("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """A browser with a fresh profile in `folder`; the test is skipped where there is none."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        address = await _address(process.stderr)
        ignoring = asyncio.create_task(_ignore(process.stderr))
        async with _connected(address) as whole:
            yield Browser(whole, address.partition("/devtools/")[0])
        ignoring.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[Page]:
    async with websockets.connect(address, max_size=None, proxy=None) as socket:
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        yield page
        listening.cancel()


async def _address(said: asyncio.StreamReader) -> str:
    """The browser's socket, as it announces it."""
    async with asyncio.timeout(30):
        async for line in said:
            if b"DevTools listening on " in line:
                return line.decode().split()[-1]
    raise PageFailed("the browser ended before it listened")


async def _ignore(said: asyncio.StreamReader) -> None:
    """Keeps a talkative browser from waiting for somebody to read."""
    while await said.read(65536):
        pass
