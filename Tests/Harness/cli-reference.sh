#!/bin/sh
# Writes docs/cli.md from what the program says of itself: a section for each verb, in the order of its help.
# usage: cli-reference.sh PROGRAM
set -eu

program=$1
export COLUMNS=100

cat <<'END'
# The command line

This page is made from the program by `make docs`; do not edit it. Global options may stand before or after the verb.
With `--json` every verb writes one object to standard output, and a failure as one object to standard error.
The exit statuses are explained in [failures.md](failures.md).

END

# The verbs below one; none below a verb that does something itself.
verbs() {
    "$program" "$@" --help | sed -n '/SUBCOMMANDS:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

sections() {
    below=$(verbs "$@")
    if [ -z "$below" ]; then
        printf '## `apphost %s`\n\n```\n' "$*"
        "$program" "$@" --help
        printf '```\n\n'
    fi
    for verb in $below; do sections "$@" "$verb"; done
}

printf '```\n'
"$program" --help
printf '```\n\n'
sections
