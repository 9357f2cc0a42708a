#!/bin/sh
# The main job, as a user does it, from files, from a catalog, and of an app that runs: each command is printed before
# its output.
# usage: demo.sh PROGRAM
set -eu

program=$1
bundles=$(cd "$(dirname "$0")/../../TestBundles/accepted" && pwd)
place=$(mktemp -d)
server=
leave() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    if [ -d "$place/root-3" ]; then "$program" --root "$place/root-3" stop --all >/dev/null 2>&1 || true; fi
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
# Prints a command, runs it, and wants it to end with this status.
expect() {
    wanted=$1
    shift
    status=0
    show "$@" || status=$?
    [ "$status" -eq "$wanted" ]
}

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
expect 77 apphost update notes
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

# ---- The third act: an app that runs.

say "The publisher: an app, and a program of its own that says whether it works"
mkdir -p clock-1.0/apphost clock-1.0/bin
cat >clock-1.0/apphost/manifest.json <<'END'
{
    "schema": 1, "id": "clock", "name": "Clock", "version": "1.0",
    "launch": {"command": ["bin/clock"]},
    "health": [{"kind": "exec", "command": ["bin/is-ready"], "withinSeconds": 3}]
}
END
cat >clock-1.0/bin/clock <<'END'
#!/bin/sh
echo "this is version $APPHOST_APP_VERSION"
echo "$APPHOST_APP_VERSION" >"$APPHOST_APP_RUN_DIR/ready"
while :; do sleep 1; done
END
cat >clock-1.0/bin/is-ready <<'END'
#!/bin/sh
[ "$(cat "$APPHOST_APP_RUN_DIR/ready")" = "$APPHOST_APP_VERSION" ]
END
chmod 755 clock-1.0/bin/*
cp -R clock-1.0 clock-1.1
cp -R clock-1.0 clock-1.2
sed -i 's/"1\.0"/"1.1"/' clock-1.1/apphost/manifest.json
sed -i 's/"1\.0"/"1.2"/' clock-1.2/apphost/manifest.json
# Lives, and never gets ready.
sed -i '/ready/d' clock-1.1/bin/clock
show cat clock-1.0/apphost/manifest.json clock-1.0/bin/clock clock-1.0/bin/is-ready
for version in 1.0 1.1 1.2; do show apphost sign "clock-$version" --key notes.key; done

say "The operator of a third host: it is installed and started"
export APPHOST_ROOT="$place/root-3"
show apphost trust add notes.key.pub --name notes
if [ "$(id -u)" -eq 0 ]; then
    # It has to reach its own directories.
    chmod 711 "$place"
    show apphost settings runAs=nobody
fi
show apphost install ./clock-1.0
show apphost start clock
show apphost status clock

say "Nothing is replaced beneath an app that runs, unless it may be restarted"
expect 75 apphost update clock --from ./clock-1.1

say "This version never gets ready: it is started, asked, and undone"
expect 4 apphost update clock --from ./clock-1.1 --restart
show apphost status clock

say "This one does"
show apphost update clock --from ./clock-1.2 --restart
show apphost status clock
show apphost logs clock
show apphost history clock
show apphost stop clock
show apphost doctor
