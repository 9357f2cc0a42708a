#!/bin/sh
# Writes docs/cli.md from what the program says of itself.
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

section() {
    printf '## `apphost %s`\n\n```\n' "$*"
    "$program" "$@" --help
    printf '```\n\n'
}

printf '```\n'
"$program" --help
printf '```\n\n'
for verb in install update apply unstage rollback uninstall list info search history logs verify; do section $verb; done
for verb in add list status; do section trust $verb; done
for verb in add list info refresh remove; do section catalog $verb; done
for verb in config permissions policy hold unhold; do section $verb; done
for verb in set list remove; do section secret $verb; done
for verb in run status; do section scheduler $verb; done
section settings
section serve
for verb in new revoke list; do section token $verb; done
section doctor
section key new
for verb in sign pack inspect; do section $verb; done
section review sign
for verb in init publish resign; do section catalog $verb; done
