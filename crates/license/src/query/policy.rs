//! What a group of a query asks for.

use super::parameter::{Parameter, ParameterKind, parameter_named};
use super::{Group, Item, Query, QueryForm, QueryOddity, QueryValue};
use crate::guid::LENIENT;
use crate::rules::{
    Context, Finding, Q_BASE64, Q_DUPLICATE, Q_FORM, Q_HEADER, Q_KEY, Q_MEDIUM, Q_PARENTHESES, Q_SAME_KID,
    Q_SPACE, Q_UNKNOWN, Q_VALUE, Rule,
};
use crate::{Domain, Guid, KeyType, Medium, Moment, Origin, Policy, PolicyKid, Protection, Rights, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_playready::KeyId;

impl Query {
    /// The policies it asks for, with the server's defaults filled in, and what is wrong about its text.
    pub fn policies(&self, context: &Context) -> (Vec<Policy>, Vec<Finding>) {
        let mut reader = Reader { findings: Vec::new(), index: 0 };
        self.text_findings(&mut reader);
        let defaults = [Group::default()];
        let groups = if self.groups.is_empty() { &defaults[..] } else { &self.groups[..] };
        let mut policies = Vec::with_capacity(groups.len());
        for (index, group) in groups.iter().enumerate() {
            reader.index = index;
            policies.push(reader.policy(group));
        }
        mark_roots(&mut policies);
        key_findings(&policies, context, &mut reader);
        (policies, reader.findings)
    }

    fn text_findings(&self, reader: &mut Reader) {
        for oddity in &self.oddities {
            let (rule, message, at) = match *oddity {
                QueryOddity::Space { at } => {
                    (&Q_SPACE, "white space stands in the query".to_owned(), Some(at))
                }
                QueryOddity::Unclosed { count } => (
                    &Q_PARENTHESES,
                    if count == 1 {
                        "a closing parenthesis is missing at the end".to_owned()
                    } else {
                        format!("{count} closing parentheses are missing at the end")
                    },
                    None,
                ),
                QueryOddity::Unopened { at } => {
                    (&Q_PARENTHESES, "a closing parenthesis closes nothing".to_owned(), Some(at))
                }
                QueryOddity::Bare => {
                    (&Q_PARENTHESES, "no parentheses stand around the items".to_owned(), None)
                }
            };
            reader.findings.push(Finding { rule, level: rule.level, message, policy: None, offset: at });
        }
        let is_pairs = self.groups.first().is_some_and(|group| group.items.len() > 1);
        if self.form == QueryForm::Legacy && is_pairs {
            let message = "in a header the & between the names is written &amp;".to_owned();
            let rule = &Q_FORM;
            reader.findings.push(Finding { rule, level: rule.level, message, policy: None, offset: None });
        }
    }
}

/// A group that others name as their root is one, whether or not it says `isroot`.
fn mark_roots(policies: &mut [Policy]) {
    let named: Vec<KeyId> = policies
        .iter()
        .filter_map(|policy| match policy.role {
            Role::Leaf { root } => root,
            _ => None,
        })
        .collect();
    for policy in policies {
        if policy.role == Role::Simple && policy.key_id().is_some_and(|kid| named.contains(&kid)) {
            policy.role = Role::Root;
        }
    }
}

fn key_findings(policies: &[Policy], context: &Context, reader: &mut Reader) {
    for (index, policy) in policies.iter().enumerate() {
        reader.index = index;
        let earlier = policies.iter().take(index);
        if policy.kid.is_some() && earlier.clone().any(|other| other.kid == policy.kid) {
            reader.add(&Q_SAME_KID, format!("is for the key of an earlier group, {}", policy.label()));
        }
    }
    let by_header = |policy: &&Policy| policy.kid.is_none() || policy.kid == Some(PolicyKid::Header);
    let keys = context.content.as_ref().map_or(1, |content| content.keys.len());
    reader.index = 0;
    if keys > 1 && policies.iter().any(|policy| by_header(&policy)) {
        reader.add(&Q_HEADER, format!("takes its key from the header, which has {keys}"));
    }
    if policies.iter().filter(by_header).filter(|policy| policy.kid.is_none()).count() > 1 {
        reader
            .add(&Q_HEADER, "several groups name no key: all would be for the one of the header".to_owned());
    }
}

struct Reader {
    findings: Vec<Finding>,
    index: usize,
}

impl Reader {
    fn add(&mut self, rule: &'static Rule, message: String) {
        self.findings.push(Finding {
            rule,
            level: rule.level,
            message,
            policy: Some(self.index),
            offset: None,
        });
    }

    fn policy(&mut self, group: &Group) -> Policy {
        let mut policy = Policy {
            origin: Origin::Query,
            rights: Rights { play: true, ..Rights::default() },
            persistent: Some(false),
            security_level: Some(150),
            key_type: Some(KeyType::AesCtr),
            ..Policy::default()
        };
        let mut seen: Vec<&'static str> = Vec::new();
        for item in &group.items {
            let Some(parameter) = parameter_named(&item.name) else {
                self.add(&Q_UNKNOWN, format!("{:?} is no documented name", item.name));
                continue;
            };
            if seen.contains(&parameter.name) && parameter.kind != ParameterKind::Protection {
                self.add(&Q_DUPLICATE, format!("{} stands twice", parameter.name));
            }
            seen.push(parameter.name);
            if self.take(&mut policy, parameter, item).is_none() {
                let expected = expected(parameter.kind);
                // What should be a key is not repeated.
                let value = match parameter.kind {
                    ParameterKind::Secret => "the value".to_owned(),
                    _ => format!("{:?}", item.value.to_string()),
                };
                let now = (parameter.name == "ckt").then(|| former_key_type(item.value.text()?)).flatten();
                let now = now.map(|now| {
                    format!("; it is the former name of {now}, which the server takes since 2026-04")
                });
                let now = now.unwrap_or_default();
                self.add(&Q_VALUE, format!("{}: {value} is no {expected}{now}", parameter.name));
            }
        }
        policy
    }

    /// Takes a value over; `None` when it does not fit.
    fn take(&mut self, policy: &mut Policy, parameter: &Parameter, item: &Item) -> Option<()> {
        let value = &item.value;
        match parameter.name {
            "sl" => policy.security_level = Some(number(value)?),
            "kid" => policy.kid = Some(self.kid(value)?),
            "ckt" => {
                policy.key_type = Some(match value.text()?.to_ascii_lowercase().as_str() {
                    "aes128bitctr" => KeyType::AesCtr,
                    "aes128bitcbc" => KeyType::AesCbc,
                    "keyexchange" => KeyType::KeyExchange,
                    _ => return None,
                });
            }
            "playright" => policy.rights.play = flag(value)?,
            "readright" => policy.rights.read = flag(value)?,
            "executeright" => policy.rights.execute = flag(value)?,
            "extendedright" => policy.rights.extended = true,
            "persist" => policy.persistent = Some(flag(value)?),
            "simple" => policy.simple = flag(value)?,
            "begindate" => policy.begin = Some(date(value)?),
            "enddate" => policy.end = Some(date(value)?),
            "removaldate" => policy.removal = Some(date(value)?),
            "firstplayexpiration" => policy.first_play = Some(number(value)?),
            "realtime" => policy.real_time = flag(value)?,
            "securestop" => policy.secure_stop = flag(value)?,
            "isroot" if flag(value)? => policy.role = Role::Root,
            "rootid" => policy.role = Role::Leaf { root: Some(key_id(self.guid(value)?)) },
            "sourceid" => policy.source_id = Some(number(value)?),
            "accountid" => policy.domain = Some(Domain { account: self.guid(value)?, revision: 0 }),
            "cvopl" => policy.levels.compressed_video = Some(number(value)?),
            "ucvopl" => policy.levels.uncompressed_video = Some(number(value)?),
            "avopl" => policy.levels.analog_video = Some(number(value)?),
            "caopl" => policy.levels.compressed_audio = Some(number(value)?),
            "ucaopl" => policy.levels.uncompressed_audio = Some(number(value)?),
            "dvop" => policy.protections.push(self.protection(Medium::DigitalVideo, value)?),
            "daop" => policy.protections.push(self.protection(Medium::DigitalAudio, value)?),
            "avop" => policy.protections.push(self.protection(Medium::AnalogVideo, value)?),
            "explicitacp" => {
                let level: u8 = number(value).filter(|level| *level <= 3)?;
                // The page's bytes for this one: little-endian.
                let protection = Protection {
                    medium: Medium::AnalogVideo,
                    id: Guid::AGC_COLOR_STRIPE,
                    data: vec![level, 0, 0, 0],
                };
                policy.protections.push(protection);
            }
            "maxres" => policy.protections.push(resolution(value)?),
            "playenablers" => policy.enablers.extend(self.guids(value)?),
            "allowunknownsd" if flag(value)? => policy.enablers.push(Guid::UNKNOWN_OUTPUT_CONSTRAINED),
            "allowunknownhd" if flag(value)? => policy.enablers.push(Guid::UNKNOWN_OUTPUT),
            "keyseed" | "contentkey" => {
                self.base64(value)?;
                let what = if parameter.name == "keyseed" { "key seed" } else { "content key" };
                self.add(&Q_KEY, format!("carries a {what}, which is not shown"));
            }
            "allowunknownsd" | "allowunknownhd" | "isroot" | "revoked" => {
                flag(value)?;
            }
            "tid" => {
                self.guid(value)?;
            }
            "extendedrestrictions" if value.text().is_some() => return None,
            _ => {}
        }
        Some(())
    }

    fn kid(&mut self, value: &QueryValue) -> Option<PolicyKid> {
        if value.text()?.eq_ignore_ascii_case("header") {
            return Some(PolicyKid::Header);
        }
        self.guid(value).map(|guid| PolicyKid::Id(key_id(guid)))
    }

    /// A GUID as text, or the base64 of its little-endian bytes.
    fn guid(&mut self, value: &QueryValue) -> Option<Guid> {
        let text = value.text()?;
        if text.len() < 32 {
            self.check_base64(text);
        }
        text.parse().ok()
    }

    fn guids(&mut self, value: &QueryValue) -> Option<Vec<Guid>> {
        match value {
            QueryValue::Text(_) => self.guid(value).map(|guid| vec![guid]),
            QueryValue::List(values) => values.iter().map(|value| self.guid(value)).collect(),
            QueryValue::Group(_) => None,
        }
    }

    fn base64(&mut self, value: &QueryValue) -> Option<Vec<u8>> {
        let text = value.text()?;
        self.check_base64(text);
        LENIENT.decode(text).ok()
    }

    /// Stray bits and missing padding: the page's own `data:Ah==` has stray bits.
    fn check_base64(&mut self, text: &str) {
        let is_canonical = STANDARD.decode(text).is_ok();
        if !is_canonical && LENIENT.decode(text).is_ok() {
            self.add(&Q_BASE64, format!("base64 of {} characters is not canonical", text.len()));
        }
    }

    fn protection(&mut self, medium: Medium, value: &QueryValue) -> Option<Protection> {
        let QueryValue::Group(group) = value else { return None };
        let id = self.guid(group.get("guid")?)?;
        let data = match group.get("data") {
            Some(data) => self.base64(data)?,
            None => Vec::new(),
        };
        let belongs = match id {
            Guid::HDCP_TYPE | Guid::MAX_RESOLUTION => Some(Medium::DigitalVideo),
            Guid::SCMS => Some(Medium::DigitalAudio),
            Guid::AGC_COLOR_STRIPE => Some(Medium::AnalogVideo),
            _ => None,
        };
        if let (Some(belongs), Some(name)) = (belongs.filter(|belongs| *belongs != medium), id.name()) {
            self.add(&Q_MEDIUM, format!("{name} is about {belongs}, and stands under {medium}"));
        }
        Some(Protection { medium, id, data })
    }
}

const fn key_id(guid: Guid) -> KeyId {
    KeyId::from_guid_bytes(guid.to_guid_bytes())
}

/// The present name of a key type: Microsoft's page had others from 2025-06-30 to 2026-04-17, and servers refuse them
/// now (inputstream.adaptive issue 2008).
fn former_key_type(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "aesctr" => Some("aes128bitctr"),
        "aescbc" => Some("aes128bitcbc"),
        _ => None,
    }
}

