"""Hooks of schemathesis: most of the time, what a path names is there.

Left to chance, no request would ever meet an app that is installed."""

import random

import schemathesis

THERE = {"id": ["notes", "wiki"], "catalog": ["demo"], "name": ["NOTES_TOKEN", "NOTES_THEME"], "key": ["spare"]}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    # What is deleted once is not there for anybody else.
    if not path_parameters or context.operation.method.lower() == "delete":
        return path_parameters
    # By the values themselves, so that a failure can be tried again.
    chance = random.Random(repr(sorted(path_parameters.items())))
    if chance.random() < 0.25:
        return path_parameters
    return {name: chance.choice(THERE[name]) if name in THERE else value for name, value in path_parameters.items()}
