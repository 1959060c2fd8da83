//! The query that asks for policies.

use super::{Group, Item, Query, QueryForm, QueryValue};
use crate::{KeyType, Medium, OutputLevels, Policy, PolicyKid, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

impl Query {
    /// The query that asks for policies, a license each.
    pub fn of_policies(policies: &[Policy], form: QueryForm) -> Self {
        Self { base: None, form, groups: policies.iter().map(to_group).collect(), oddities: Vec::new() }
    }
}

/// The group that asks for a policy. What is the server's default is left out; the issue date, grace period, copies and
/// metering are not the query's to say.
pub(crate) fn to_group(policy: &Policy) -> Group {
    let mut group = Group::default();
    match policy.kid {
        Some(PolicyKid::Header) => group.set_text("kid", "header"),
        Some(PolicyKid::Id(kid)) => group.set_text("kid", kid),
        None => {}
    }
    match policy.role {
        Role::Root => group.set_text("isroot", true),
        Role::Leaf { root: Some(root) } => group.set_text("rootid", root),
        Role::Leaf { root: None } | Role::Simple => {}
    }
    if let Some(level) = policy.security_level.filter(|level| *level != 150) {
        group.set_text("sl", level);
    }
    match policy.key_type {
        Some(KeyType::AesCbc) => group.set_text("ckt", "aes128bitcbc"),
        Some(KeyType::KeyExchange) => group.set_text("ckt", "keyexchange"),
        _ => {}
    }
    let flags = [
        ("persist", policy.persistent == Some(true)),
        ("simple", policy.simple),
        ("readright", policy.rights.read),
        ("executeright", policy.rights.execute),
    ];
    for (name, _) in flags.iter().filter(|(_, is_set)| *is_set) {
        group.set_text(name, true);
    }
    if !policy.rights.play {
        group.set_text("playright", false);
    }
    let dates = [("begindate", policy.begin), ("enddate", policy.end), ("removaldate", policy.removal)];
    for (name, date) in dates {
        if let Some(date) = date {
            group.set_text(name, date.to_compact());
        }
    }
    if let Some(seconds) = policy.first_play {
        group.set_text("firstplayexpiration", seconds);
    }
    for (name, _) in
        [("realtime", policy.real_time), ("securestop", policy.secure_stop)].iter().filter(|(_, on)| *on)
    {
        group.set_text(name, true);
    }
    output(policy, &mut group);
    if let Some(source) = policy.source_id {
        group.set_text("sourceid", source);
    }
    if let Some(domain) = policy.domain {
        group.set_text("accountid", domain.account.to_guid_base64());
    }
    group
}

fn output(policy: &Policy, group: &mut Group) {
    let OutputLevels {
        compressed_video,
        uncompressed_video,
        analog_video,
        compressed_audio,
        uncompressed_audio,
    } = policy.levels;
    let levels = [
        ("cvopl", compressed_video),
        ("ucvopl", uncompressed_video),
        ("avopl", analog_video),
        ("caopl", compressed_audio),
        ("ucaopl", uncompressed_audio),
    ];
    for (name, level) in levels {
        if let Some(level) = level {
            group.set_text(name, level);
        }
    }
    for protection in &policy.protections {
        let name = match protection.medium {
            Medium::AnalogVideo => "avop",
            Medium::DigitalAudio => "daop",
            Medium::DigitalVideo => "dvop",
        };
        let mut value = Group::default();
        value.set_text("guid", protection.id);
        if !protection.data.is_empty() {
            value.set_text("data", STANDARD.encode(&protection.data));
        }
        group.items.push(Item { name: name.to_owned(), value: QueryValue::Group(value) });
    }
    if !policy.enablers.is_empty() {
        let values = policy.enablers.iter().map(|id| QueryValue::Text(id.to_string())).collect();
        group.set("playenablers", QueryValue::List(values));
    }
}
