//! The objects of a license.

use crate::input::hex;
use prkit_license::{License, Limits, Object, ObjectType, Value, seconds_text};
use serde::Serialize;

/// Bytes of unknown objects that are shown; the rest is counted.
const MAX_HEX: usize = 32;

/// One object of the tree.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct NodeReport {
    pub offset: usize,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: Option<&'static str>,
    pub evidence: &'static str,
    pub flags: u16,
    pub must_understand: bool,
    pub container: bool,
    pub length: usize,
    pub value: Option<String>,
    pub children: Vec<NodeReport>,
}

/// The objects, as far as they can be read.
pub(super) fn tree(license: &License<'_>) -> Vec<NodeReport> {
    let mut open: Vec<NodeReport> = Vec::new();
    let mut top = Vec::new();
    let close = |open: &mut Vec<NodeReport>, top: &mut Vec<NodeReport>| {
        if let Some(node) = open.pop() {
            open.last_mut().map_or(top, |parent| &mut parent.children).push(node);
        }
    };
    let nodes = license.walk(Limits::default()).map_while(Result::ok);
    let mut in_keys: Option<usize> = None;
    for (depth, object) in nodes {
        while open.len() > depth {
            close(&mut open, &mut top);
        }
        if in_keys.is_some_and(|keys| depth <= keys) {
            in_keys = None;
        }
        open.push(NodeReport::new(&object, in_keys.is_some()));
        if object.kind() == ObjectType::KeyMaterialContainer {
            in_keys = in_keys.or(Some(depth));
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut top);
    }
    top
}

impl NodeReport {
    fn new(object: &Object<'_>, in_keys: bool) -> Self {
        Self {
            offset: object.offset(),
            kind: format!("{:#06x}", object.kind().to_u16()),
            name: object.kind().name(),
            evidence: object.kind().evidence().as_str(),
            flags: object.flags(),
            must_understand: object.must_understand(),
            container: object.is_container(),
            length: object.len(),
            value: value_text(&object.value(), object.kind(), in_keys),
            children: Vec::new(),
        }
    }
}

/// The fields of an object in words. What could be a key is counted, not shown.
fn value_text(value: &Value<'_>, kind: ObjectType, in_keys: bool) -> Option<String> {
    let named = |id: &prkit_license::Guid| match id.name() {
        Some(name) => format!("{id} {name}"),
        None => id.to_string(),
    };
    Some(match value {
        Value::Expiration { begin, end } => {
            let begin = begin.map_or_else(|| "none".to_owned(), |begin| begin.to_string());
            format!("begin {begin}, end {end}")
        }
        Value::Time(time) => time.to_string(),
        Value::Seconds(seconds) => seconds_text(i64::from(*seconds)),
        Value::SecurityLevel(level) => level.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Id(id) => named(id),
        Value::OutputLevels(levels) => {
            let levels = levels.named().map(|(name, level)| format!("{name} {}", level.unwrap_or(0)));
            levels.join(", ")
        }
        Value::Protection(protection) => protection
            .meaning()
            .unwrap_or_else(|| format!("{} {}", named(&protection.id), some_hex(&protection.data))),
        Value::ContentKey(key) => {
            format!("{} {}, {} bytes under {}", key.kid, key.kind, key.len, key.cipher)
        }
        Value::Uplink(uplink) => match uplink.kid {
            Some(kid) => format!("root {kid}"),
            None => format!("{} bytes nobody knows", uplink.rest),
        },
        Value::Domain(domain) => format!("account {}, revision {}", domain.account, domain.revision),
        Value::DeviceKey(key) => format!("curve {}, {} bytes", key.curve, key.len),
        Value::Signature { kind, len } => format!("type {kind}, {len} bytes"),
        Value::Metadata { id, data } => format!("{} {}", named(id), some_hex(data)),
        Value::Key { len } => format!("{len} bytes, not shown"),
        Value::Opaque(bytes) if in_keys || kind.holds_key() => format!("{} bytes, not shown", bytes.len()),
        Value::Opaque(bytes) => some_hex(bytes),
        Value::Malformed { needs, has } => {
            format!("{has} bytes, and the fields need {needs} or say otherwise")
        }
        _ => return None,
    })
}

fn some_hex(bytes: &[u8]) -> String {
    match bytes.get(..MAX_HEX).filter(|_| bytes.len() > MAX_HEX) {
        Some(first) => format!("{}… {} bytes", hex(first, false), bytes.len()),
        None => hex(bytes, false),
    }
}
