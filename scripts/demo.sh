#!/usr/bin/env bash
# Indexes this repository and asks it three questions, one of them with an adapter. `make demo` builds first.
set -euo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"
cd "$ROOT"
export LORADEX_HOME="$LORADEX_DIR"
loradex=bin/loradex
adapter=godoc

[ -x "$loradex" ] || die "$loradex is missing" "run \`make demo\`, which builds it first"
heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || heading() { printf '\n%s\n' "$*"; }
ask() {
  heading "\$ loradex search $(printf '%q ' "$@")"
  "$loradex" search "$@" -k 5
}

heading "\$ loradex index ."
"$loradex" index .
if ! "$loradex" adapters show "$adapter" >/dev/null 2>&1; then
  heading "\$ loradex adapters add testdata/adapters/godoc --name $adapter"
  "$loradex" adapters add testdata/adapters/godoc --name "$adapter"
fi

ask "where is a model file checked before its sizes are trusted"
ask "split an identifier in camelCase into words"
ask "how are several rankings combined into one" --adapter "$adapter"
