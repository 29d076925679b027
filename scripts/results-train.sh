#!/usr/bin/env bash
# Trains and measures every adapter of docs/results.md, section "Training". Each run leaves one JSON file in
# ${RESULTS:-.results/train}; a file that is there is not made again, so the script can be stopped and goes on.
#
#   DATA=../shared/data scripts/results-train.sh            all of it: hours on two cores
#   STEPS=20 EVAL_ONLY="csn_java" scripts/results-train.sh  fewer steps; only these data sets
#
# FULL=no leaves out the trainings of all weights, which take four times as long. SEEDS="0 1 2" repeats every run with other seeds. The table is printed by `go run ./scripts/trainingtable`.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/train}"
loradex="${LORADEX:-bin/loradex}"
steps="${STEPS:-150}"
seeds="${SEEDS:-${SEED:-0}}"
only="${EVAL_ONLY:-}"
with_full="${FULL:-yes}"
if [ ! -d "$data" ]; then
  echo "$data is not there; fix: DATA=FOLDER with the data sets as BEIR folders" >&2
  exit 1
fi
mkdir -p "$out"
# Runs of another length must not stand in one table with these.
if [ -s "$out/steps" ] && [ "$(cat "$out/steps")" != "$steps" ]; then
  echo "the trainings in $out have $(cat "$out/steps") steps, not $steps; fix: STEPS=$(cat "$out/steps"), or RESULTS=FOLDER for others" >&2
  exit 1
fi
echo "$steps" >"$out/steps"
failed=0
export LORADEX_WAITING="${LORADEX_WAITING:-sleep}" # hours of work on a machine that others use, too

wanted() { [ -z "$only" ] || [[ " $only " == *" $1 "* ]]; }

# keep FILE COMMAND...: runs the command and keeps its output, unless it is there.
keep() {
  local file="$out/$1.json"
  shift
  [ -s "$file" ] && return 0
  echo "$(date +%H:%M:%S) $*" >&2
  if "$@" --json --quiet >"$file.part"; then
    mv "$file.part" "$file"
  else
    echo "failed: $file; see $file.part" >&2
    failed=1
  fi
}

# trained NAME SET ARGS...: one training for each seed, as the adapter results-NAME-SEED.
trained() {
  local name="$1" set="$2" seed
  shift 2
  wanted "$set" || return 0
  for seed in $seeds; do
    keep "$name-$seed" "$loradex" train --out "results-$name-$seed" --replace --seed "$seed" "$@"
  done
}

# measured NAME SET: an adapter on the test split of a data set that it was not trained on, or on one of several.
measured() {
  local name="$1" set="$2" seed
  wanted "$set" || return 0
  for seed in $seeds; do
    [ -s "$out/$name-$seed.json" ] || continue
    keep "eval-$set-$name-$seed" "$loradex" eval run --data "$data/$set" --adapter "results-$name-$seed"
  done
}

base() { if wanted "$1"; then keep "eval-$1-base" "$loradex" eval run --data "$data/$1"; fi; }

every="$(((steps + 4) / 5))" # looks at the dev split cost as much as the steps between them
code=(--recipe loracode --steps "$steps" --batch 32 --max-doc-tokens 96 --lr 1e-3 --eval-every "$every")
domain=(--recipe domain --steps "$((steps + 50))" --batch 32 --max-query-tokens 48 --max-doc-tokens 96 --lr 1e-3 --eval-every "$every")
full=(--full --recipe domain --steps "$((steps + 50))" --batch 32 --max-query-tokens 48 --max-doc-tokens 96 --eval-every "$every")

# Sentences of a domain, adapter and all weights.
for set in banking77 hwu64; do
  trained "$set" "$set" --data "$data/$set" "${domain[@]}"
  [ "$with_full" = no ] || trained "$set-full" "$set" --data "$data/$set" "${full[@]}"
done
# Text2Code on the query side: nothing is indexed again.
trained nl2bash-query nl2bash --data "$data/nl2bash" --recipe loracode --side query --steps "$((2 * steps))" --batch 48 --max-query-tokens 32
# Text2Code, an adapter for each language.
for lang in java ruby go javascript; do
  trained "csn_$lang" "csn_$lang" --data "$data/csn_$lang" "${code[@]}"
done
# Code2Code.
trained exercism_c2c exercism_c2c --data "$data/exercism_c2c" "${code[@]}" --max-query-tokens 96
trained codexglue_java_cs codexglue_java_cs --data "$data/codexglue_java_cs" "${code[@]}" --max-query-tokens 96
# One adapter for the task in four languages, measured on each.
trained csn_all csn_java --data "java=$data/csn_java" --data "ruby=$data/csn_ruby" --data "go=$data/csn_go" \
  --data "javascript=$data/csn_javascript" "${code[@]}" --steps "$((2 * steps))" --eval-every "$((2 * every))" --no-eval
for lang in java ruby go javascript; do
  base "csn_$lang"
  measured csn_all "csn_$lang"
done
trained nl2bash nl2bash --data "$data/nl2bash" "${code[@]}" --max-query-tokens 32
trained medquad medquad --data "$data/medquad" "${domain[@]}"
[ "$with_full" = no ] || trained medquad-full medquad --data "$data/medquad" "${full[@]}"
# Out of the domain: small sets, so that every adapter meets them.
for set in humanevalx_python mbxp_python exercism_t2c humanevalx_c2c_anon banking77 hwu64; do
  base "$set"
  for name in banking77 hwu64 nl2bash-query csn_java csn_ruby csn_go csn_javascript csn_all exercism_c2c codexglue_java_cs nl2bash medquad; do
    [ "$name" = "$set" ] || measured "$name" "$set"
  done
done
exit "$failed"
