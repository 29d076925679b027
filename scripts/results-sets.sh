#!/usr/bin/env bash
# Measures the base and the adapters of scripts/results-train.sh on every data set, in their domain and out of it, all mixes of a
# set in one pass: ${RESULTS:-.results/sets}/SET/MIX. A set that is there is not measured again. Hours on two cores.
#
#   DATA=../shared/data scripts/results-sets.sh
#   EVAL_ONLY="humanevalx_go mbxp_python" ADAPTERS="csn_go csn_all" scripts/results-sets.sh     only these
set -euo pipefail
cd "$(dirname "$0")/.."
data="${DATA:-../shared/data}"
out="${RESULTS:-.results/sets}"
loradex="${LORADEX:-bin/loradex}"
seed="${SEED:-0}"
export LORADEX_WAITING="${LORADEX_WAITING:-sleep}"
sets="${EVAL_ONLY:-$(cd "$data" && ls -d -- */ | tr -d /)}"
mixes=(--adapter none)
if [ -n "${ADAPTERS:-}" ]; then
  for adapter in $ADAPTERS; do
    mixes+=(--adapter "results-$adapter-$seed")
  done
else # all that were trained
  known="$("$loradex" adapters list --json)"
  for adapter in csn_all csn_go csn_java csn_javascript csn_ruby nl2bash nl2bash-query codexglue_java_cs exercism_c2c banking77 hwu64 medquad; do
    ! grep -q "\"results-$adapter-$seed\"" <<<"$known" || mixes+=(--adapter "results-$adapter-$seed")
  done
fi
mkdir -p "$out"
for set in $sets; do
  [ ! -d "$out/$set" ] || continue
  echo "$(date +%H:%M:%S) $set" >&2
  rm -rf "$out/$set.part"
  "$loradex" eval run --data "$data/$set" "${mixes[@]}" --out "$out/$set.part" --quiet >/dev/null
  mv "$out/$set.part" "$out/$set"
done
