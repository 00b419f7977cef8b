#!/usr/bin/env bash
# Reports in a browser that a script drives, where there is one:   tests/report_test.sh <source tree> <build folder>
set -euo pipefail
for tool in node chromium chromedriver; do
  command -v "$tool" >/dev/null ||
    { echo "skipped: $tool is missing; the Debian packages nodejs, chromium and chromium-driver have what is needed"; exit 0; }
done
exec node "$1/tests/report/report_test.mjs" "$1" "$2/nibble"
