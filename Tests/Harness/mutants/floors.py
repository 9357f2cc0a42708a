"""Cuts `Package.swift` down to the tests of one target and the floors below it: so a change rebuilds nothing above."""

import re


def cut(manifest, tests):
    """The text of a manifest with the test target `tests`, what that needs, and nothing else."""
    text = re.sub(r"^ +//.*\n", "", manifest, flags=re.MULTILINE)
    targets = {name_of(element): element for element in elements(body(text, "targets"))}
    kept = closure(tests, targets)
    entries = [element for name, element in targets.items() if name in kept]
    head = text[:text.index("let package =")]
    sources = [source for source in elements(body(text, "dependencies"))
               if f'"{package_of(source)}"' in head + "".join(entries)]
    for key, found in [("products", []), ("dependencies", sources), ("targets", entries)]:
        text = text.replace(body(text, key), ",".join(found).rstrip() + "\n")
    return text


def body(text, key):
    """What stands between the brackets of a list of the package."""
    return re.search(rf"^    {key}: \[\n(.*?)^    \]", text, re.MULTILINE | re.DOTALL).group(1)


def elements(text):
    """The elements of a list. A comma in brackets or in quotes divides nothing."""
    found, start, depth, quoted = [], 0, 0, False
    for index, character in enumerate(text + ","):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "([":
            depth += 1
        elif not quoted and character in ")]":
            depth -= 1
        elif not quoted and character == "," and depth == 0:
            found.append(text[start:index])
            start = index + 1
    return [element for element in found if element.strip()]


def name_of(target):
    name = re.search(r'"([^"]*)"', target).group(1)
    return name + "Tests" if target.strip().startswith("tests(") else name


def package_of(source):
    return re.search(r'url: "[^"]*/([^"/]*)"', source).group(1)


def closure(name, targets):
    """The target and all that it imports. Whatever is quoted in it and has the name of a target is imported."""
    kept, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting += [text for text in re.findall(r'"([^"]*)"', targets[name]) if text in targets]
    return kept
