#!/usr/bin/env bash
# m3u8-rs 6.0.1 (crates.io), November 2026.
#
# One would guess that tags which a library of playlists does not know by name keep their place when it writes what it read. They
# are written behind everything else. EXT-X-DEFINE is such a tag, and a variable has to be defined before the line that
# uses it (draft-pantos-hls-rfc8216bis, 4.3): the playlist that comes out is one that a client has to refuse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "see"
version = "0.0.0"
edition = "2021"

[dependencies]
m3u8-rs = "=6.0.1"
TOML
cat > src/main.rs <<'RS'
fn main() {
    let text = "#EXTM3U\n#EXT-X-VERSION:8\n#EXT-X-DEFINE:NAME=\"object\",VALUE=\"AAAA\"\n#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES-CTR,URI=\"data:text/plain;base64,{$object}\",KEYFORMAT=\"com.microsoft.playready\",KEYFORMATVERSIONS=\"1\"\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na.m3u8\n";
    let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).expect("it is valid");
    let mut out = Vec::new();
    playlist.write_to(&mut out).expect("into memory");
    print!("{}", String::from_utf8_lossy(&out));
}
RS
cargo run --quiet
seen=$(cargo run --quiet | cut -d: -f1)
[[ $seen == '#EXTM3U
#EXT-X-VERSION
#EXT-X-STREAM-INF
a.m3u8
#EXT-X-SESSION-KEY
#EXT-X-DEFINE' ]] || { echo "it is different now"; exit 1; }
