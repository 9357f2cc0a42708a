#!/usr/bin/env python3
"""Drives the page in a browser, against the built program, a catalog and an app that runs.

    browser.py PROGRAM FOLDER

The way of an update with scripts and without, forms that are refused, the rules of accessibility, and a picture of each
page, light and dark, wide and narrow, in FOLDER/screenshots. Ends with 1 where anything is not as it should be.
"""

import glob
import html
import http.server
import os
import re
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

from place import Place
from webdriver import Browser, Missing, until

WIDTHS = {"wide": 1200, "narrow": 375}
TAB = "\ue004"


def check(is_so, words, *more):
    if not is_so:
        raise AssertionError(": ".join([words, *map(str, more)]))


class Story:
    """What a person does, one step after the other."""

    def __init__(self, place, browser, address, folder):
        self.place = place
        self.browser = browser
        self.address = address
        self.folder = folder
        self.axe = None
        self.faults = []
        if browser.scripts:
            packages = os.path.dirname(sys.executable) + "/../lib/python*/site-packages"
            found = glob.glob(packages + "/axe_playwright_python/axe.min.js")
            check(found, "axe-core is not there")
            with open(found[0]) as file:
                self.axe = file.read()

    # Steps

    def go(self, path):
        self.browser.open(self.address + path)

    def sees(self, *words):
        text = self.browser.text
        for word in words:
            check(word in text, "the page does not say %r" % word, text)

    def press(self, words, within="main "):
        """Sends a form by the words of its button."""
        self.browser.click(self.browser.named(within + "button", words))

    def follow(self, words):
        self.browser.click(self.browser.named("main a", words))

    def tick(self, css):
        self.browser.click(self.browser.find(css))

    def settle(self):
        """Waits for what takes its time, as a person does: the page goes on by itself."""
        def is_over():
            try:
                return not self.browser.find_all("#progress")
            except Missing:
                return False
        check(until(is_over), "it is not over", self.browser.url)

    def done(self, *words):
        """What was asked for is done, and where it took its time the page leads on."""
        self.settle()
        if "/operations/" in self.browser.url:
            self.sees("Done", *words)
            self.follow("See")
        else:
            self.sees(*words)

    # Looks

    def show(self, name):
        """A picture of the page in every look, and the rules of accessibility."""
        for scheme in ("light", "dark"):
            for label, width in WIDTHS.items():
                self.browser.look(scheme, width)
                path = "%s/%s-%s-%s.png" % (self.folder, name, scheme, label)
                self.browser.photograph(path, width)
                wide = self.browser.run("return document.documentElement.scrollWidth")
                if wide > width:
                    self.faults.append("%s, %s: it is %d wide" % (name, label, wide))
                if self.axe:
                    self.ask_rules("%s, %s, %s" % (name, scheme, label))
        self.browser.look("light", WIDTHS["wide"])

    def ask_rules(self, place):
        self.browser.run(self.axe)
        found = self.browser.run_async(
            "const done = arguments[0]; axe.run(document).then((found) => done(found.violations.map((one) =>"
            " [one.impact, one.id, one.nodes.map((node) => node.html.slice(0, 200))])));")
        for impact, rule, nodes in found:
            line = "%s: %s (%s): %s" % (place, rule, impact, nodes[0])
            if impact in ("serious", "critical"):
                self.faults.append(line)
            else:
                print("  to know: " + line)

    # The way of an update

    def sign_in(self, token):
        self.go("/apps/clock")
        check("/sign-in" in self.browser.url, "who is not signed in is led to the form", self.browser.url)
        self.go("/")
        self.sees("Sign in")
        self.show("sign-in")
        self.browser.type("input[name=token]", "apphost_wrong")
        self.press("Sign in")
        self.sees("not known here")
        self.show("sign-in-wrong")
        self.browser.type("input[name=token]", token)
        self.press("Sign in")
        self.sees("Nothing is installed yet")
        self.show("apps-empty")
        self.browser.press(TAB)
        focused = self.browser.run("return document.activeElement.textContent")
        check(focused == "Skip to the content", "the first key leads past the links", focused)

    def add_catalog(self):
        self.go("/catalogs")
        self.sees("follows no catalog yet")
        self.show("catalogs-empty")
        self.browser.type("input[name=name]", "demo")
        self.browser.type("input[name=location]", self.place.site)
        self.browser.type("input[name=fingerprint]", "0" * 64)
        self.press("Add and verify")
        self.settle()
        self.sees("Nothing was changed")
        self.show("catalog-refused")
        self.go("/catalogs")
        self.browser.type("input[name=name]", "demo")
        self.browser.type("input[name=location]", self.place.site)
        self.browser.type("input[name=fingerprint]", self.place.fingerprint)
        self.press("Add and verify")
        self.done("The catalog demo was added")
        self.go("/catalogs")
        self.sees("demo", "Current", "1 app", "Counts until")
        self.show("catalogs")

    def install(self):
        self.follow("demo")
        self.sees("What it lists", "Clock")
        self.show("catalog")
        self.follow("Clock")
        self.sees("Installing it grants", "network.listen", "Signed by catalog publisher", "no review")
        self.show("offer")
        self.press("Install Clock 1.0")
        self.done()
        check(self.place.installed()["version"] == "1.0", "it is installed", self.place.installed())
        self.go("/apps/clock")
        # What a publisher wrote is shown as it was written, and is no HTML.
        self.sees("Says <b>what</b> time it is & no more.", "Stopped", "Up to date")
        self.press("Start")
        self.done()
        self.go("/apps/clock")
        self.sees("Running")
        self.show("app")

    def review(self):
        self.place.publish("1.1", ["network.listen", "data.write"])
        self.press("Check now")
        self.done("1.1 is available")
        self.go("/")
        self.sees("1.1 is available", "Not taken by itself", "data.write")
        self.show("apps")
        self.go("/apps/clock/review")
        self.sees(
            "1.1", "data.write", "New", 'Keeps what you set, in "its" data.', "What is new in 1.1.", "Download",
            "It fits this host", "Not reviewed by a trusted reviewer", "Signed by catalog publisher",
            "That is no review", "consent", "Stopped", "permissions")
        self.show("review")
        self.press("Stage 1.1")
        self.settle()
        self.sees("Your consent is needed", "Nothing was changed")
        self.show("consent-needed")
        check(not self.place.installed()["staged"], "nothing is staged without consent")

    def accept(self):
        self.follow("Back")
        self.tick("input[name=accept][value=permissions]")
        self.press("Stage 1.1")
        self.done()
        check(self.place.installed()["staged"]["version"] == "1.1", "it is staged", self.place.installed())
        self.go("/apps/clock/review")
        self.sees("It is staged", "Apply 1.1")
        self.show("review-staged")
        self.go("/apps/clock/unstage")
        self.sees("What is kept", "has to be fetched again")
        self.show("unstage")

    def apply(self):
        self.go("/apps/clock/review")
        self.press("Apply 1.1")
        self.settle()
        self.sees("The app is running", "Nothing was changed")
        self.show("app-running")
        self.go("/apps/clock/review")
        self.tick("input[name=restart]")
        self.press("Apply 1.1")
        self.done()
        self.go("/apps/clock")
        self.sees("1.1", "Running", "data.write", "Granted")
        check(self.place.installed()["version"] == "1.1", "it is applied", self.place.installed())

    def fail(self):
        self.place.publish("1.2", ["network.listen", "data.write"], works=False, seconds=12)
        self.press("Check now")
        self.done("1.2 is available")
        self.go("/apps/clock/review")
        self.press("Stage 1.2")
        self.done()
        self.go("/apps/clock/review")
        self.tick("input[name=restart]")
        self.press("Apply 1.2")
        if self.browser.find_all("#progress"):
            self.sees("Under way")
            if self.browser.scripts:
                self.show("operation-under-way")
        self.settle()
        self.sees("The new version failed, and the old one is back", "this is version 1.2")
        self.show("health-gate-failed")
        check(self.place.installed()["version"] == "1.1", "the version before is back", self.place.installed())
        self.go("/apps/clock")
        self.sees("1.1", "Running", "Known bad", "1.2")
        self.show("app-known-bad")

    def roll_back(self):
        self.go("/apps/clock/rollback")
        self.sees("What is kept", "What is lost or changes", "1.0")
        self.show("rollback")
        self.tick("input[name=restart]")
        self.press("Roll back")
        self.done()
        self.go("/apps/clock")
        check(self.place.installed()["version"] == "1.0", "it is rolled back", self.place.installed())

    def decide(self):
        self.browser.choose("select[name=mode]", "apply_when_stopped")
        self.browser.type("input[name=cooldown]", "3d")
        self.press("Save the policy")
        self.done()
        self.go("/apps/clock")
        self.sees("In force: 3 days")
        policy = self.place.json("policy", "clock")
        check(policy["mode"] == "apply_when_stopped" and policy["cooldownSeconds"] == 3 * 86400, "policy", policy)
        self.browser.choose("select[name=for]", "7d")
        self.press("Hold")
        self.done()
        self.go("/apps/clock")
        self.sees("Held until")
        self.show("app-held")
        self.go("/")
        self.sees("Held until")
        self.go("/apps/clock")
        self.press("End the hold")
        self.done()
        check(not self.place.installed()["hold"], "the hold is over")

    def look_around(self):
        self.go("/apps/clock/history")
        self.sees("Rolled back", "Applied", "Installed")
        self.show("history")
        self.go("/scheduler")
        self.sees("Catalog demo", "App clock", "On")
        self.show("scheduler")
        self.go("/operations")
        self.sees("Apply clock", "Failed", "Done")
        self.show("operations")
        self.go("/catalogs/demo/remove")
        self.sees("What is kept", "fingerprint")
        self.show("catalog-remove")
        self.go("/nowhere")
        self.sees("There is no such page")
        self.show("no-page")
        self.go("/apps/nobody")
        self.sees("nobody")
        self.show("no-app")
        os.rename(self.place.site, self.place.site + ".away")
        self.go("/catalogs/demo")
        self.press("Refresh")
        self.settle()
        self.go("/catalogs")
        self.sees("Refreshing fails", "still counts until it expires")
        self.show("catalogs-offline")
        self.go("/")
        self.sees("could not be refreshed")
        self.show("apps-offline")
        os.rename(self.place.site + ".away", self.place.site)

    def leave(self):
        self.go("/apps/clock")
        self.press("Stop")
        self.done()
        self.go("/apps/clock/uninstall")
        self.sees("What is kept", "cannot be had again")
        self.show("uninstall")
        self.press("Uninstall")
        self.done()
        check(self.place.installed() is None, "it is uninstalled")
        self.go("/")
        self.press("Sign out", within="header ")
        self.sees("Token of an operator")
        self.go("/")
        check("/sign-in" in self.browser.url, "who signed out is out", self.browser.url)

    def end(self):
        self.faults += self.browser.complaints()
        check(not self.faults, "the pages have faults", "\n" + "\n".join(self.faults))


