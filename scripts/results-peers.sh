#!/usr/bin/env bash
# Measures other systems on the data sets of docs/results.md by the run files that bench/peer_runs.py makes: BM25 of bm25s, and
# vectors of sentence-transformers. Each evaluation is one folder beside those of scripts/results-modes.sh, so that `loradex eval
# report` puts them into one table; a folder that is there is not made again.
#
#   DATA=../shared/data scripts/results-peers.sh
#   PEERS="bm25" EVAL_ONLY="cosqa" scripts/results-peers.sh    only these
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/modes}"
loradex="${LORADEX:-bin/loradex}"
sets="${EVAL_ONLY:-csn_go csn_java csn_javascript csn_ruby cosqa conala_odex nl2bash exercism_t2c}"
model="${MODEL:-$("$loradex" model list --json | sed -n 's/.*"dir": "\(.*\)".*/\1/p' | head -n 1)}"
python="$(scripts/peers.sh)"
for set in $sets; do
  for peer in ${PEERS:-bm25 st}; do
    dir="$out/$set/peer-$peer"
    [ ! -d "$dir" ] || continue
    mkdir -p "$out/$set"
    echo "$(date +%H:%M:%S) $set: $peer" >&2
    run="$out/$set/peer-$peer.trec"
    "$python" bench/peer_runs.py "$peer" "$data/$set" "$run" ${model:+--model "$model"}
    rm -rf "$dir.part"
    "$loradex" eval run --data "$data/$set" --run "$run" --out "$dir.part" --quiet >/dev/null
    mv "$dir.part" "$dir"
  done
done
