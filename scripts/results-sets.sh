#!/usr/bin/env bash
# Measures the base and the adapters of scripts/results-train.sh on every data set, in their domain and out of it, all mixes of a
# set in one pass; and words, and words with vectors of the base and of one adapter. Each is a folder in ${RESULTS:-.results/sets}/SET.
# What is there is not measured again. Hours on two cores.
#
#   DATA=../shared/data scripts/results-sets.sh
#   EVAL_ONLY="humanevalx_go mbxp_python" ADAPTERS="csn_go csn_all" scripts/results-sets.sh     only these
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/sets}"
loradex="${LORADEX:-bin/loradex}"
seed="${SEED:-0}"
# shellcheck source=scripts/results-run.sh
. scripts/results-run.sh
sets="${EVAL_ONLY:-$(cd "$data" && ls -d -- */ | tr -d /)}"
if [ -n "${ADAPTERS:-}" ]; then
  mixes="$ADAPTERS"
else # all that were trained
  mixes=""
  known="$("$loradex" adapters list --json)"
  for adapter in csn_all csn_go csn_java csn_javascript csn_ruby nl2bash nl2bash-query codexglue_java_cs exercism_c2c banking77 hwu64 medquad; do
    ! grep -q "\"results-$adapter-$seed\"" <<<"$known" || mixes+=" $adapter"
  done
fi
mkdir -p "$out"
# adapted SET: the base and all adapters, by vectors, in one pass.
adapted() {
  local set="$1" missing=() adapter part
  for adapter in $mixes; do
    [ -d "$out/$set/results-$adapter-$seed" ] || missing+=(--adapter "results-$adapter-$seed")
  done
  [ ! -d "$out/$set/none" ] || [ "${#missing[@]}" != 0 ] || return 0
  echo "$(date +%H:%M:%S) $set: ${missing[*]}" >&2
  part="$out/$set.part"
  rm -rf "$part"
  if [ "${#missing[@]}" = 0 ]; then
    "$loradex" eval run --data "$data/$set" --out "$part/none" --quiet >/dev/null
  else # the base is the reference of the others, and its vectors are kept from one run to the next
    "$loradex" eval run --data "$data/$set" --adapter none "${missing[@]}" --out "$part" --quiet >/dev/null
  fi
  mkdir -p "$out/$set"
  for made in "$part"/*; do
    rm -rf "${out:?}/$set/$(basename "$made")"
    mv "$made" "$out/$set/"
  done
  rmdir "$part"
}

for set in $sets; do
  adapted "$set"
  evaluated "$out/$set/lexical" --data "$data/$set" --mode lexical
  evaluated "$out/$set/hybrid" --data "$data/$set" --mode hybrid
  [[ " $mixes " != *" csn_all "* ]] || evaluated "$out/$set/hybrid-csn_all" --data "$data/$set" --mode hybrid --adapter "results-csn_all-$seed"
done
