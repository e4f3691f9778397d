#!/bin/sh
# Writes requirements.lock (what runs), requirements-test.lock (what runs and tests) and requirements-bench.lock (what runs,
# tests and is compared with) from pyproject.toml:
# one resolution for every platform and every Python from 3.11, with the hashes of all files, and no index named.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
[ -n "$uv" ] || uv=.venv/bin/uv
if [ ! -x "$uv" ]; then
    echo "make lock 需要 uv：.venv/bin/pip install uv / make lock needs uv: .venv/bin/pip install uv" >&2
    exit 1
fi

compile() {
    UV_CUSTOM_COMPILE_COMMAND="make lock" "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml "$@"
}

# The largest set first; the smaller ones then take the same pins, so that what is tested is what runs.
compile ${UPGRADE:+--upgrade} --extra build --extra office --extra test --extra bench -o requirements-bench.lock
compile --extra build --extra office --extra test -c requirements-bench.lock -o requirements-test.lock
compile --extra build --extra office -c requirements-test.lock -o requirements.lock
echo "requirements.lock: $(grep -c '==' requirements.lock)  requirements-test.lock: $(grep -c '==' requirements-test.lock)"

python=.venv/bin/python
[ -x "$python" ] || python=python3
"$python" tools/conda_environment.py
