#!/usr/bin/env bash
# Makes the environment from a complete lock: setup.sh ENGINE VENV PYTHON
# Nothing is resolved here, so that two machines get the same packages (pip --no-deps).
set -euo pipefail
engine=$1 venv=$2 python=$3
lock=infra/locks/$engine.txt
torch_index=https://download.pytorch.org/whl/cpu

command -v "$python" >/dev/null || { echo "stillhouse: $python is not installed; install Python 3.11 or say make PYTHON=…" >&2; exit 2; }
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

if [ "$engine" = cpu ]; then
  torch=$(grep '^torch==' "$lock")
  if pip install --quiet --no-deps "$torch" 2>/dev/null; then
    echo "setup: $torch from the configured package indexes"
  else
    echo "setup: $torch is not on the configured indexes; taking it from $torch_index"
    pip install --quiet --no-deps --index-url "$torch_index" "$torch"
  fi
fi
echo "setup: $(grep -c == "$lock") packages from $lock"
pip install --quiet --no-deps -r "$lock"
pip install --quiet --no-deps --no-build-isolation -e .
echo "setup: done"
