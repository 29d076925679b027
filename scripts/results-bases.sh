#!/usr/bin/env bash
# Measures base models on every data set, by vectors and by words with vectors, texts cut at 256 tokens for each. Each
# evaluation is one folder in ${RESULTS:-.results/bases}/SET; what is there is not measured again. An hour on two cores.
#
#   DATA=../shared/data scripts/results-bases.sh
#   EVAL_ONLY="cosqa csn_go" MODELS="all-MiniLM-L6-v2 e5-small-v2" scripts/results-bases.sh     only these
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/bases}"
loradex="${LORADEX:-bin/loradex}"
# shellcheck source=scripts/results-run.sh
. scripts/results-run.sh
sets="${EVAL_ONLY:-$(cd "$data" && ls -d -- */ | tr -d /)}"
mkdir -p "$out"
for set in $sets; do
  [ -f "$data/$set/corpus.jsonl" ] || continue
  for model in ${MODELS:-all-MiniLM-L6-v2 e5-small-v2 bge-small-en-v1.5}; do
    for mode in dense hybrid; do
      evaluated "$out/$set/$model-$mode" --model "$model" --max-tokens 256 --data "$data/$set" --mode "$mode"
    done
  done
done
