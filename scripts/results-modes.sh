#!/usr/bin/env bash
# Measures search by vectors, by words and by both on the data sets of docs/results.md, section "Ranking", and vectors that
# are only partly there. Each evaluation is one folder in ${RESULTS:-.results/modes}/SET; a folder that is there is not
# made again, so the script can be stopped and goes on.
#
#   DATA=../shared/data scripts/results-modes.sh
#   EVAL_ONLY="cosqa csn_go" scripts/results-modes.sh        only these data sets
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/modes}"
loradex="${LORADEX:-bin/loradex}"
sets="${EVAL_ONLY:-csn_go csn_java csn_javascript csn_ruby cosqa conala_odex nl2bash exercism_t2c}"
if [ ! -d "$data" ]; then
  echo "$data is not there; fix: DATA=FOLDER with the data sets as BEIR folders" >&2
  exit 1
fi
# shellcheck source=scripts/results-run.sh
. scripts/results-run.sh

for set in $sets; do
  evaluated "$out/$set/dense" --data "$data/$set" --mode dense --indexed
  evaluated "$out/$set/lexical" --data "$data/$set" --mode lexical
  evaluated "$out/$set/hybrid" --data "$data/$set" --mode hybrid
  for share in 0 0.25 0.5 0.75; do
    evaluated "$out/$set/hybrid-$share" --data "$data/$set" --mode hybrid --coverage "$share"
  done
done

# compared SET BEFORE AFTER: the paired comparison that the table reads.
compared() {
  local file="$out/$1/$3-against-$2.json"
  [ ! -s "$file" ] || [ "$file" -ot "$out/$1/$2/report.json" ] || [ "$file" -ot "$out/$1/$3/report.json" ] || return 0
  "$loradex" eval compare "$out/$1/$2" "$out/$1/$3" --json --queries 0 >"$file.part"
  mv "$file.part" "$file"
}

for set in $sets; do
  compared "$set" dense hybrid
  for after in hybrid-0 hybrid-0.25 hybrid-0.5 hybrid-0.75 hybrid; do
    compared "$set" lexical "$after" # partial vectors are held against words alone
  done
done
exec "${GO:-go}" run ./scripts/modestable "$out"
