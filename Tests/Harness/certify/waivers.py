"""`docs/waivers.json`: what may be missing, why, and until when."""

import datetime
import json


class Waivers:
    """
    `problems` are sentences; where there is one nothing is certified: a waiver that nobody looks after is none.
    """

    def __init__(self, path, items, today=None):
        today = today or datetime.datetime.now(datetime.timezone.utc).date()
        self.problems = []
        self.reasons = {}
        for waiver in self._read(path):
            problem = self._problem(waiver, items, today)
            if problem:
                self.problems.append(problem)
            else:
                self.reasons[waiver["item"]] = waiver["reason"]

    def _read(self, path):
        try:
            with open(path) as file:
                content = json.load(file)
        except (OSError, ValueError) as error:
            self.problems.append(f"the waivers cannot be read: {error.__class__.__name__}")
            return []
        if not isinstance(content, dict) or set(content) != {"schema", "waivers"} or content["schema"] != 1 \
                or not isinstance(content["waivers"], list):
            self.problems.append("the waivers are not of schema 1")
            return []
        return content["waivers"]

    def _problem(self, waiver, items, today):
        if not isinstance(waiver, dict) or set(waiver) != {"item", "reason", "expires"} \
                or not all(isinstance(text, str) for text in waiver.values()):
            return f"a waiver has 'item', 'reason' and 'expires': {json.dumps(waiver)}"
        item = waiver["item"]
        if item not in items:
            return f"a waiver is for '{item}', which nobody asks for"
        if item in self.reasons:
            return f"'{item}' is waived twice"
        if not waiver["reason"].strip():
            return f"the waiver for '{item}' has no reason"
        try:
            last = datetime.date.fromisoformat(waiver["expires"])
        except ValueError:
            return f"the waiver for '{item}' expires on no day: '{waiver['expires']}'"
        return f"the waiver for '{item}' expired on {last}" if last < today else None
