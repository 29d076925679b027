#!/usr/bin/env bash
# Runs the benchmarks of the binary and leaves one JSON file each in .results/bench, with the machine and the commit
# beside them: the figures of docs/results.md come from here.
set -euo pipefail
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"
cd "$ROOT"
export LORADEX_HOME="$LORADEX_DIR"
out=.results/bench
mkdir -p "$out"

{
  echo "date: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  echo "commit: $(git describe --tags --always --dirty 2>/dev/null || echo unknown)"
  echo "cpu: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
  echo "cores: $(getconf _NPROCESSORS_ONLN)"
  echo "load: $(uptime | sed 's/.*load average[s]*: //')"
} | tee "$out/machine.txt"

one_core=()
! command -v taskset >/dev/null || one_core=(taskset -c 0)
for what in encode adapters search; do
  echo "loradex bench $what"
  run=()
  [ "$what" != search ] || run=("${one_core[@]}")
  "${run[@]}" bin/loradex bench "$what" --json >"$out/$what.json.tmp"
  mv "$out/$what.json.tmp" "$out/$what.json"
done
echo "the figures are in $out"
