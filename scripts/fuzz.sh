#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_TIME (default 10s), one after the other, and stops at the first failure.
#
#   FUZZ_TIME=1m scripts/fuzz.sh ./adapters/...
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- ./...

n=0
while read -r pkg target; do
  [[ $target == Fuzz* ]] || continue
  printf -- '-- %s %s\n' "$pkg" "$target"
  scripts/go.sh test "$pkg" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ_TIME:-10s}" </dev/null
  n=$((n + 1))
done < <(
  # Test files name the targets; listing them through `go test -list` would link every package.
  scripts/go.sh list -f '{{$p := .ImportPath}}{{$d := .Dir}}{{range .TestGoFiles}}{{$p}} {{$d}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$p}} {{$d}}/{{.}}{{"\n"}}{{end}}' "$@" |
    while read -r pkg file; do
      [ -n "$pkg" ] || continue
      sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|$pkg \1|p" "$file"
    done
)
echo "$n fuzz targets ran for ${FUZZ_TIME:-10s} each"
[ "$n" -gt 0 ]
