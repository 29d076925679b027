#!/usr/bin/env bash
# Measures one corpus of four languages (the csn_* sets joined) with the base, with one adapter for the task and with an adapter for
# each language, which scripts/results-train.sh trains: docs/results.md, section "Language-wise search". Each evaluation is one
# folder in ${RESULTS:-.results/languages}; a folder that is there is not made again.
#
#   DATA=../shared/data SEED=0 scripts/results-languages.sh
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/languages}"
loradex="${LORADEX:-bin/loradex}"
seed="${SEED:-0}"
# shellcheck source=scripts/results-run.sh
. scripts/results-run.sh
languages=(go java javascript ruby)
for language in "${languages[@]}"; do
  if [ -n "${EVAL_ONLY:-}" ] && [[ " $EVAL_ONLY " != *" csn_$language "* ]]; then
    echo "not all of csn_* are in EVAL_ONLY: language-wise search is not measured" >&2
    exit 0
  fi
done
sets=()
mixes=()
for language in "${languages[@]}"; do
  sets+=(--data "$data/csn_$language")
  mixes+=("$language=results-csn_$language-$seed")
done
IFS=,
wise="${mixes[*]}"
unset IFS

for mode in dense hybrid; do
  evaluated "$out/base-$mode" "${sets[@]}" --mode "$mode" --indexed
  evaluated "$out/task-$mode" "${sets[@]}" --mode "$mode" --indexed --adapter "results-csn_all-$seed"
  evaluated "$out/languages-$mode" "${sets[@]}" --mode "$mode" --language-wise "$wise"
  for merge in scores ranks; do
    LORADEX_SEARCH_MERGE=$merge evaluated "$out/languages-$mode-$merge" "${sets[@]}" --mode "$mode" --language-wise "$wise"
  done
done
for mode in dense hybrid; do
  for pair in "base task" "base languages" "task languages" "languages-$mode-scores languages" "languages-$mode-ranks languages"; do
    read -r before after <<<"$pair"
    case "$before" in base | task) before="$before-$mode" ;; esac
    echo "== $before against $after-$mode"
    "$loradex" eval compare "$out/$before" "$out/$after-$mode" --queries 0
  done
done
