#!/bin/sh
# The main job, as a user does it: each command is printed before its output.
# usage: demo.sh PROGRAM
set -eu

program=$1
bundles=$(cd "$(dirname "$0")/../../TestBundles/accepted" && pwd)
place=$(mktemp -d)
trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
cd "$place"

# The program under the name that a user gives it, in a root of its own.
ln -s "$program" apphost
PATH=$place:$PATH
export PATH APPHOST_ROOT="$place/root"

say() { printf '\n# %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }

say "The publisher: a key, and two versions of a bundle, signed and packed"
show apphost key new notes.key
cp -R "$bundles/notes-1.0" "$bundles/notes-1.1" .
show apphost sign notes-1.0 --key notes.key
show apphost pack notes-1.0 -o notes-1.0.zip
show apphost pack notes-1.1 -o notes-1.1.tar.zst --key notes.key
show apphost inspect ./notes-1.0.zip

say "The operator: nobody is trusted yet, so nothing is installed"
if show apphost install ./notes-1.0.zip; then exit 1; fi
show apphost trust add notes.key.pub --name notes
show apphost install ./notes-1.0.zip
show sh -c 'root/apps/notes/installed/bin/notes'

say "An update, looked at before it is applied"
show apphost update notes --from ./notes-1.1.tar.zst --stage
show apphost list
if show diff -r root/apps/notes/installed root/apps/notes/staged -x apphost; then exit 1; fi
show apphost apply notes
show sh -c 'root/apps/notes/installed/bin/notes'

say "The way back"
show apphost rollback notes
show sh -c 'root/apps/notes/installed/bin/notes'

say "A byte flipped on the way is refused, and nothing changes"
cp notes-1.1.tar.zst damaged.tar.zst
printf '\125' | dd of=damaged.tar.zst bs=1 seek=700 conv=notrunc status=none
if show apphost update notes --from ./damaged.tar.zst; then exit 1; fi

say "Everything is what was signed"
show apphost verify --all-slots
show apphost doctor
show apphost history notes
