//! Section 5: the key checksum.

use super::{INFO, KID, Row, command_on, ctr, data, key_list, row, v40};
use crate::conformance::probe::{FILE, Probe};

pub fn rows() -> Vec<Row> {
    let key = "4edb7704cdbf03617f4800bd878a6df2";
    let sum = |algorithm: &str, key: &str| {
        Probe::command(&[
            "checksum",
            "--algid",
            algorithm,
            "--kid",
            "guid:0IbHou/5s0yzM80yOkKEpQ==",
            "--key",
            key,
        ])
    };
    let of = |checksum: &str| {
        format!("<KID ALGID=\"AESCTR\" CHECKSUM=\"{checksum}\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>")
    };
    let named = format!("a2c786d0-f9ef-4cb3-b333-cd323a4284a5:{key}");
    let verify = ["checksum", "--key", &named, "--verify", FILE];
    let cocktail = |checksum: &str| {
        data(
            "4.0",
            &v40("").replace("AESCTR", "COCKTAIL").replace(">16<", ">7<").replace("w+OZVr8vzrQ=", checksum),
        )
    };
    vec![
        row(
            "5",
            "The content key can be verified as the key that was used to encrypt the file",
            "`checksum --verify`",
            command_on(&verify, "4.2", &key_list("4.2", &of("xNvWVxoWk04="))),
            command_on(&verify, "4.2", &key_list("4.2", &of("w+OZVr8vzrQ="))).says("wrong"),
        ),
        row(
            "5",
            "For an ALGID value set to \"AESCBC\", there is no Key Checksum Algorithm defined",
            "`checksum --algid`",
            sum("aesctr", key),
            sum("aescbc", key).says("no checksum is defined for AESCBC"),
        ),
        row(
            "5",
            "For \"AESCBC\", the CHECKSUM attribute must be omitted",
            "VER-09",
            data("4.3", &key_list("4.3", &ctr(KID).replace("AESCTR", "AESCBC"))),
            data("4.3", &key_list("4.3", &of("xNvWVxoWk04=").replace("AESCTR", "AESCBC"))),
        ),
        row(
            "5",
            "For \"AESCTR\", the 16-byte Key ID is encrypted with a 16-byte AES content key using ECB mode",
            "`checksum`",
            sum("aesctr", key),
            sum("aesctr", "4edb7704cdbf03").says("have 16 bytes"),
        ),
        row(
            "5",
            "The first 8 bytes of the buffer is extracted and base64 encoded",
            "PRH-16",
            data("4.2", &key_list("4.2", &of("xNvWVxoWk04="))),
            data("4.2", &key_list("4.2", &of("xNvWVxoWkw=="))),
        ),
        row(
            "5",
            "For \"COCKTAIL\", the content key is put in a 21-byte buffer, hashed with SHA-1 five times",
            "`checksum --algid cocktail`",
            sum("cocktail", "01020304050607"),
            sum("cocktail", key).says("have 7 or 8 bytes"),
        ),
        row(
            "5",
            "The first 7 bytes of the buffer are extracted and base64 encoded",
            "PRH-16",
            cocktail("XQp3VdZaaw=="),
            cocktail("w+OZVr8vzrQ="),
        ),
        row(
            "5",
            "The checksum of a KID element",
            "VER-09",
            data("4.0", &v40("")),
            data(
                "4.0",
                &format!("{INFO}<KID>{KID}</KID><LA_URL>http://a/<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM></LA_URL>"),
            ),
        ),
    ]
}
