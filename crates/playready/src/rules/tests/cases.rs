//! Every fault: a payload with it, what is found where, and what it becomes.

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let case = |rule, xml: String, at, fixed: Option<String>| Case { rule, xml, at, fixed };
    let ctr = format!("ALGID=\"AESCTR\" VALUE=\"{KID}\"");
    let bare = |version: &str, inner: &str| v(version, &format!("<PROTECTINFO>{inner}</PROTECTINFO>"));
    let url = "<LA_URL>https://a/b</LA_URL>";
    vec![
        case(
            "XML-01",
            v40("<LA_URL>https://a?b&c</LA_URL>"),
            "&",
            Some(v40("<LA_URL>https://a?b&amp;c</LA_URL>")),
        ),
        case("XML-01", v40(url).replace("</DATA>", ""), "<DATA>", Some(v40(url))),
        case("XML-01", v40(url).replace("</WRMHEADER>", ""), "", None),
        case("XML-02", v40(&format!("\n  {url}")), "\n  ", Some(v40(url))),
        case(
            "PRH-02",
            format!("<?xml version=\"1.0\"?>{}", v40(url)),
            "<?xml version=\"1.0\"?>",
            Some(v40(url)),
        ),
        case("PRH-03", v40(url).replace("WRMHEADER", "WRHEADER"), "WRHEADER", Some(v40(url))),
        case(
            "PRH-03",
            v40(url).replace(&format!(" xmlns=\"{NAMESPACE}\""), ""),
            "<WRMHEADER version=\"4.0.0.0\">",
            Some(v40(url)),
        ),
        case("PRH-03", v40(url).replace("4.0.0.0", "4.0"), "version=\"4.0\"", Some(v40(url))),
        case("PRH-03", v40(url).replace(" version=\"4.0.0.0\"", ""), "", Some(v40(url))),
        case("PRH-03", v43(&ctr).replace("4.3.0.0", "4.9.0.0"), "version=\"4.9.0.0\"", None),
        case(
            "PRH-04",
            v40(url).replace("version=\"4.0.0.0\"", "version='4.0.0.0'"),
            "version='4.0.0.0'",
            Some(v40(url)),
        ),
        case("PRH-04", v40(&format!("<!-- x -->{url}")), "<!-- x -->", Some(v40(url))),
        case(
            "PRH-05",
            v43(&ctr.replace("VALUE", "value")),
            "value=\"AAAAEAAQABAQABAAAAAAAQ==\"",
            Some(v43(&ctr)),
        ),
        case("PRH-05", v40("<la_url>https://a</la_url>"), "la_url", Some(v40("<LA_URL>https://a</LA_URL>"))),
        case("PRH-06", v43(&ctr).replace("></KID>", "/>"), "", Some(v43(&ctr))),
        case(
            "PRH-07",
            v40(url).replace(
                &format!("xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\""),
                &format!("version=\"4.0.0.0\" xmlns=\"{NAMESPACE}\""),
            ),
            "",
            Some(v40(url)),
        ),
        case(
            "PRH-08",
            v43(&format!("VALUE=\"{KID}\" ALGID=\"AESCTR\"")),
            "ALGID=\"AESCTR\"",
            Some(v43(&ctr)),
        ),
        case("PRH-09", v40("<MINE>x</MINE>"), "MINE", None),
        case("PRH-09", v43(&format!("{ctr} MINE=\"x\"")), "MINE=\"x\"", None),
        case(
            "XML-03",
            v40(&format!("{url}<LA_URL xmlns=\"urn:other\">https://c/d</LA_URL>")),
            "LA_URL",
            None,
        ),
        case("XML-03", v40("<x:LUI_URL xmlns:x=\"urn:other\">https://c/d</x:LUI_URL>"), "x:LUI_URL", None),
        case("XML-03", v40("<DS_ID xmlns=\"\">AH+03juKbUGbHl1V/QIwRA==</DS_ID>"), "DS_ID", None),
        case("XML-03", v40("<MINE xmlns=\"urn:other\"><KID>x</KID></MINE>"), "KID", None),
        case("PRH-11", v43(&ctr), "version=\"4.3.0.0\"", None),
        case("PRH-12", v40(&format!("<LA_URL>https://{}</LA_URL>", "a".repeat(400))), "", None),
        case(
            "PRH-13",
            v40(&format!("<CUSTOMATTRIBUTES>{}</CUSTOMATTRIBUTES>", "a".repeat(513))),
            "CUSTOMATTRIBUTES",
            None,
        ),
        case("PRH-14", v40("<LA_URL>a/b</LA_URL>"), "a/b", None),
        case("PRH-14", v40("<LA_URL> https://a/b </LA_URL>"), " https://a/b ", Some(v40(url))),
        case("PRH-15", v40("").replace(KID, "AAAA"), "AAAA", None),
        case(
            "PRH-15",
            v40("").replace(KID, "10000000-1000-1000-1000-100000000001"),
            "10000000-1000-1000-1000-100000000001",
            Some(v40("")),
        ),
        case("PRH-15", v43(&ctr.replace("==", "")), "AAAAEAAQABAQABAAAAAAAQ", Some(v43(&ctr))),
        case("PRH-16", v40("").replace(SUM, "P7ORpD2IpA=="), "P7ORpD2IpA==", None),
        case(
            "PRH-16",
            v40("<DS_ID>AH-03juKbUGbHl1V_QIwRA==</DS_ID>"),
            "AH-03juKbUGbHl1V_QIwRA==",
            Some(v40("<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>")),
        ),
        case(
            "C-01",
            bare("4.2.0.0", "").replace("<PROTECTINFO>", "<PROTECTINFO LICENSEREQUESTED=\"true\">"),
            "LICENSEREQUESTED=\"true\"",
            Some(bare("4.2.0.0", "")),
        ),
        case(
            "C-01",
            bare("4.3.0.0", "").replace("<PROTECTINFO>", "<PROTECTINFO LICENSEREQUESTED=\"True\">"),
            "LICENSEREQUESTED=\"True\"",
            Some(bare("4.3.0.0", "").replace("<PROTECTINFO>", "<PROTECTINFO LICENSEREQUESTED=\"true\">")),
        ),
        case(
            "C-02",
            v40("").replace("AESCTR", "COCKTAIL").replace(">16<", ">8<").replace(SUM, "XQp3VdZaaw=="),
            "8",
            Some(v40("").replace("AESCTR", "COCKTAIL").replace(">16<", ">7<").replace(SUM, "XQp3VdZaaw==")),
        ),
        case(
            "C-03",
            v43(&ctr.replace("AESCTR\"", "COCKTAIL\" CHECKSUM=\"XQp3VdZaaw==\"")),
            "CHECKSUM=\"XQp3VdZaaw==\"",
            None,
        ),
        case("C-04", v43(&ctr.replace("AESCTR", "COCKTAIL")), "ALGID=\"COCKTAIL\"", None),
        case("C-07", v43(&ctr).replace("></KID>", "> </KID>"), " ", Some(v43(&ctr))),
        case("C-07", v43(&ctr).replace("></KID>", ">x</KID>"), "x", Some(v43(&ctr))),
        case(
            "C-15",
            v("4.1.0.0", "<DECRYPTOSETUP>ONDEMAND</DECRYPTOSETUP>"),
            "DECRYPTOSETUP",
            Some(v("4.1.0.0", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>")),
        ),
        case("C-17", v43(&ctr).replace("\"AESCTR\"", "“AESCTR\""), "ALGID=“AESCTR\"", Some(v43(&ctr))),
        case(
            "VER-01",
            format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\"></WRMHEADER>"),
            "",
            Some(format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.1.0.0\"></WRMHEADER>")),
        ),
        case("VER-02", v("4.0.0.0", &format!("<KID>{KID}</KID>")), "", None),
        case("VER-03", v40("").replace("<KEYLEN>16</KEYLEN>", ""), "PROTECTINFO", Some(v40(""))),
        case("VER-03", v40("").replace(">16<", ">8<"), "8", Some(v40(""))),
        case(
            "VER-03",
            v43(&ctr).replace("<KIDS>", "<KEYLEN>16</KEYLEN><KIDS>"),
            "<KEYLEN>16</KEYLEN>",
            Some(v43(&ctr)),
        ),
        case("VER-04", v40("").replace("<ALGID>AESCTR</ALGID>", ""), "PROTECTINFO", Some(v40(""))),
        case(
            "VER-04",
            list("4.2.0.0", &kid(&ctr.replace("AESCTR", "AESCBC"))),
            "ALGID=\"AESCBC\"",
            Some(v43(&ctr.replace("AESCTR", "AESCBC"))),
        ),
        case("VER-04", v43(&format!("VALUE=\"{KID}\"")), "", None),
        case("VER-04", list("4.2.0.0", &kid(&format!("VALUE=\"{KID}\""))), "", None),
        case("VER-04", v43(&ctr.replace("AESCTR", "aesctr")), "ALGID=\"aesctr\"", Some(v43(&ctr))),
        case(
            "VER-05",
            v("4.0.0.0", "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"),
            "",
            Some(bare("4.1.0.0", "")),
        ),
        // Identical text with another number is invalid (shaka-player issue 1786).
        case("VER-05", bare("4.2.0.0", &kid(&ctr)), "KID", Some(list("4.2.0.0", &kid(&ctr)))),
        case("VER-06", list("4.1.0.0", &kid(&ctr)), "KIDS", Some(bare("4.1.0.0", &kid(&ctr)))),
        case("VER-06", list("4.3.0.0", ""), "KIDS", Some(bare("4.3.0.0", ""))),
        case(
            "VER-07",
            v("4.2.0.0", &format!("<PROTECTINFO><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{KID}</KID>")),
            "",
            Some(list("4.2.0.0", &kid(&ctr))),
        ),
        case(
            "VER-09",
            v43(&ctr.replace("AESCTR\"", &format!("AESCBC\" CHECKSUM=\"{SUM}\""))),
            "CHECKSUM=\"5TzIYQ2hrOY=\"",
            Some(v43(&ctr.replace("AESCTR", "AESCBC"))),
        ),
        case(
            "VER-09",
            v43(&ctr).replace("</PROTECTINFO>", "</PROTECTINFO><CHECKSUM>x</CHECKSUM>"),
            "<CHECKSUM>x</CHECKSUM>",
            Some(v43(&ctr)),
        ),
        case("VER-10", v40("").replace("</DATA>", &format!("</DATA>{url}")), "LA_URL", Some(v40(url))),
        case("VER-10", v40(&format!("{url}{url}")), "LA_URL", Some(v40(url))),
        case("VER-10", v40(&format!("{url}<LA_URL>https://c</LA_URL>")), "LA_URL", None),
        case(
            "VER-11",
            v40("<CUSTOMATTRIBUTES></CUSTOMATTRIBUTES>"),
            "<CUSTOMATTRIBUTES></CUSTOMATTRIBUTES>",
            Some(v40("")),
        ),
        case(
            "VER-12",
            v("4.1.0.0", "<DECRYPTORSETUP>OnDemand</DECRYPTORSETUP>"),
            "OnDemand",
            Some(v("4.1.0.0", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>")),
        ),
        case(
            "VER-12",
            v40("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
            "DECRYPTORSETUP",
            Some(v(
                "4.1.0.0",
                &format!(
                    "<PROTECTINFO>{}</PROTECTINFO><DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>",
                    kid(&format!("ALGID=\"AESCTR\" CHECKSUM=\"{SUM}\" VALUE=\"{KID}\""))
                ),
            )),
        ),
        case("VER-14", v40("<WRMHEADER></WRMHEADER>"), "WRMHEADER", None),
        case("VER-15", v40(&format!("hello{url}")), "hello", None),
        case(
            "VER-05",
            v40("").replace(&format!("<KID>{KID}</KID>"), &kid(&format!("VALUE=\"{KID}\""))),
            "VALUE=\"AAAAEAAQABAQABAAAAAAAQ==\"",
            Some(v40("")),
        ),
        case(
            "VER-09",
            v40("").replace("<CHECKSUM>", "<CHECKSUM>5TzIYQ2hrOY=</CHECKSUM><CHECKSUM>"),
            "CHECKSUM",
            Some(v40("")),
        ),
        case(
            "VER-04",
            v40("").replace("<ALGID>AESCTR</ALGID>", "").replace("<KID>", "<ALGID>AESCTR</ALGID><KID>"),
            "ALGID",
            Some(v40("")),
        ),
        case(
            "PRH-15",
            v43(&ctr.replace("VALUE=\"", "VALUE=\" ")),
            " AAAAEAAQABAQABAAAAAAAQ==",
            Some(v43(&ctr)),
        ),
        case("PRH-09", v40(&format!("<?mine x?>{url}")), "<?mine x?>", None),
        case("PRH-09", format!("<?mine x?>{}", v40(url)), "<?mine x?>", Some(v40(url))),
        case(
            "PRH-04",
            v40(&format!("<CUSTOMATTRIBUTES><?mine  x?></CUSTOMATTRIBUTES>{url}")),
            "<?mine  x?>",
            Some(v40(&format!("<CUSTOMATTRIBUTES><?mine x?></CUSTOMATTRIBUTES>{url}"))),
        ),
        case("PRH-04", format!("\r\n{}", v40(url)), "\r\n", Some(v40(url))),
        case("PRH-04", v40(&format!("\r\n{url}")), "\r", Some(v40(url))),
        case(
            "VER-12",
            v("4.1.0.0", "<DECRYPTORSETUP> ONDEMAND </DECRYPTORSETUP>"),
            " ONDEMAND ",
            Some(v("4.1.0.0", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>")),
        ),
        case(
            "EXT-1",
            list(
                "4.3.0.0",
                &format!("{}{}", kid(&ctr), kid("ALGID=\"AESCBC\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"")),
            ),
            "ALGID=\"AESCBC\"",
            None,
        ),
        case(
            "EXT-1",
            list(
                "4.3.0.0",
                &format!(
                    "{}{}",
                    kid(&ctr),
                    kid("CHECKSUM=\"GnKaQIRacPU=\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"")
                ),
            ),
            "",
            Some(list(
                "4.3.0.0",
                &format!(
                    "{}{}",
                    kid(&ctr),
                    kid("ALGID=\"AESCTR\" CHECKSUM=\"GnKaQIRacPU=\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"")
                ),
            )),
        ),
        case("KID-01", list("4.3.0.0", &kid(&ctr).repeat(2)), "", Some(v43(&ctr))),
        case(
            "KID-01",
            list(
                "4.2.0.0",
                &(kid(&ctr) + &kid(&format!("ALGID=\"AESCTR\" CHECKSUM=\"{SUM}\" VALUE=\"{KID}\""))),
            ),
            "",
            None,
        ),
        case(
            "PLY-03",
            v40("<LA_URL>https://a?cfg=(contentkey:wvr2bihSzExKdR8KKpQf2w==)</LA_URL>"),
            "contentkey",
            None,
        ),
    ]
}
