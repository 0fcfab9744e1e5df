"""Headless Chromium, spoken to through two pipes in the language of its developer tools."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync")


def browser() -> str:
    """The browser that is installed; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found


class OpenPage:
    """A page in a browser; a context that ends with the browser.

    Parameters
    ----------
    path : Path
        Of the page.
    profile : Path
        Folder for the browser's own files.
    width, height : int
        Of the window, in pixels.

    Attributes
    ----------
    errors : list of str
        What failed in the page's scripts, or was refused to them.
    """

    def __init__(self, path: Path, profile: Path, width: int, height: int = 900):
        # Chromium reads commands from its file 3 and writes answers to its file 4.
        command, self._write = _pipe()
        self._read, answer = _pipe()

        def connect():
            os.dup2(command, 3)
            os.dup2(answer, 4)

        self._process = subprocess.Popen(
            [browser(), *OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=connect, close_fds=False)
        os.close(command)
        os.close(answer)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.errors = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.send("Runtime.enable")
        self.send("Log.enable")
        self.size(width, height)
        self.send("Page.navigate", url=path.absolute().as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def send(self, method: str, **parameters) -> dict:
        """Give a command and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.errors.append(json.dumps(answer["params"]))
            if answer.get("id") == self._number:
                return answer["result"]

    def _message(self):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], 60)
            data = os.read(self._read, 1 << 20) if ready else b""
            assert data, "the browser has ended or says nothing"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def size(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def value(self, expression: str):
        """Value of an expression of JavaScript in the page."""
        return self.send("Runtime.evaluate", expression=expression,
                         returnByValue=True)["result"].get("value")

    def text(self, name: str) -> str:
        """Text of the element of that id."""
        return self.value(f"document.getElementById('{name}').textContent")

    def wait(self, expression: str, seconds: float):
        """The value of an expression once it counts as true; the last one after some seconds."""
        end = time.monotonic() + seconds
        while not (found := self.value(expression)) and time.monotonic() < end:
            time.sleep(0.2)
        return found

    def draw(self, name: str, points: list[tuple[float, float]]) -> None:
        """Draw a line with the mouse; points are shares of the element's width and height."""
        self.value(f"document.getElementById('{name}').scrollIntoView()")
        box = json.loads(self.value(
            f"JSON.stringify(document.getElementById('{name}').getBoundingClientRect())"))
        at = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"],
               "button": "left"} for x, y in points]
        mouse = "Input.dispatchMouseEvent"
        self.send(mouse, type="mousePressed", buttons=1, clickCount=1, **at[0])
        for point in at[1:]:
            self.send(mouse, type="mouseMoved", buttons=1, **point)
        self.send(mouse, type="mouseReleased", buttons=0, clickCount=1, **at[-1])

    def picture(self, height: int) -> bytes:
        """A PNG file of the page from its top on."""
        width = self.value("innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.send("Page.captureScreenshot", captureBeyondViewport=True,
                                          clip=clip)["data"])


def _pipe():
    """A pipe whose ends have numbers that the browser's own do not take."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends
