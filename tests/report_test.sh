#!/usr/bin/env bash
# Reports in a browser that a script drives, where there is one:   tests/report_test.sh <source tree> <build folder>
set -euo pipefail
# What others wrote is as their package had it.
vendor=$1/experiments/report/vendor/uplot
sums=$(sed -n 's/^| `\([^`]*\)` | `\([0-9a-f]\{64\}\)` |$/\2  \1/p' "$vendor/README.md")
[[ $(wc -l <<<"$sums") == 3 ]] || { echo "$vendor/README.md: found no three checksums"; exit 1; }
(cd "$vendor" && sha256sum --check --quiet <<<"$sums")
for tool in node chromium chromedriver; do
  command -v "$tool" >/dev/null ||
    { echo "skipped: $tool is missing; the Debian packages nodejs, chromium and chromium-driver have what is needed"; exit 0; }
done
exec node "$1/tests/report/report_test.mjs" "$1" "$2/nibble"