# Forms that are refused


class Direct(urllib.request.HTTPRedirectHandler):
    """Follows nothing: where an answer leads is a part of it."""

    def redirect_request(self, *_):
        return None


class Forms:
    """Sends forms as a browser does, and as none should."""

    def __init__(self, address, cookie):
        self.address = address
        self.cookie = cookie
        self.opener = urllib.request.build_opener(Direct)

    def ask(self, path, fields=None, headers=None):
        """The status, where it leads, and the text."""
        body = None if fields is None else urllib.parse.urlencode(fields, doseq=True).encode()
        all_headers = {"Accept": "text/html", "Cookie": "apphost_session=" + self.cookie, "Origin": self.address}
        all_headers.update(headers or {})
        request = urllib.request.Request(self.address + path, data=body, headers=all_headers)
        try:
            answer = self.opener.open(request, timeout=90)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        check("default-src 'none'" in (answer.headers["Content-Security-Policy"] or ""), "no policy", path)
        check(answer.headers["Cache-Control"] == "no-store", "it may be kept", path)
        return answer.status, answer.headers["Location"], text

    def fields(self, path, action):
        """What the form with this action on a page holds before anybody filled it in."""
        _, _, text = self.ask(path)
        form = re.search(r'<form[^>]*action="%s".*?</form>' % re.escape(action), text, re.S)
        check(form, "no form for " + action, text)
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form.group(0))
        return {name: html.unescape(value) for name, value in hidden}


