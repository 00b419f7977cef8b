# For the reproduce.sh of a folder of results, which sources this: works from the root of the repository.
folder=$(realpath --relative-to="$(dirname "${BASH_SOURCE[0]}")/.." "$(dirname "$0")")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
nibble=${NIBBLE:-./nibble}

# Keeps the small files of a run: the config, the HDF5 record and the log. Weights stay in runs/.
record() {
  mkdir -p "$folder/$1"
  cp "runs/$1/config.ini" "runs/$1/run.h5" "runs/$1/log.txt" "$folder/$1/"
  if [ -f "runs/$1/VERIFIED" ]; then cp "runs/$1/verify.txt" "$folder/$1/"; fi
}

# verify RUN [OPTION...]: integers, evaluator and C once.
verify() {
  [ -f "runs/$1/VERIFIED" ] || { "$nibble" verify "runs/$@" | tee "runs/$1/verify.txt" && touch "runs/$1/VERIFIED"; }
}
