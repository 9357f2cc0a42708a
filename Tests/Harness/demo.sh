#!/bin/sh
# The main job, as a user does it, from files and then from a catalog: each command is printed before its output.
# usage: demo.sh PROGRAM
set -eu

program=$1
bundles=$(cd "$(dirname "$0")/../../TestBundles/accepted" && pwd)
place=$(mktemp -d)
server=
leave() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    chmod -R u+w "$place"
    rm -rf "$place"
}
trap leave EXIT
trap 'exit 130' INT TERM
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

# ---- The second act: another host, which knows nothing of the first one, and follows a catalog.

# Prints a command, runs it, and expects that it is refused.
refused() {
    status=0
    show "$@" || status=$?
    [ "$status" -eq 77 ]
}

say "The publisher: a catalog, which is a folder with a signed list"
show apphost key new catalog.key
show apphost catalog init site --key catalog.key
show apphost catalog publish site notes-1.0.zip --key catalog.key
fingerprint=$(sha256sum site/metadata/root.json | cut -d ' ' -f 1)

address=$place/site
if command -v python3 >/dev/null; then
    python3 -u -m http.server 0 --bind 127.0.0.1 --directory site >server.log 2>&1 &
    server=$!
    # It says its port when it listens.
    port=
    while [ -z "$port" ] && kill -0 "$server" 2>/dev/null; do
        sleep 0.1
        port=$(sed -n 's/.* port \([0-9][0-9]*\).*/\1/p' server.log)
    done
    if [ -z "$port" ]; then cat server.log; exit 1; fi
    address=http://127.0.0.1:$port
    say "It is served by 'python3 -m http.server', at $address"
else
    say "There is no python3 to serve it, so the folder itself is followed"
fi

say "The operator of another host: the catalog by its fingerprint, and the publisher's key"
export APPHOST_ROOT="$place/root-2"
show apphost catalog add demo "$address" --fingerprint "$fingerprint"
show apphost search notes
if show apphost install notes; then exit 1; fi
show apphost trust add notes.key.pub --name notes
show apphost install notes

say "The publisher: a version that asks for one more permission"
cp -R "$bundles/notes-1.1" notes-1.2
sed -e 's/"1\.1\.0"/"1.2.0"/' -e 's/\["network\.listen"\]/["network.listen", "data.write"]/' \
    "$bundles/notes-1.1/apphost/manifest.json" >notes-1.2/apphost/manifest.json
show apphost pack notes-1.2 -o notes-1.2.tar.zst --key notes.key
show apphost catalog publish site notes-1.2.tar.zst --key catalog.key --changelog "Saves what you write."

say "The operator: what would change, and whether a policy may take it: none may consent"
show apphost check notes
show apphost policy notes apply_when_stopped
show apphost why notes

say "By hand it is refused too, until somebody says what they agree to"
refused apphost update notes
show apphost update notes --accept permissions
show apphost permissions notes
show sh -c 'root-2/apps/notes/installed/bin/notes'

say "Back, and no policy takes it again"
show apphost rollback notes
show sh -c 'root-2/apps/notes/installed/bin/notes'
show apphost check notes
show apphost outdated
show apphost why notes
show apphost doctor