def refused(place, address, cookie):
    """Nothing is done by a form that is stale, foreign, sent twice, too late, or about something else by now."""
    forms = Forms(address, cookie)
    hold = "/apps/clock/hold"
    fields = forms.fields("/apps/clock", hold)

    def expect(status, words, path, sent, headers=None):
        found, _, text = forms.ask(path, sent, headers)
        check(found == status, "%s: %s, not %s" % (path, found, status), text)
        check(words in html.unescape(text), "%s does not say %r" % (path, words), text)

    held = place.history("hold")
    expect(403, "This form is stale", hold, {**fields, "form_password": "wrong"})
    expect(403, "This form is stale", hold, {name: fields[name] for name in fields if name != "form_password"})
    expect(403, "This form is stale", hold, {**fields, "form_number": "1"})
    expect(403, "Another page sent this form", hold, fields, {"Origin": "http://evil.example"})
    expect(403, "Another page sent this form", hold, fields, {"Origin": "null"})
    expect(421, "Not at this address", hold, fields, {"Host": "evil.example"})
    expect(415, "That was no form", hold, fields, {"Content-Type": "application/json", "X-Form-Password": "x"})
    check(place.history("hold") == held, "something was held")

    first = forms.ask(hold, fields)
    second = forms.ask(hold, fields)
    check(first[0] == 303 and first[1] == second[1], "the same form leads elsewhere", first, second)
    expect(409, "This form was used before", hold, {**fields, "for": "7d"})
    check(place.history("hold") == held + ["done"], "it was held twice", place.history("hold"))
    check(place.installed()["hold"] == {"until": None}, "the second form counted", place.installed())
    forms.ask("/apps/clock/unhold", forms.fields("/apps/clock", "/apps/clock/unhold"))

    # Somebody looked at 2.0, and 2.1 came meanwhile.
    place.publish("2.0", ["network.listen"])
    forms.ask("/apps/clock/check", forms.fields("/apps/clock", "/apps/clock/check"))
    seen = forms.fields("/apps/clock/review", "/apps/clock/stage")
    place.publish("2.1", ["network.listen"])
    expect(403, "It changed since you looked at it", "/apps/clock/stage", seen)
    check(not place.installed()["staged"], "what nobody looked at was staged")
    # Somebody looked at what is staged, and it was staged anew meanwhile.
    place.apphost("update", "clock@2.0", "--stage")
    seen = forms.fields("/apps/clock/review", "/apps/clock/apply")
    place.apphost("unstage", "clock")
    place.apphost("update", "clock", "--stage")
    expect(403, "It changed since you looked at it", "/apps/clock/apply", seen)
    check(place.installed()["version"] == "1.0", "what nobody looked at was applied")

    fields = forms.fields("/apps/clock", hold)
    place.apphost("token", "revoke", "browser")
    expect(401, "Your session is over", hold, fields)
    check(place.history("hold") == held + ["done"], "somebody who is out changed something")


