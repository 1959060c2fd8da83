"""Makes catalogues for the benches: small segments, or one long fragmented file.

    make.py segments FOLDER COUNT     COUNT segments of about 14 KB, 250 a folder
    make.py long FILE GIB             fragments of 1 MiB each, a pssh box in each moof
"""

import os
import struct
import sys

SYSTEM = bytes.fromhex("9a04f07998404286ab92e65be0885f95")
URL = "https://license.old.example.com/rightsmanager.asmx"


def box(kind, *content):
    content = b"".join(content)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind, version, flags, *content):
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def pssh():
    xml = (
        '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA>'
        "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
        f"<KID>MyIRAFVEd2aImaq7zN3u/w==</KID><LA_URL>{URL}</LA_URL></DATA></WRMHEADER>"
    ).encode("utf-16-le")
    record = struct.pack("<HH", 1, len(xml)) + xml
    pro = struct.pack("<IH", 6 + len(record), 1) + record
    return full(b"pssh", 0, 0, SYSTEM, struct.pack(">I", len(pro)), pro)


def fragment(number, size):
    def moof(offset):
        trun = full(b"trun", 0, 0x201, struct.pack(">IiI", 1, offset, size))
        tfhd = full(b"tfhd", 0, 0x20000, struct.pack(">I", 1))
        tfdt = full(b"tfdt", 1, 0, struct.pack(">Q", number * 90000))
        return box(b"moof", full(b"mfhd", 0, 0, struct.pack(">I", number)), box(b"traf", tfhd, tfdt, trun), pssh())

    length = len(moof(0))
    return moof(length + 8) + struct.pack(">I4s", 8 + size, b"mdat")


def segments(folder, count):
    media = os.urandom(13000)
    for number in range(count):
        below = os.path.join(folder, f"{number // 250:05}")
        if number % 250 == 0:
            os.makedirs(below, exist_ok=True)
        with open(os.path.join(below, f"{number % 250:03}.m4s"), "wb") as out:
            out.write(box(b"styp", b"msdh\0\0\0\0msdhmsix") + fragment(number, len(media)) + media)


def long(path, gib):
    media = os.urandom(1 << 20)
    with open(path, "wb") as out:
        for number in range(int(float(gib) * 1024)):
            out.write(fragment(number, len(media)) + media)


if __name__ == "__main__":
    if sys.argv[1] == "segments":
        segments(sys.argv[2], int(sys.argv[3]))
    else:
        long(sys.argv[2], sys.argv[3])