fn number<T: core::str::FromStr>(value: &QueryValue) -> Option<T> {
    value.text()?.parse().ok()
}

fn flag(value: &QueryValue) -> Option<bool> {
    match value.text()?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Eight or fourteen digits, or the month-first form of the legacy syntax; not seconds since 1970.
fn date(value: &QueryValue) -> Option<Moment> {
    let text = value.text()?;
    (matches!(text.len(), 8 | 14) || text.contains('/')).then(|| text.parse().ok())?
}

/// `1920x1080`, as the page says it is written: height, then width, big-endian.
fn resolution(value: &QueryValue) -> Option<Protection> {
    let (width, height) = value.text()?.split_once(['x', 'X'])?;
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let data = [height.to_be_bytes(), width.to_be_bytes()].concat();
    Some(Protection { medium: Medium::DigitalVideo, id: Guid::MAX_RESOLUTION, data })
}

const fn expected(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Bool => "true or false",
        ParameterKind::Integer => "number that fits",
        ParameterKind::Date => "time: expected yyyymmdd or yyyymmddhhmmss",
        ParameterKind::KeyId => "key id: expected header, a GUID or the base64 of one",
        ParameterKind::Guid => "GUID, nor the base64 of one",
        ParameterKind::Word(_) => "key type: expected aes128bitctr, aes128bitcbc or keyexchange",
        ParameterKind::Resolution => "resolution: expected 1920x1080",
        ParameterKind::Protection => "protection: expected (guid:…,data:base64)",
        ParameterKind::Guids => "list of GUIDs: expected (guid,guid)",
        ParameterKind::Extended => "group: expected (type:…,data:…)",
        ParameterKind::Secret => "base64",
        ParameterKind::Text => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::to_group;
    use super::*;

    fn read(text: &str) -> (Vec<Policy>, Vec<&'static str>) {
        let (policies, findings) = Query::parse(text).unwrap().policies(&Context::default());
        (policies, findings.iter().map(|finding| finding.rule.id).collect())
    }

    fn one(text: &str) -> Policy {
        let (mut policies, findings) = read(text);
        assert_eq!((policies.len(), findings), (1, vec![]), "{text}");
        policies.remove(0)
    }

    #[test]
    fn an_address_alone_is_one_license_of_the_defaults() {
        let policy = one("https://test.playready.microsoft.com/service/rightsmanager.asmx");
        assert!(policy.rights.play && policy.persistent == Some(false) && policy.security_level == Some(150));
    }

    #[test]
    fn the_documented_equivalents_are_equal() {
        // All three pairs from query-string-syntax.md.
        for (short, long) in [
            ("(maxres:1920x1080)", "(dvop:(guid:9645E831-E01D-4FFF-8342-0A720E3E028F,data:AAAEOAAAB4A=))"),
            ("(allowunknownsd:true)", "(playenablers:(B621D91F-EDCC-4035-8D4B-DC71760D43E9))"),
            ("(explicitacp:2)", "(avop:(guid:C3FD11C6-F8B7-4D20-B008-1DB17D61F2DA,data:AgAAAA==))"),
            ("(enddate:20170131)", "(expiration:20170131000000)"),
            ("(firstexp:60)", "(firstplayexpiration:60)"),
            ("(kid:YXg64czYhEKSRXyDXr3p8A==)", "(kid:e13a7861-d8cc-4284-9245-7c835ebde9f0)"),
        ] {
            assert_eq!(one(short), one(long), "{short}");
        }
    }

    #[test]
    fn a_chain_is_a_root_and_a_leaf() {
        let (policies, findings) =
            read("(rootid:uPeXHrR3K0icGCpYMBGsZw==,kid:header),(isroot:true,kid:uPeXHrR3K0icGCpYMBGsZw==)");
        assert_eq!(findings, [""; 0]);
        let root: KeyId = "guid:uPeXHrR3K0icGCpYMBGsZw==".parse().unwrap();
        assert_eq!((policies[0].role, policies[1].role), (Role::Leaf { root: Some(root) }, Role::Root));
        assert_eq!(policies[0].kid, Some(PolicyKid::Header));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "(kid:header,persist:true,begindate:20180105195500,enddate:20180205200000,firstplayexpiration:172800)",
            "(isroot:true,kid:e13a7861-d8cc-4284-9245-7c835ebde9f0,sl:3000,ckt:aes128bitcbc,playright:false,readright:true)",
            "(realtime:true,securestop:true,cvopl:500,ucvopl:300,avopl:200,caopl:300,ucaopl:300,maxres:1920x1080)",
            "(dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAQ==),allowunknownhd:true,sourceid:267)",
            "(accountid:A/uHOj7F+UaM+Jlny2obFA==,removaldate:20170228,persist:true)",
        ] {
            let policy = one(text);
            assert_eq!(one(&to_group(&policy).to_string()), policy, "{text}");
        }
    }

    #[test]
    fn every_rule_about_text_is_broken_by_something() {
        for (text, rule) in [
            ("(sl:150, persist:true)", "Q-01"),
            ("(sl:150", "Q-02"),
            ("(dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:Ah==))", "Q-03"),
            ("(persists:true)", "Q-04"),
            ("(begindate:tomorrow)", "Q-05"),
            ("(kid:header),(kid:header)", "Q-06"),
            ("(sl:150),(sl:2000)", "Q-07"),
            ("(sl:150,sl:2000)", "Q-08"),
            ("(avop:(guid:6D5CFA59-C250-4426-930E-FAC72C8FCFA6))", "Q-09"),
            ("(contentkey:eNqVnXrElmo2NSsn7IXeEA==)", "Q-10"),
            ("https://a?PlayRight=1&FirstPlayExpiration=60", "Q-11"),
        ] {
            assert_eq!(read(text).1, [rule], "{text}");
        }
    }

    #[test]
    fn a_header_with_several_keys_needs_a_kid_in_each_group() {
        use crate::rules::ContentFacts;
        let key = |byte| (KeyId::from_guid_bytes([byte; 16]), None);
        let content = Some(ContentFacts { keys: vec![key(1), key(2)], on_demand: false });
        let context = Context { content, ..Context::default() };
        let (_, findings) = Query::parse("(kid:header)").unwrap().policies(&context);
        assert_eq!(findings[0].rule.id, "Q-07");
        let named = format!("(kid:{})", KeyId::from_guid_bytes([1; 16]));
        assert_eq!(Query::parse(&named).unwrap().policies(&context).1, []);
    }

    #[test]
    fn no_message_repeats_a_key() {
        for text in ["(contentkey:eNqVnXrElmo2NSsn7IXeEA==)", "(ck:not*base64)", "(keyseed:(a:1))"] {
            let (_, findings) = Query::parse(text).unwrap().policies(&Context::default());
            let all: String = findings.iter().map(|finding| finding.message.clone()).collect();
            assert!(!all.contains("eNqV") && !all.contains("not*"), "{all}");
        }
    }

    #[test]
    fn dates_are_not_seconds() {
        assert_eq!(read("(begindate:1515182160)").1, ["Q-05"]);
    }
}
