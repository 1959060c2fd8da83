//! What is odd or wrong about an input and the objects in it.
//!
//! The rules of the payload are in the `playready` crate; those of the box and of the text around it in `rules`.

use super::object::Object;
use super::players::effects_of;
use super::rules::{
    self, BOX_01, BOX_02, BOX_03, BOX_04, BOX_06, BOX_07, BOX_08, BOX_09, BOX_10, BOX_11, TXT_01,
};
use crate::input::{Document, Form, Found, asides_of, encryption_of, keys_in_fragments};
use prkit_bmff::Where;
use prkit_playready::{
    Client, Context, Encryption, Format, Header, KeyId, Level, Player, Rule, Spec, SystemId, Use,
};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A rule that something breaks, and where.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Finding {
    pub rule: &'static str,
    pub level: &'static str,
    pub message: String,
    #[serde(rename = "where")]
    pub place: String,
    pub offset: u64,
    /// In the text of a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    pub span: Option<[usize; 2]>,
    pub fix: Option<String>,
    /// How many boxes have the same payload and the same fault, where it is more than this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<usize>,
}

/// A finding with what is needed to show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Located {
    pub finding: Finding,
    pub rule: &'static Rule,
    pub level: Level,
    /// The header's text, and where in it.
    pub text: Option<(Rc<str>, Range<usize>)>,
}

/// What to look for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub client: Option<Client>,
    pub place: Option<Use>,
    pub strict: bool,
    pub spec: Spec,
    /// The one player that is asked about.
    pub player: Option<Player>,
}

/// What is odd about an input and the objects in it, as far as reading it shows.
pub fn findings(document: &Document, objects: &[Object<'_>]) -> Vec<Finding> {
    let mut list = Findings::new(document);
    // What is odd about the payload of each, where it is the first that has it.
    let mut odd: Vec<Vec<prkit_playready::Finding>> = Vec::with_capacity(objects.len());
    for Object { found, payload, twin } in objects {
        list.of_system(found);
        let mut own = Vec::new();
        if let Some(payload) = payload.as_ref().filter(|_| !is_no_base64(document, found)) {
            list.of_box(document, found);
            if let Some(odd) = twin.and_then(|twin| odd.get(twin)) {
                for odd in odd {
                    list.of_payload(found, odd, None);
                }
            } else {
                let context = Context { bare: found.form == Form::Header, ..Context::default() };
                own =
                    payload.iter().flat_map(|payload| prkit_playready::inspect(payload, &context)).collect();
                for odd in &own {
                    list.of_payload(found, odd, None);
                }
            }
        }
        odd.push(own);
    }
    list.found.into_iter().map(|located| located.finding).collect()
}

/// Everything that breaks a rule. What several boxes share is said once.
pub fn lint(document: &Document, objects: &[Found], asked: Asked) -> Vec<Located> {
    let mut list = Findings::new(document);
    list.of_players(document, asked.player);
    let mut seen: HashMap<Key<'_>, Range<usize>> = HashMap::new();
    let mut around = Interned::default();
    for found in objects {
        list.of_system(found);
    }
    let ours: Vec<&Found> = objects.iter().filter(|found| found.system.is_playready()).collect();
    for found in &ours {
        list.of_box(document, found);
        // What its text is not is said of the text, and nothing can be said of what it would be.
        if is_no_base64(document, found) {
            continue;
        }
        if let Some(error) = &found.box_error {
            list.add(&BOX_06, error.to_string(), place_of(found), found.offset, None);
        }
        let encryption = encryption_of(document, found).unwrap_or_default();
        // Boxes that agree in all of this have the same findings.
        let key = Key {
            data: &found.data,
            form: found.form,
            place: found.place,
            kids: &found.kids,
            encryption: around.number(&encryption),
        };
        if let Some(first) = seen.get(&key) {
            for located in list.found.get_mut(first.clone()).unwrap_or_default() {
                let copies = &mut located.finding.copies;
                *copies = Some(copies.unwrap_or(1).saturating_add(1));
            }
            continue;
        }
        let start = list.found.len();
        let text: Option<Rc<str>> =
            Header::of_payload(&found.data).ok().map(|header| Rc::from(header.as_str()));
        for broken in prkit_playready::lint(&found.data, &context_of(found, &encryption, asked)) {
            list.of_payload(found, &broken, text.as_ref());
        }
        seen.insert(key, start..list.found.len());
    }
    for (index, broken) in prkit_playready::across(ours.iter().map(|found| &found.data[..])) {
        if let Some(found) = ours.get(index) {
            list.of_payload(found, &broken, None);
        }
    }
    list.found
}

/// Whether the text of an object cannot be read.
fn is_no_base64(document: &Document, found: &Found) -> bool {
    let objects = document.manifest.as_ref().map(|opened| opened.manifest.objects());
    objects.and_then(|objects| objects.get(found.index)).is_some_and(|object| object.error.is_some())
}

/// What is known about a payload beside its bytes.
pub fn context_of<'c>(found: &'c Found, encryption: &'c Encryption, asked: Asked) -> Context<'c> {
    Context {
        client: asked.client,
        // Where it is located decides; what is asked is about objects without a place.
        place: found.used_in().or(asked.place),
        strict: asked.strict,
        spec: asked.spec,
        bare: found.form == Form::Header,
        // `soap show` lints those of requests.
        request: false,
        box_kids: &found.kids,
        media: Some(encryption),
        format: format_of(found),
        player: asked.player,
    }
}

/// The kind of document that players know an object from.
fn format_of(found: &Found) -> Option<Format> {
    use prkit_manifest::Form as InText;
    let Form::InText(form) = found.form else { return None };
    match form {
        InText::MsprPro | InText::CencPssh => Some(Format::Dash),
        InText::ProtectionHeader => Some(Format::Smooth),
        InText::ExtXKey | InText::ExtXSessionKey | InText::ExtXPlayReadyHeader | InText::ExtXDefine => {
            Some(Format::Hls)
        }
        InText::CpixPssh | InText::DrmSpecificData | InText::Text => None,
    }
}

/// What the findings of a box depend on.
#[derive(PartialEq, Eq, Hash)]
struct Key<'f> {
    data: &'f [u8],
    form: Form,
    place: Option<Where>,
    kids: &'f [KeyId],
    /// By its number.
    encryption: usize,
}

