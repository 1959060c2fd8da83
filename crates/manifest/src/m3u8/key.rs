//! Key lines (RFC 8216, 4.3.2.4 and 4.3.4.5; Microsoft's page on formats that PlayReady clients support).
//!
//! ```text
//!   #EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1",
//!              URI="data:text/plain;charset=UTF-16;base64,…"      a PlayReady Object, or a pssh box of other systems
//!   #EXT-X-SESSION-KEY:…                                          the same in a multivariant playlist
//!   #EXT-X-PLAYREADYHEADER:…                                      the older form, base64 alone
//! ```

use super::line::{Content, Line, Lines, attributes};
use super::variables::{Resolved, Variables};
use crate::collect::{Collector, Holder};
use crate::content::is_object;
use crate::error::{Error, Result};
use crate::found::{Descriptor, DescriptorKind, Form, named_kids, system_id};
use crate::limits::{MAX_LINE_ATTRIBUTES, MAX_LINES};
use crate::oddity::OddityKind;
use crate::unread::UnreadKind;
use crate::value::Value;
use bytes::Bytes;
use core::ops::Range;
use prkit_playready::SystemId;
use std::collections::{BTreeSet, HashMap};

/// Characters of an address that messages show.
const MAX_SHOWN: usize = 200;

/// Finds all key lines of a playlist.
pub(crate) fn read(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text.as_str();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let (mut variables, mut used) = (Variables::default(), BTreeSet::new());
    for (i, line) in Lines::of(text).enumerate() {
        if i >= MAX_LINES {
            return Err(Error::limit("lines", MAX_LINES));
        }
        let Content::Tag { name, rest } = &line.content else { continue };
        let name = text.get(name.clone()).unwrap_or_default();
        let (kind, form) = match name {
            "#EXT-X-KEY" => (DescriptorKind::Key, Form::ExtXKey),
            "#EXT-X-SESSION-KEY" => (DescriptorKind::SessionKey, Form::ExtXSessionKey),
            "#EXT-X-PLAYREADYHEADER" => (DescriptorKind::PlayReadyHeader, Form::ExtXPlayReadyHeader),
            "#EXT-X-DEFINE" => {
                // What is wrong with it is said where addresses are followed.
                let _ = variables.define(text, rest);
                continue;
            }
            _ => continue,
        };
        let number = numbers.entry(name).or_default();
        let path = format!("/{}[{number}]", kind.name());
        *number = number.saturating_add(1);
        let descriptor = Descriptor { kind, owner: Some(i), ..line_of(&line, path.clone()) };
        if form == Form::ExtXPlayReadyHeader {
            let descriptor = Descriptor { system: Some(SystemId::PLAYREADY), ..descriptor };
            let descriptor = Some(found.descriptor(descriptor)?);
            found.object(&Holder {
                form,
                path,
                start: line.range.start,
                pieces: vec![rest.clone()],
                descriptor,
            })?;
        } else {
            used.append(&mut key(found, &line, rest, form, (descriptor, &variables))?);
        }
    }
    for (name, range) in variables.values() {
        if !used.contains(name) {
            value(found, name, range)?;
        }
    }
    Ok(())
}

/// An object in the value of a variable that other playlists import.
fn value(found: &mut Collector<'_>, name: &str, range: &Range<usize>) -> Result<()> {
    let holder = Holder {
        form: Form::ExtXDefine,
        path: format!("/EXT-X-DEFINE[{name}]"),
        start: range.start,
        pieces: vec![range.clone()],
        descriptor: None,
    };
    let Some((value, bytes)) = found.try_decode(&holder)? else { return Ok(()) };
    if is_object(&bytes) { found.decoded_object(&holder, value, Ok(bytes)) } else { Ok(()) }
}

/// A line as a descriptor; the collector fills in line, column and bytes.
fn line_of(line: &Line, path: String) -> Descriptor {
    Descriptor { kind: DescriptorKind::Key, path, range: line.range.clone(), ..Descriptor::default() }
}

