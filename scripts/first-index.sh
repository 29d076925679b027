#!/usr/bin/env bash
# How long after the first `index` of a large repository its words can be searched: copies Go source files of the standard library
# into a repository of its own until about CHUNKS chunks are there, runs `loradex index --background`, and searches.
#
#   scripts/first-index.sh            50,000 chunks
#   CHUNKS=10000 scripts/first-index.sh
set -euo pipefail
cd "$(dirname "$0")/.."
loradex="$(realpath "${LORADEX:-bin/loradex}")"
chunks="${CHUNKS:-50000}"
dir="$(mktemp -d "${TMPDIR:-/tmp}/loradex-first.XXXXXX")"
pid=
cleanup() {
  [ -z "$pid" ] || kill -INT "$pid" 2>/dev/null || true
  for _ in $(seq 100); do # it writes to the folder until it has ended
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  rm -rf "$dir"
}
trap cleanup EXIT

# A file of the standard library gives 14 chunks on average, those that are passed over counted.
(cd "$(go env GOROOT)/src" && find . -name '*.go' -not -path '*/testdata/*' -size -200k | LC_ALL=C sort | sed -n "1,$((chunks / 14))p" | tar cf - -T -) | tar xf - -C "$dir"
cd "$dir"
git init -q .
git add -A
git -c user.name=bench -c user.email=bench@localhost commit -qm "files"
echo "$(git ls-files | wc -l) files, $(du -sh --exclude=.git . | cut -f1)"
started=$(date +%s.%N)
"$loradex" index --background --json >said.json
answered=$(date +%s.%N)
pid=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' said.json)
cat said.json
"$loradex" search --mode lexical -k 1 "parse a duration string" | head -n 1
echo "words could be searched after $(echo "$answered $started" | awk '{printf "%.1f", $1 - $2}') s; first search done at $(date +%s.%N | awk -v s="$started" '{printf "%.1f", $1 - s}') s"
"$loradex" status | sed -n 's/^/  /p'
