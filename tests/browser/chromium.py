"""Chromium, headless, over the DevTools protocol through a pipe: no port, no driver, no package beside Debian's chromium.

    with Browser(width, height, dark) as page:
        page.open(path)
        page.run("document.title")
"""
import json
import os
import shutil
import subprocess
import tempfile
import time

LIMIT = 60  # seconds that an answer may take


class Browser:
    def __init__(self, width=1280, height=900, dark=False):
        self.size, self.dark = (width, height), dark
        self.number, self.events, self.rest = 0, [], b""

    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="heaptrial-chromium-")
        to_browser, self.send_fd = os.pipe()
        self.read_fd, from_browser = os.pipe()

        def take_pipes():  # it reads from 3 and writes to 4
            high = [os.dup2(fd, 60 + i) for i, fd in enumerate((to_browser, from_browser))]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        arguments = ["chromium", "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                     "--hide-scrollbars", f"--user-data-dir={self.home}", "about:blank"]
        self.process = subprocess.Popen(arguments, preexec_fn=take_pipes, close_fds=False, start_new_session=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "HOME": self.home})
        os.close(to_browser)
        os.close(from_browser)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.resize(*self.size)
        if self.dark:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.send_fd)
        os.close(self.read_fd)
        shutil.rmtree(self.home, ignore_errors=True)

    def read(self):
        import select
        deadline = time.monotonic() + LIMIT
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.read_fd], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.read_fd, 1 << 20) if ready else b""
            if not chunk:
                raise RuntimeError("chromium does not answer")
            self.rest += chunk
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.send_fd, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, path):
        """Loads a file; returns the seconds until it was laid out."""
        start = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.read())
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - start

    def run(self, expression):
        """The value of an expression of JavaScript, or of its promise."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def complaints(self):
        """What the console, the log and uncaught errors said."""
        said = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                said.append(params["exceptionDetails"]["exception"].get("description", "exception"))
            elif event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                said.append(str(params["args"]))
            elif event.get("method") == "Log.entryAdded":
                said.append(params["entry"]["text"])
        return said

    def requests(self):
        """Everything that was asked for, but for the files that were opened."""
        urls = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("file://") or not url.endswith(".html")]

    def screenshot(self, path, whole=True, clip=None):
        import base64
        extra = {"clip": {**clip, "scale": 1}} if clip else {}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **extra)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