/// Reads a key line; the variables that it uses.
fn key(
    found: &mut Collector<'_>,
    line: &Line,
    rest: &Range<usize>,
    form: Form,
    (mut descriptor, variables): (Descriptor, &Variables),
) -> Result<BTreeSet<String>> {
    let text = found.text.as_str();
    let (mut uri, mut used) = (None, BTreeSet::new());
    let mut unknown = Vec::new();
    for (i, attribute) in attributes(text, rest.clone()).enumerate() {
        if i >= MAX_LINE_ATTRIBUTES {
            return Err(Error::limit("attributes of a line", MAX_LINE_ATTRIBUTES));
        }
        let name = text.get(attribute.name.clone()).unwrap_or_default().trim();
        let mut resolved = variables.resolve(text, &attribute.value);
        used.append(&mut resolved.used);
        unknown.append(&mut resolved.unknown);
        let value = resolved.text.as_str();
        if !attribute.right {
            let has_value = text.get(attribute.name.end..).is_some_and(|rest| rest.starts_with('='));
            let kind = if has_value {
                OddityKind::Quotes(name.to_owned())
            } else {
                OddityKind::Line(format!("the attribute {name} has no value"))
            };
            found.oddities.add(kind, attribute.name.start);
        }
        match name {
            "METHOD" => descriptor.value = Some(value.to_owned()),
            "KEYFORMAT" => {
                descriptor.system = key_format(value);
                descriptor.scheme = Some(value.to_owned());
                if is_recommendation(value) {
                    let why = format!(
                        "KEYFORMAT is {value:?}, a key system of browsers; PlayReady's is \"com.microsoft.playready\""
                    );
                    found.oddities.add(OddityKind::KeyFormat(why), attribute.value.start);
                }
            }
            "KEYID" => descriptor.kids = named_kids(value).collect(),
            "URI" => uri = Some(resolved),
            _ => {}
        }
    }
    if descriptor.value.is_none() {
        let why = "the line has no METHOD, which says whether and how segments are encrypted";
        found.oddities.add(OddityKind::Line(why.to_owned()), line.range.start);
    }
    let is_known = unknown.is_empty();
    let is_of_others = descriptor.system.is_some() && !descriptor.is_playready();
    for why in unknown {
        found.oddities.add(OddityKind::Reference(why.clone()), line.range.start);
        if !is_of_others {
            found.unread(
                descriptor.path.clone(),
                &line.range,
                descriptor.system,
                UnreadKind::Variable(why),
            )?;
        }
    }
    let (path, is_identity) = (descriptor.path.clone(), is_identity(&descriptor));
    let is_playready = descriptor.is_playready();
    let descriptor = found.descriptor(descriptor)?;
    let Some(uri) = uri.filter(|_| is_known) else { return Ok(used) };
    let holder = |pieces| Holder {
        form,
        path: path.clone(),
        start: line.range.start,
        pieces,
        descriptor: Some(descriptor),
    };
    let whole = 0..uri.text.len();
    if let Some(data) = data_uri(&uri.text, &whole) {
        let holder = holder(uri.places(&data));
        if !is_identity {
            found.object(&holder)?;
        } else if let Some((value, bytes)) = found.try_decode(&holder)?.filter(|(_, bytes)| is_object(bytes))
        {
            // The key itself is in such a line: what is no object is not looked at.
            found.decoded_object(&holder, value, Ok(bytes))?;
        }
    } else if let Some((value, bytes)) = bare(found, &uri, &holder(uri.places(&whole)))? {
        let why = if is_playready {
            "URI is base64 without data: in front, which no player reads"
        } else {
            "URI is base64 of an object without data: in front"
        };
        found.oddities.add(OddityKind::Line(why.to_owned()), line.range.start);
        found.decoded_object(&holder(uri.places(&whole)), value, Ok(bytes))?;
    } else if is_playready {
        let address = uri.text.chars().take(MAX_SHOWN).collect();
        found.unread(path, &line.range, Some(SystemId::PLAYREADY), UnreadKind::Address(address))?;
    }
    Ok(used)
}

/// An object in base64 where an address is due.
fn bare(found: &mut Collector<'_>, uri: &Resolved, holder: &Holder) -> Result<Option<(Value, Bytes)>> {
    // An address has a colon or a dot; the shortest object in base64 is longer than most addresses.
    if uri.text.contains([':', '.']) {
        return Ok(None);
    }
    Ok(found.try_decode(holder)?.filter(|(_, bytes)| is_object(bytes)))
}

/// Whether a line is of no DRM system: whole segments are encrypted, or the key is at the address, or in it.
fn is_identity(descriptor: &Descriptor) -> bool {
    let format = descriptor.scheme.as_deref().unwrap_or("identity");
    let method = descriptor.value.as_deref().unwrap_or_default();
    format.eq_ignore_ascii_case("identity") || method.starts_with("AES-")
}

