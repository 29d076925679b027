#!/usr/bin/env bash
# Runs the go command with what the full build needs: the tag ORT and the folder of libtokenizers.a.
#
#   scripts/go.sh build -o bin/loradex ./cmd/loradex
#   scripts/go.sh test ./embed/...
#   scripts/go.sh env-run COMMAND ARGS...     any command in the same environment
set -euo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"

need_go
dir=$(tokenizers_dir) || die "libtokenizers.a is not installed" "run \`make setup\`"
export CGO_ENABLED=1
# -O2 and -g are what cgo uses when CGO_LDFLAGS is unset.
export CGO_LDFLAGS="-O2 -g -L$dir"
# As a flag in the environment the tag also reaches the go commands that a child starts.
export GOFLAGS="${GOFLAGS:-} -tags=ORT"
# Tests and the binary look for native parts here.
export LORADEX_HOME="$LORADEX_DIR"

if [ "${1:-}" = env-run ]; then
  shift
  exec "$@"
fi
exec go "$@"