/// Numbers for what the boxes around objects say: fragments mostly say the same, and all boxes of one fragment do.
#[derive(Default)]
struct Interned {
    numbers: HashMap<Arc<Encryption>, usize>,
    last: Option<(Arc<Encryption>, usize)>,
}

impl Interned {
    fn number(&mut self, encryption: &Arc<Encryption>) -> usize {
        if let Some((_, number)) = self.last.as_ref().filter(|(last, _)| Arc::ptr_eq(last, encryption)) {
            return *number;
        }
        let next = self.numbers.len();
        let number = *self.numbers.entry(Arc::clone(encryption)).or_insert(next);
        self.last = Some((Arc::clone(encryption), number));
        number
    }
}

struct Findings {
    found: Vec<Located>,
}

impl Findings {
    fn new(document: &Document) -> Self {
        let mut list = Self { found: Vec::new() };
        if let Some(layout) = &document.layout {
            for (span, path) in layout.leftovers() {
                let message = format!("{} bytes at the end are no box", span.len());
                list.add(&BOX_01, message, path.to_string(), span.start(), None);
            }
            for oddity in layout.oddities() {
                let place = oddity.path().to_string();
                list.add(&BOX_02, oddity.kind().to_string(), place, oddity.offset(), None);
            }
        }
        let of_tracks = document.layout.iter().flat_map(prkit_bmff::Layout::tracks);
        // What cannot be read is an error of whoever reads it.
        let in_fragments = keys_in_fragments(document).ok();
        for unread in of_tracks
            .flat_map(|track| &track.unread)
            .chain(in_fragments.into_iter().flat_map(|said| &said.unread))
        {
            list.add(&BOX_07, unread.to_string(), unread.path.to_string(), unread.offset, None);
        }
        for aside in asides_of(document).unwrap_or_default() {
            list.add(&BOX_11, aside.kind.to_string(), aside.path, aside.offset, None);
        }
        if let Some(opened) = &document.manifest {
            opened.manifest.oddities().iter().for_each(|oddity| list.of_text(oddity));
            // What can be said of references without the files; `check` looks at those.
            let presentation = opened.manifest.outlined();
            presentation.iter().flat_map(|found| &found.oddities).for_each(|oddity| list.of_text(oddity));
        }
        let faults = document.pasted.as_ref().map(|(text, pasted)| pasted.faults(text)).unwrap_or_default();
        if !faults.is_empty() {
            let message = format!("the base64 {}; not every reader takes that", faults.join(" and "));
            list.add(&TXT_01, message, "/".to_owned(), 0, Some("one line of standard base64"));
        }
        list
    }

