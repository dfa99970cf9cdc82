#!/bin/bash
# Starts the display in a container: OpenShift's S2I builder runs this file. See the README, "OpenShift".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

origin=${BYE_SPLITS_ORIGIN:-}
if [ -z "$origin" ]; then
    echo "app.sh: BYE_SPLITS_ORIGIN is not set. Set it to the host that browsers show for this page, without" \
         "https:// in front (BYE_SPLITS_ORIGIN=bye-splits.app.cern.ch; several are separated by commas):" \
         "only pages of that host may talk to the server." >&2
    exit 2
fi
origins=()
for host in ${origin//,/ }; do
    origins+=(--allow-websocket-origin "$host")
done

# A container's home may belong to somebody else: what is kept in files then goes to the temporary folder.
temporary=${TMPDIR:-/tmp}
if [ ! -w "${HOME:-/}" ]; then
    export HOME=$temporary
fi
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR:-$temporary/numba}
# What .s2i/bin/assemble has made. Numba uses no folder that it cannot write to, so its files are copied.
if [ -d prepared ]; then
    export BYE_SPLITS_SAMPLES=${BYE_SPLITS_SAMPLES:-$PWD/prepared/samples}
    if [ ! -e "$NUMBA_CACHE_DIR" ]; then
        cp -R prepared/numba "$NUMBA_CACHE_DIR" ||
            echo "app.sh: $NUMBA_CACHE_DIR cannot be written: code is compiled anew in each process." >&2
    fi
fi
# Without these, glibc keeps the memory of closed sessions.
export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} MALLOC_TRIM_THRESHOLD_=${MALLOC_TRIM_THRESHOLD_:-131072}

# One process: more users are served by more pods, with the route's sticky cookie. The route is the proxy whose
# headers are believed.
exec bye-splits serve --address 0.0.0.0 --port "${PORT:-8080}" "${origins[@]}" --proxy-headers \
    ${BYE_SPLITS_SERVE_OPTIONS:-}
