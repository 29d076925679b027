#!/usr/bin/env bash
# All checks, in the order in which a failure is cheapest to find: vet, tests of the full build, the two smaller builds
# with the tests of the packages that differ there, lint. Everything runs even after a failure; the exit code tells.
# The last line counts the tests of the full build.
#
#   scripts/test.sh [PACKAGE...]      default ./...
set -uo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"
cd "$ROOT" || exit
need_go
[ $# -gt 0 ] || set -- ./...

# The packages that have a twin for builds without the encoder or without cgo.
variants=()
for dir in embed/runtime indexer/chunk internal/home cmd/loradex; do
  [ -d "$dir" ] && variants+=("./$dir/...")
done
# A check of some packages only is a check of those in every variant.
[ "$*" = ./... ] || variants=("$@")
work=$(mktemp -d "${TMPDIR:-/tmp}/loradex-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
report=$work/counts
touch "$report"
# A program of its own and not `go run`, which would replace go test's exit code.
go build -o "$work/testcount" ./scripts/testcount || exit
failed=()

step() { # NAME COMMAND...: runs the command under a heading and remembers a failure
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || failed+=("$name")
  printf -- '-- %s: %ds\n' "$name" $((SECONDS - start))
}

count() { "$work/testcount" -report "$report" "$@"; }
no_cgo() { CGO_ENABLED=0 "$@"; }

step "vet" scripts/go.sh vet "$@"
step "tests, full build" scripts/go.sh env-run "$work/testcount" -report "$report" -label full-build -- "$@"
step "vet without the tag ORT" go vet "$@"
step "tests without the tag ORT" count -label no-ORT -- "${variants[@]}"
step "vet with CGO_ENABLED=0" no_cgo go vet "$@"
step "tests with CGO_ENABLED=0" no_cgo count -label "CGO_ENABLED=0" -- "${variants[@]}"
step "lint" scripts/lint.sh run "$@"

printf '\n== summary\n'
# The full build's line comes last.
sort -s -k1,1 <(sed 's/^/1 /' "$report" | sed '/full-build:/s/^1/2/') | cut -d' ' -f2-
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[*]/%/;}"
  exit 1
fi