    fn of_text(&mut self, oddity: &prkit_manifest::Oddity) {
        let rule = rules::of_text(&oddity.kind);
        self.add(rule, oddity.kind.to_string(), oddity.path.clone(), oddity.offset, None);
        if let Some(Located { finding, .. }) = self.found.last_mut() {
            finding.line = Some(oddity.position.line);
            finding.column = Some(oddity.position.column);
        }
    }

    fn add(&mut self, rule: &'static Rule, message: String, place: String, offset: u64, fix: Option<&str>) {
        let finding = Finding {
            rule: rule.id,
            level: rule.level.name(),
            message,
            place,
            offset,
            line: None,
            column: None,
            span: None,
            fix: fix.map(str::to_owned),
            copies: None,
        };
        self.found.push(Located { finding, rule, level: rule.level, text: None });
    }

    fn of_system(&mut self, found: &Found) {
        if let Some(message) = crate::misfiled(found) {
            self.add(&BOX_10, message, place_of(found), found.offset, None);
            if found.system == SystemId::PLAYREADY_SWAPPED
                && let Some(last) = self.found.last_mut()
            {
                // HbbTV 1.5 has it so, and clients take it.
                (last.level, last.finding.level) = (Level::Warning, Level::Warning.name());
            }
            self.in_text(found.in_text.map(|at| (at.line, at.column)));
        }
    }

    fn of_players(&mut self, document: &Document, only: Option<Player>) {
        let effects = document.manifest.as_ref().map(|opened| effects_of(opened, only));
        for effect in effects.into_iter().flatten() {
            self.add(effect.rule, effect.message, effect.path, effect.offset, None);
            self.in_text(Some((effect.position.line, effect.position.column)));
        }
    }

    /// The place of the last finding in a text.
    fn in_text(&mut self, place: Option<(u64, u64)>) {
        if let Some(Located { finding, .. }) = self.found.last_mut() {
            (finding.line, finding.column) = (place.map(|at| at.0), place.map(|at| at.1));
        }
    }

    fn of_box(&mut self, document: &Document, found: &Found) {
        let place = || place_of(found);
        if found.trailing > 0 {
            let message = format!("{} bytes stand behind the data of the box", found.trailing);
            self.add(&BOX_03, message, place(), found.offset, None);
        }
        if let Some(version) = found.version.filter(|version| *version > 1) {
            let message = format!("the box has version {version}, of which nobody knows what it contains");
            self.add(&BOX_07, message, place(), found.offset, None);
        }
        if let Some(flags) = found.flags.filter(|flags| *flags != 0) {
            self.add(&BOX_08, format!("the flags are {flags:#x}"), place(), found.offset, None);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = found.kids.iter().find(|kid| !seen.insert(**kid)) {
            self.add(&BOX_09, format!("the box lists {twice} more than once"), place(), found.offset, None);
        }
        if document.is_box_data {
            let message = "the first eight bytes of the box, its size and type, are missing".to_owned();
            self.add(&BOX_04, message, place(), found.offset, Some("put them in front"));
        }
    }

    fn of_payload(&mut self, found: &Found, broken: &prkit_playready::Finding, text: Option<&Rc<str>>) {
        let offset = u64::try_from(broken.offset).unwrap_or(u64::MAX);
        let finding = Finding {
            rule: broken.rule.id,
            level: broken.level.name(),
            message: broken.message.clone(),
            place: place_of(found),
            offset: found.data_offset().saturating_add(offset),
            line: found.in_text.map(|at| at.line),
            column: found.in_text.map(|at| at.column),
            span: broken.units,
            fix: broken.fix.as_ref().map(|fix| fix.what().to_owned()),
            copies: None,
        };
        let text = text.cloned().zip(broken.text.clone());
        self.found.push(Located { finding, rule: broken.rule, level: broken.level, text });
    }
}

fn place_of(found: &Found) -> String {
    found.path.clone().unwrap_or_else(|| "/".to_owned())
}
