//! Attributes of XML itself, references in attributes, and the header of a license request.

use super::*;

const VALUE: &str = "VALUE=\"AAAAEAAQABAQABAAAAAAAQ==\"";

#[test]
fn an_attribute_of_xml_itself_is_as_little_a_part_of_the_header_as_any_other() {
    let key = |more: &str| list("4.2.0.0", &kid(&format!("ALGID=\"AESCTR\" {VALUE}{more}")));
    for (xml, at) in [
        (key(" xml:lang=\"en\""), "xml:lang=\"en\""),
        (key(" xml:space=\"preserve\""), "xml:space=\"preserve\""),
        (v40("<LA_URL xml:base=\"https://a/\">https://a/b</LA_URL>"), "xml:base=\"https://a/\""),
        (v40("<CUSTOMATTRIBUTES xml:lang=\"en\"><a></a></CUSTOMATTRIBUTES>"), "xml:lang=\"en\""),
        (v40("").replace("<DATA>", "<DATA xml:id=\"x\">"), "xml:id=\"x\""),
        (v40("").replacen(" version=", " xml:lang=\"en\" version=", 1), "xml:lang=\"en\""),
    ] {
        let found = found(&of_xml(&xml), &Context::default());
        let own: Vec<_> = found.iter().filter(|(id, ..)| *id == "PRH-09").collect();
        assert_eq!(own, [&("PRH-09", Level::Warning, at.to_owned())], "{xml}");
    }
    let service = v40("<CUSTOMATTRIBUTES><a xml:lang=\"en\"></a></CUSTOMATTRIBUTES>");
    assert_eq!(ids(&of_xml(&service), &Context::default()), [""; 0]);
}

#[test]
fn a_reference_in_an_attribute_is_read_and_written_out_by_a_fix() {
    let right = list("4.2.0.0", &kid(&format!("ALGID=\"AESCTR\" {VALUE}")));
    for (from, to) in [
        ("AESCTR", "&#65;ESCTR"),
        ("AESCTR", "AESCT&#x52;"),
        ("AAAAEAAQ", "AAAAEAA&#81;"),
        ("\"4.2.0.0\"", "\"4&#46;2.0.0\""),
        ("2007/03", "2007&#47;03"),
    ] {
        let xml = right.replace(from, to);
        assert_ne!(xml, right);
        let found = found(&of_xml(&xml), &Context::default());
        assert!(found.iter().all(|(_, level, _)| *level < Level::Error), "{found:?} in {xml}");
        assert!(!found.is_empty(), "canonical XML has no such reference: {xml}");
        let straight = straighten(&of_xml(&xml), &Context::default());
        assert_eq!(text_of(&straight.bytes.unwrap()), right, "{:?}", straight.left);
    }
    // With a capital X it is none: the ampersand is one that nobody escaped, and it says what it says.
    for xml in [right.replace("AESCTR", "&#X41;ESCTR"), v40("<LA_URL>https://a/&#X41;</LA_URL>")] {
        let found = found(&of_xml(&xml), &Context::default());
        assert!(found.iter().any(|(id, ..)| *id == "XML-01"), "{found:?} in {xml}");
        let straight = straighten(&of_xml(&xml), &Context::default());
        assert!(text_of(&straight.bytes.unwrap()).contains("&amp;#X41;"), "{xml}");
    }
}

#[test]
fn a_license_request_may_leave_algid_out_in_4_3_and_content_should_not() {
    let request = Context { request: true, bare: true, ..Context::default() };
    let content = Context { bare: true, ..Context::default() };
    let without = utf16(&v43(VALUE));
    assert_eq!(ids(&without, &request), [""; 0]);
    assert_eq!(ids(&without, &content), ["VER-04"]);
    // "Required" in 4.1 and 4.2, whoever asks; and in 4.3, where one key has one, all have it (2021).
    assert!(ids(&utf16(&list("4.2.0.0", &kid(VALUE))), &request).contains(&"VER-04"));
    let other = "ALGID=\"AESCTR\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"";
    let mixed = utf16(&list("4.3.0.0", &format!("{}{}", kid(VALUE), kid(other))));
    assert_eq!(ids(&mixed, &request), ["EXT-1"]);
    assert_eq!(ids(&mixed, &Context { spec: Spec::Y2018, ..request }), [""; 0]);
}
