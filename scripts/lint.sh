#!/usr/bin/env bash
# Runs the pinned golangci-lint. The first run builds it from source, outside the clone (about two minutes).
#
#   scripts/lint.sh run ./...
#   scripts/lint.sh fmt
set -euo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"
cd "$ROOT"

read -r name module command version sum < <(grep '^golangci-lint ' native/tools.lock)
dir=$LORADEX_DIR/tools/$name-$version-$(go env GOVERSION) # a linter must be built with the Go that it checks for

if [ ! -x "$dir/$name" ]; then
  say "building $name $version (about two minutes, once)"
  got=$(go mod download -json "$module@$version" | sed -n 's/^[[:space:]]*"Sum": "\(.*\)",*$/\1/p') || got=
  [ "$got" = "$sum" ] ||
    die "could not get $module@$version with the sum of native/tools.lock (got '${got:-nothing}')" "check the network and GOPROXY, then run \`make lint\` again"
  mkdir -p "$LORADEX_DIR/tools"
  tmp=$(mktemp -d "$LORADEX_DIR/tools/.$name-XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  GOFLAGS='' GOBIN=$tmp go install "$command@$version" || die "$name $version did not build" "check the messages above"
  mkdir -p "$dir"
  mv -f "$tmp/$name" "$dir/$name" # two runs at once both install the same file
fi

# The cache is kept per version beside the program, so clones share it.
export GOLANGCI_LINT_CACHE="${GOLANGCI_LINT_CACHE:-$LORADEX_DIR/tools/$name-cache}"
exec scripts/go.sh env-run "$dir/$name" "$@"
