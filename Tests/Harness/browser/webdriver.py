"""As much of WebDriver as this harness needs, over HTTP. Source: W3C WebDriver; Chrome DevTools Protocol."""

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Missing(Exception):
    """There is no such element."""


class Browser:
    """A headless Chromium. Without scripts, those of pages do not run; what this class asks of them still does."""

    def __init__(self, scripts=True):
        self.scripts = scripts
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = "http://127.0.0.1:%d" % self._port()
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]}
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        except BaseException:
            self.driver.terminate()
            raise
        self.session = "/session/" + answer["sessionId"]
        self.ask("POST", "/timeouts", {"pageLoad": 60_000, "script": 60_000, "implicit": 0})

    def _port(self):
        for line in self.driver.stdout:
            if "successfully on port" in line:
                return int(line.split("on port")[1].split()[0].rstrip("."))
        raise RuntimeError("chromedriver does not say its port")

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    # What is asked

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, method=method, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            if value["error"] in ("no such element", "stale element reference"):
                raise Missing(value["message"].splitlines()[0]) from None
            raise RuntimeError(value["error"] + ": " + value["message"].splitlines()[0]) from None

    def ask(self, method, path, body=None):
        return self._call(method, self.session + path, body)

    def devtools(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    # Pages

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.ask("GET", "/url")

    @property
    def text(self):
        """What a person reads. A page may just be making place for the next one."""
        found = until(lambda: self._body_text(), seconds=5)
        return found or ""

    def _body_text(self):
        try:
            return self.read(self.find("body"))
        except Missing:
            return None

    def find(self, css):
        return self.ask("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def find_all(self, css):
        return [found[ELEMENT] for found in self.ask("POST", "/elements", {"using": "css selector", "value": css})]

    def named(self, kind, words):
        """The first element of a kind that a person knows by these words."""
        for element in self.find_all(kind):
            if words in self.read(element):
                return element
        raise Missing("no %s with %r in\n%s" % (kind, words, self.text))

    def read(self, element):
        return self.ask("GET", "/element/%s/text" % element)

    def attribute(self, element, name):
        return self.ask("GET", "/element/%s/attribute/%s" % (element, name))

    def click(self, element):
        self.ask("POST", "/element/%s/click" % element, {})

    def type(self, css, text):
        element = self.find(css)
        self.ask("POST", "/element/%s/clear" % element, {})
        self.ask("POST", "/element/%s/value" % element, {"text": text})

    def choose(self, css, value):
        self.click(self.find("%s option[value='%s']" % (css, value)))

    def press(self, key):
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script):
        return self.ask("POST", "/execute/async", {"script": script, "args": []})

    def cookie(self, name):
        return self.ask("GET", "/cookie/" + name)["value"]

    def forget_cookies(self):
        self.ask("DELETE", "/cookie")

    def complaints(self):
        """What pages made the browser complain about. That an answer has the status of a refusal is no fault."""
        entries = self.ask("POST", "/se/log", {"type": "browser"})
        severe = [e["message"] for e in entries if e["level"] == "SEVERE" or "Security Policy" in e["message"]]
        return [message for message in severe if "the server responded with a status of" not in message]

    # Looks

    def look(self, scheme, width):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)

    def photograph(self, path, width):
        height = min(8000, self.run("return document.documentElement.scrollHeight"))
        picture = self.devtools(
            "Page.captureScreenshot", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))


def until(what, seconds=90, each=0.2):
    """Asks again and again, until there is an answer."""
    end = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > end:
            return None
        time.sleep(each)