def foreign_page(browser, address):
    """A page of another origin, in the browser that is signed in, sends a form here."""
    page = '<form method="post" action="%s/apps/clock/hold"><button>Win</button></form>' % address

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        browser.open("http://127.0.0.1:%d/" % server.server_port)
        browser.click(browser.find("button"))
        check("Another page sent this form" in browser.text, "a foreign form was taken", browser.text)
    finally:
        server.shutdown()


# Both


def try_story(program, folder, scripts):
    print("with scripts" if scripts else "without scripts")
    shots = "%s/screenshots/%s" % (folder, "scripts" if scripts else "no-scripts")
    os.makedirs(shots, exist_ok=True)
    place = Place(program)
    browser = None
    try:
        address = place.serve()
        browser = Browser(scripts)
        story = Story(place, browser, address, shots)
        steps = [
            story.add_catalog, story.install, story.review, story.accept, story.apply, story.fail, story.roll_back,
            story.decide, story.look_around,
        ]
        story.sign_in(place.token())
        for step in steps:
            print("  " + step.__name__.replace("_", " "))
            step()
        if scripts:
            print("  forms that are refused")
            foreign_page(browser, address)
            refused(place, address, browser.cookie("apphost_session"))
            story.go("/")
            check("/sign-in" in browser.url, "a session outlives its token", browser.url)
            browser.type("input[name=token]", place.token("again"))
            story.press("Sign in")
        print("  leave")
        story.leave()
        story.end()
    except BaseException:
        if browser:
            try:
                browser.photograph(folder + "/last.png", WIDTHS["wide"])
                print("the last page is in %s/last.png: %s" % (folder, browser.url))
            except Exception:
                pass
        raise
    finally:
        if browser:
            browser.close()
        place.close()


def main():
    program, folder = sys.argv[1:]
    for scripts in (True, False):
        try_story(program, os.path.abspath(folder), scripts)
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main()
