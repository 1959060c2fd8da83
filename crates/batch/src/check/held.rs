//! One object and its header, wherever it stands.

use super::finding::Place;
use crate::input::{Form, Found, lacks_key};
use prkit_playready::{Algorithm, Error, Field, Header, KeyId, Object, Payload};

/// An object of a file or manifest.
#[derive(Clone, Debug)]
pub struct Held {
    pub place: Place,
    pub is_playready: bool,
    /// Which of the forms, for the order in which players take them.
    pub form: Form,
    /// The key ids of a version 1 box; `None` for other boxes and for what is no box.
    pub box_kids: Option<Vec<KeyId>>,
    /// What the header says.
    pub header: Option<Said>,
    /// Why it cannot be read.
    pub error: Option<String>,
    /// Why nobody finds it: it is PlayReady's, and its SystemID is another.
    pub misfiled: Option<String>,
    /// The key IDs that the data of another system names.
    pub other_kids: Vec<KeyId>,
}

/// What a header says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    pub version: Option<String>,
    pub keys: Vec<KeySaid>,
    pub fields: Vec<(Field, String)>,
    /// Why no key can be taken from it, though it should name one.
    pub no_key: Option<&'static str>,
}

/// One key of a header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySaid {
    pub id: KeyId,
    pub algorithm: Option<Algorithm>,
    pub checksum: Option<String>,
}

impl Held {
    /// An object that was found in the file `name`.
    pub fn new(name: &str, found: &Found) -> Self {
        let at = found.path.clone().unwrap_or_else(|| "/".to_owned());
        let place = match found.in_text {
            Some(text) => {
                let position = prkit_manifest::Position { line: text.line, column: text.column };
                Place::of_text(name, at, position)
            }
            None => Place::of_box(name, at),
        };
        let is_playready = found.system.is_playready();
        let mut held = Self {
            place,
            is_playready,
            form: found.form,
            box_kids: (found.version.is_some_and(|version| version > 0)).then(|| found.kids.clone()),
            header: None,
            error: found.box_error.as_ref().map(ToString::to_string),
            misfiled: crate::misfiled(found),
            other_kids: if is_playready { Vec::new() } else { widevine_kids(&found.data) },
        };
        if is_playready && held.error.is_none() {
            match Payload::parse(&found.data) {
                // An object of licenses only has no header, and is right in a fragment.
                Ok(payload) if payload.object().is_some_and(Object::is_store_only) => {}
                Ok(payload) => match readable(&payload) {
                    Ok(header) => held.header = Some(Said::new(header)),
                    Err(error) => held.error = Some(error.to_string()),
                },
                Err(error) => held.error = Some(error.to_string()),
            }
        }
        held
    }

    /// Whether it stands in a key line of a playlist, of which there is one for each key.
    pub const fn is_key_line(&self) -> bool {
        use prkit_manifest::Form as InText;
        matches!(
            self.form,
            Form::InText(InText::ExtXKey | InText::ExtXSessionKey | InText::ExtXPlayReadyHeader)
        )
    }

    /// All key IDs that it names, wherever.
    pub(crate) fn named_kids(&self) -> Vec<KeyId> {
        let of_box = self.box_kids.iter().flatten().copied();
        self.header_kids().into_iter().chain(of_box).chain(self.other_kids.iter().copied()).collect()
    }

    /// The key ids of its header; none for a header that leaves them to the application.
    pub fn header_kids(&self) -> Vec<KeyId> {
        self.header.as_ref().map(Said::kids).unwrap_or_default()
    }
}

/// `key_id` of Widevine's `WidevinePsshData`: field 2, sixteen bytes, in the order of a UUID. Other systems' data is not
/// made like this, and ends the reading.
fn widevine_kids(data: &[u8]) -> Vec<KeyId> {
    const KEY_ID: u8 = 0x12;
    let mut kids = Vec::new();
    let mut rest = data;
    while let [tag, after @ ..] = rest {
        rest = match tag & 7 {
            // A number of any length.
            0 => match after.iter().position(|byte| byte & 0x80 == 0) {
                Some(end) => after.get(end.saturating_add(1)..).unwrap_or_default(),
                None => break,
            },
            2 => {
                let Some((len, after)) = after.split_first().filter(|(len, _)| **len < 0x80) else { break };
                let Some((value, after)) = after.split_at_checked(usize::from(*len)) else { break };
                if *tag == KEY_ID
                    && let Ok(kid) = value.try_into()
                {
                    kids.push(KeyId::from_uuid_bytes(kid));
                }
                after
            }
            _ => break,
        };
    }
    kids
}

/// The header of an object that is whole.
fn readable<'p, 'a>(payload: &'p Payload<'a>) -> Result<&'p Header<'a>, Error> {
    if let Some(object) = payload.object() {
        object.check_whole()?;
    }
    let header = payload.header()?;
    header.check_root()?;
    Ok(header)
}

impl Said {
    fn new(header: &Header<'_>) -> Self {
        let keys = header.kids().into_iter().filter_map(|kid| {
            Some(KeySaid { id: kid.id?, algorithm: kid.algorithm, checksum: kid.checksum })
        });
        let value = |field| header.value(field).map(|value| (field, value.into_owned()));
        Self {
            version: header.version().map(|version| version.to_string()),
            keys: keys.collect(),
            fields: Field::ALL.into_iter().filter_map(value).collect(),
            no_key: lacks_key(header),
        }
    }

    pub fn kids(&self) -> Vec<KeyId> {
        self.keys.iter().map(|key| key.id).collect()
    }

    pub fn field(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }
}

/// Key IDs that a message lists; what differs in a document of thousands is said thousands of times.
const MAX_LISTED: usize = 32;

/// Key ids for people.
pub(super) fn listed(kids: &[KeyId]) -> String {
    let mut listed: Vec<String> = kids.iter().take(MAX_LISTED).map(ToString::to_string).collect();
    let more = kids.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join(" ")
}