/// Names of PlayReady's key system in Encrypted Media Extensions, which people take for its key format.
fn is_recommendation(format: &str) -> bool {
    let name = format.to_ascii_lowercase();
    name.strip_prefix("com.microsoft.playready.").is_some()
}

/// `KEYFORMAT` of the systems that have one, or a SystemID.
fn key_format(value: &str) -> Option<SystemId> {
    let named = match value.to_ascii_lowercase().as_str() {
        "com.microsoft.playready" => "playready",
        _ if is_recommendation(value) => "playready",
        "com.widevine" => "widevine",
        "com.apple.streamingkeydelivery" => "fairplay",
        _ => return system_id(value),
    };
    named.parse().ok()
}

/// A document that is one URI.
pub(crate) fn read_uri(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text.as_str();
    let Some(data) = data_uri(text, &(0..text.len())) else { return Ok(()) };
    let holder =
        Holder { form: Form::ExtXKey, path: String::new(), start: 0, pieces: vec![data], descriptor: None };
    found.object(&holder)
}

/// The base64 of a data URI (RFC 2397), whatever its media type and character set.
fn data_uri(text: &str, uri: &Range<usize>) -> Option<Range<usize>> {
    let value = text.get(uri.clone())?;
    let margin = value.len().saturating_sub(value.trim_start().len());
    let is_data = value.get(margin..margin.saturating_add(5))?.eq_ignore_ascii_case("data:");
    let comma = value.find(',')?;
    let meta = value.get(..comma)?.trim_end();
    let is_base64 = meta.rsplit(';').next()?.trim().eq_ignore_ascii_case("base64");
    (is_data && is_base64).then(|| uri.start.saturating_add(comma).saturating_add(1)..uri.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;
    use bytes::Bytes;

    #[test]
    fn data_uris_are_read_in_their_variants() {
        for uri in [
            "data:text/plain;charset=UTF-16;base64,AAEC",
            "data:text/plain;base64,AAEC",
            "data:;base64,AAEC",
            "DATA:text/plain; BASE64,AAEC",
        ] {
            let data = data_uri(uri, &(0..uri.len())).unwrap_or_else(|| panic!("{uri}"));
            assert_eq!(&uri[data], "AAEC");
        }
        assert_eq!(data_uri("skd://a,b", &(0..9)), None);
        assert_eq!(data_uri("data:text/plain,AAEC", &(0..20)), None);
    }

    #[test]
    fn key_lines_are_descriptors_and_those_with_data_hold_objects() {
        let text = "#EXTM3U\n\
            #EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;base64,AAEC\"\n\
            #EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.apple.streamingkeydelivery\",URI=\"skd://x\"\n\
            #EXT-X-KEY:METHOD=NONE\n\
            #EXT-X-PLAYREADYHEADER:AAECAw==\n\
            #EXT-X-SESSION-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\",KEYID=0x00112233445566778899aabbccddeeff,URI=\"data:;base64,AAEC\"\n";
        let text = Text::decode(&Bytes::copy_from_slice(text.as_bytes()));
        let mut found = Collector::new(&text);
        read(&mut found).unwrap();
        let paths: Vec<_> = found.descriptors.iter().map(|d| (d.path.as_str(), d.value.as_deref())).collect();
        assert_eq!(
            paths,
            [
                ("/EXT-X-KEY[0]", Some("SAMPLE-AES")),
                ("/EXT-X-KEY[1]", Some("SAMPLE-AES")),
                ("/EXT-X-KEY[2]", Some("NONE")),
                ("/EXT-X-PLAYREADYHEADER[0]", None),
                ("/EXT-X-SESSION-KEY[0]", Some("SAMPLE-AES-CTR")),
            ]
        );
        let forms: Vec<_> =
            found.objects.iter().map(|o| (o.form.name(), o.position.line, o.bytes.len())).collect();
        assert_eq!(
            forms,
            [("ext-x-key", 2, 3), ("ext-x-playreadyheader", 5, 4), ("ext-x-session-key", 6, 3)]
        );
        assert!(found.descriptors[4].is_playready());
        assert_eq!(
            found.descriptors[4].kids[0].id.unwrap().to_string(),
            "00112233-4455-6677-8899-aabbccddeeff"
        );
    }
}
