#!/usr/bin/env bash
# Prints the Python that runs the peers of bench/: an environment of its own outside the clone, made once for each state
# of bench/requirements.txt. `make test` never needs it.
#
#   scripts/peers.sh
#   PEERS_PYTHON=/path/python scripts/peers.sh      an environment that has the packages already is used as it is
set -euo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"
cd "$ROOT"

if [ -n "${PEERS_PYTHON:-}" ]; then
  printf '%s\n' "$PEERS_PYTHON"
  exit
fi
venv=$LORADEX_DIR/tools/peers-$(sha256 <bench/requirements.txt | cut -c1-12)
if [ ! -f "$venv/complete" ]; then
  say "installing the Python peers in $venv (several hundred MB, once)"
  rm -rf "$venv"
  mkdir -p "$LORADEX_DIR/tools"
  # An environment cannot be renamed, so a marker written last says that it is whole.
  "${PYTHON:-python3}" -m venv "$venv" >&2 ||
    die "cannot make a Python environment" "install it, e.g. \`apt-get install python3-venv\`, or set PEERS_PYTHON"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt >&2 ||
    die "the Python peers did not install" "check the network and pip's index settings, or set PEERS_PYTHON"
  touch "$venv/complete"
fi
printf '%s\n' "$venv/bin/python"
