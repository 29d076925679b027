#!/usr/bin/env bash
# Measures other systems on the data sets of docs/results.md by the run files that bench/peer_runs.py makes: BM25 of bm25s, and
# vectors of sentence-transformers. Each evaluation is one folder in ${RESULTS:-.results/peers}/SET, which `loradex eval
# report` puts into one table with ours; a folder that is there is not made again.
#
#   DATA=../shared/data scripts/results-peers.sh
#   PEERS="bm25" EVAL_ONLY="cosqa" scripts/results-peers.sh    only these
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/peers}"
loradex="${LORADEX:-bin/loradex}"
# shellcheck source=scripts/results-run.sh
. scripts/results-run.sh
some="csn_go csn_java csn_javascript csn_ruby cosqa conala_odex nl2bash exercism_t2c" # those of section "Ranking"
sets="${EVAL_ONLY:-$(cd "$data" && ls -d -- */ | tr -d /)}"
model="${MODEL:-$("$loradex" model list --json | sed -n 's/.*"dir": "\(.*\)".*/\1/p' | head -n 1)}"
python="$(scripts/peers.sh)"
for set in $sets; do
  for peer in ${PEERS:-bm25 st}; do
    # Vectors of another program take as long as ours: they are made of some sets, unless others are named.
    [ "$peer" != st ] || [ -n "${EVAL_ONLY:-}" ] || [[ " $some " == *" $set "* ]] || continue
    [ ! -d "$out/$set/$peer" ] || continue
    mkdir -p "$out/$set"
    echo "$(date +%H:%M:%S) $set: $peer" >&2
    run="$out/$set/$peer.trec"
    "$python" bench/peer_runs.py "$peer" "$data/$set" "$run" ${model:+--model "$model"}
    evaluated "$out/$set/$peer" --data "$data/$set" --run "$run"
  done
done
