#!/usr/bin/env bash
# Makes runs/: saved evaluations of the tiny data set, by the program itself. Run it from the root of the clone after
# `make build`. Texts are cut at four tokens, so that not everything is found at once. Seconds are set to fixed numbers, which is all that depends on the machine.
#
#   evaluation/compare/testdata/gen.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
. scripts/native.sh
ln -s "$LORADEX_DIR/models" "$home/models"
ln -s "$LORADEX_DIR/native" "$home/native"
export LORADEX_HOME=$home
bin/loradex -q adapters add testdata/adapters/godoc --name godoc
bin/loradex -q adapters add testdata/adapters/all_r8 --name rough --base
rm -rf "$here/runs"
for split in test dev; do
  eval_run() { # NAME FLAGS...
    bin/loradex -q eval run --data evaluation/testdata/tiny --split $split --max-tokens 4 --out "$here/runs/$split/$1" "${@:2}" >/dev/null
  }
  eval_run base
  eval_run godoc --adapter godoc
  eval_run rough --adapter rough
  eval_run words --mode lexical
done
find "$here/runs" -name report.json -exec sed -i -E 's/("(encode|rank|total)"): [0-9.e-]+/\1: 0.25/' {} +
