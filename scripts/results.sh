#!/usr/bin/env bash
# Makes the figures of docs/results.md: benchmarks, trainings, evaluations of every data set, and the report over them. Each part
# leaves its files in .results and goes on where it was stopped. Hours on two cores; sizes can be reduced:
#
#   scripts/results.sh                                            all of it
#   PARTS="modes sets report" EVAL_ONLY="cosqa csn_go" scripts/results.sh     some parts, two data sets
#   STEPS=20 FULL=no ADAPTERS="csn_go" scripts/results.sh         short trainings, none of all weights, one adapter
set -euo pipefail
cd "$(dirname "$0")/.."
export LORADEX="${LORADEX:-bin/loradex}" DATA="${DATA:-../shared/data}"
unset RESULTS # each part has a folder of its own here
seed="${SEED:-0}"
wanted() { [[ " ${PARTS:-bench train modes languages sets peers efficiency report} " == *" $1 "* ]]; }

if wanted bench; then scripts/results-bench.sh; fi
if wanted train; then scripts/results-train.sh; fi
if wanted modes; then scripts/results-modes.sh; fi
if wanted languages; then scripts/results-languages.sh; fi
if wanted sets; then scripts/results-sets.sh; fi
if wanted peers; then scripts/results-peers.sh; fi
if wanted efficiency; then
  for set in banking77 hwu64 medquad; do
    file=".results/efficiency-$set.json"
    [ ! -s "$file" ] || continue
    [ -z "${EVAL_ONLY:-}" ] || [[ " $EVAL_ONLY " == *" $set "* ]] || continue
    full=()
    [ "${FULL:-yes}" = no ] || full=(--full "results-$set-full-$seed")
    "$LORADEX" eval efficiency --data "$DATA/$set" --adapter "results-$set-$seed" "${full[@]}" --out "$file"
  done
fi
if wanted report; then
  # What each adapter was trained for; everything else is out of its domain.
  domains=()
  domain() { # ADAPTER SETS
    ! compgen -G ".results/sets/*/results-$1-$seed" >/dev/null || domains+=(--in-domain "results-$1-$seed=$2")
  }
  for adapter in csn_go csn_java csn_javascript csn_ruby codexglue_java_cs exercism_c2c nl2bash banking77 hwu64 medquad; do
    domain "$adapter" "$adapter"
  done
  domain nl2bash-query nl2bash
  domain csn_all csn_go,csn_java,csn_javascript,csn_ruby
  folders=(.results/sets)
  [ ! -d .results/peers ] || folders+=(.results/peers)
  efficiency=()
  for file in .results/efficiency-*.json; do
    [ ! -s "$file" ] || efficiency+=(--efficiency "$file")
  done
  "$LORADEX" eval report "${folders[@]}" "${domains[@]}" "${efficiency[@]}" --title "Results" --format md --out docs/results-tables.md
  "$LORADEX" eval report "${folders[@]}" "${domains[@]}" "${efficiency[@]}" --title "Results" --format html --out .results/report.html
  if [ -d .results/languages ]; then
    "$LORADEX" eval report .results/languages --title "Search over four languages" --format md --out docs/results-languages.md
  fi
fi
