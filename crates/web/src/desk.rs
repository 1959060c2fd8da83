//! What is open, and what is asked of it.

use crate::blob::Host;
use crate::fault::{Fault, Result};
use crate::open::Opened;
use crate::request::Request;
use crate::{change, compare, make, object};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// The inputs that are open, and what is asked of them.
pub struct Desk {
    host: Arc<dyn Host>,
    open: HashMap<u32, Opened>,
}

impl Desk {
    /// With nothing open.
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { host, open: HashMap::new() }
    }

    /// Carries a request out. The answer has `error` where it could not be.
    pub fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let answer = match serde_json::from_slice(request) {
            Ok(request) => self.carry_out(request),
            Err(error) => Err(Fault::new(error)),
        };
        let written = answer.or_else(|fault| bytes_of(&fault));
        written.unwrap_or_else(|_| br#"{"error":"the answer cannot be written"}"#.to_vec())
    }

    fn carry_out(&mut self, request: Request) -> Result<Vec<u8>> {
        match request {
            Request::Open { blob, len, name, text } => {
                let opened = Opened::new(&self.host, blob, len, name, text)?;
                let answer = bytes_of(&opened.view()?);
                self.open.insert(blob, opened);
                answer
            }
            Request::Glance { blob, len, name } => bytes_of(&Opened::glance(&self.host, blob, len, name)?),
            Request::Object { blob, index } => bytes_of(&object::view(self.opened(blob)?, index)?),
            Request::Change { blob, change } => {
                bytes_of(&change::planned(&self.host, self.opened(blob)?, &change)?)
            }
            Request::Make { object } => bytes_of(&make::made(&self.host, &object)?),
            Request::Compare { blobs: [one, other] } => {
                bytes_of(&compare::compared(self.opened(one)?, self.opened(other)?)?)
            }
            Request::Close { blob } => {
                self.open.remove(&blob);
                bytes_of(&())
            }
        }
    }

    fn opened(&self, blob: u32) -> Result<&Opened> {
        self.open.get(&blob).ok_or_else(|| Fault::new("it is not open"))
    }
}

fn bytes_of(answer: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(answer).map_err(Fault::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::memory::Memory;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    struct Browser {
        memory: Arc<Memory>,
        desk: Desk,
    }

    impl Browser {
        fn new() -> Self {
            let memory = Arc::new(Memory::default());
            let host: Arc<dyn Host> = Arc::clone(&memory) as Arc<dyn Host>;
            Self { memory, desk: Desk::new(host) }
        }

        fn ask(&mut self, request: &Value) -> Value {
            serde_json::from_slice(&self.desk.answer(request.to_string().as_bytes())).unwrap()
        }

        fn open(&mut self, bytes: &[u8], name: &str, text: bool) -> (u32, Value) {
            let blob = self.memory.add(bytes);
            let view = self
                .ask(&json!({"do": "open", "blob": blob, "len": bytes.len(), "name": name, "text": text}));
            (blob, view)
        }
    }

    fn sample(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../../samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn an_input_is_shown_as_the_program_shows_it_and_its_boxes_fill_it() {
        let mut browser = Browser::new();
        let bytes = sample("dash-ondemand/audio.mp4");
        let (_, view) = browser.open(&bytes, "audio.mp4", false);
        let report: Value = serde_json::from_str(view["report"].as_str().unwrap()).unwrap();
        assert_eq!((&report["path"], &report["kind"]), (&json!("audio.mp4"), &json!("mp4")));
        assert_eq!(report["pssh"][1]["system"], "playready");
        let boxes = view["containers"][0]["boxes"].as_array().unwrap();
        let mut at = 0;
        for child in boxes {
            assert_eq!(child[1], at);
            at = child[2].as_u64().unwrap();
        }
        assert_eq!(at, u64::try_from(bytes.len()).unwrap());
    }

    #[test]
    fn an_object_has_its_text_its_key_and_the_forms_it_came_in() {
        let mut browser = Browser::new();
        let bytes = sample("objects/small.pssh");
        let base64 = STANDARD.encode(&bytes);
        let (blob, _) = browser.open(base64.as_bytes(), "--data", true);
        let object = browser.ask(&json!({"do": "object", "blob": blob, "index": 0}));
        assert!(object["text"].as_str().unwrap().starts_with("<WRMHEADER"));
        let form = |name: &str| {
            let forms = object["forms"].as_array().unwrap();
            forms.iter().find(|form| form["name"] == name).unwrap()["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(form("pssh-base64"), base64);
        assert!(form("mspr-pro").contains(&form("pro-base64")));
        // The first bytes of the box are its size and type.
        assert!(
            form("pssh-c").starts_with("{ 0x00, 0x00, ") && form("pssh-c").contains("0x70, 0x73, 0x73, 0x68")
        );
        let key = &object["keys"][0];
        let (uuid, guid) = (key["uuid"].as_str().unwrap(), key["guid"].as_str().unwrap());
        assert_eq!((&uuid[..8], &uuid[16..]), (&key["id"].as_str().unwrap()[..8], &guid[16..]));
        assert_ne!(uuid[..8], guid[..8]);
    }

    #[test]
    fn an_edit_is_proven_and_its_result_is_old_spans_and_new_bytes() {
        let mut browser = Browser::new();
        let bytes = sample("rotation/1.m4s");
        let (blob, _) = browser.open(&bytes, "1.m4s", false);
        let change = json!({"fields": {"LA_URL": "https://license.example.com/rightsmanager.asmx"}});
        let planned = browser.ask(&json!({"do": "change", "blob": blob, "change": change}));
        // The README has the same edit by the program.
        assert_eq!((&planned["strategy"], &planned["new_len"]), (&json!("copy"), &json!(80799)));
        assert_eq!(planned["patched"], json!({"sidx": 1, "size": 1, "trun": 1}));
        let result = u32::try_from(planned["result"]["blob"].as_u64().unwrap()).unwrap();
        let new = browser.memory.bytes(result);
        let program = prkit_of(&bytes, "https://license.example.com/rightsmanager.asmx");
        assert!(new == program);
        let plan = planned["result"]["plan"].as_str().unwrap();
        assert_eq!((plan.lines().count(), plan.lines().last()), (3, Some(r#"{"end":true}"#)));
        let again = browser.open(&new, "1.m4s", false).0;
        let planned = browser.ask(&json!({"do": "change", "blob": again, "change": change}));
        assert_eq!((&planned["changed"], planned.get("result")), (&json!(false), None));
    }

    /// The same edit without blobs.
    fn prkit_of(bytes: &[u8], url: &str) -> Vec<u8> {
        use prkit_batch::{
            Content, Document, Fitting, HeaderChange, Selector, StoreSize, System, What, plan_change,
        };
        use prkit_playready::{Change, Edit, Field, Revision};
        let content = Content::Memory(bytes.to_vec().into());
        let document = Document::of(content, prkit_bmff::Scope::default()).unwrap();
        let mut selector = Selector::default();
        selector.system = System::PlayReady;
        let edit = Edit { field: Field::LaUrl, change: Change::Set(url.to_owned()), existing: false };
        let revision = Box::new(Revision { fields: vec![edit], ..Revision::default() });
        let what = What::Revise { revision, from_media: false };
        let change = HeaderChange { what, store: StoreSize::Keep };
        let making = prkit_batch::payloads::Making::default();
        let edited = plan_change(&document, &selector, &change, making, &Fitting::default()).unwrap();
        edited.plan.to_vec(document.outer_source()).unwrap()
    }

    #[test]
    fn a_refusal_says_what_overrides_it() {
        let mut browser = Browser::new();
        let (blob, _) = browser.open(&sample("dash-ondemand/audio.mp4"), "audio.mp4", false);
        let mut change = json!({"key_ids": ["11111111-2222-3333-4444-555555555555"]});
        let refused = browser.ask(&json!({"do": "change", "blob": blob, "change": change}));
        assert_eq!(refused["override"]["name"], "key-id");
        change["overrides"] = json!(["key-id"]);
        let planned = browser.ask(&json!({"do": "change", "blob": blob, "change": change}));
        assert_eq!(planned["changed"], true, "{planned}");
    }

    #[test]
    fn a_new_object_is_an_input_like_any_other() {
        let mut browser = Browser::new();
        let object = json!({"key_ids": ["00112233-4455-6677-8899-aabbccddeeff"], "la_url": "https://a/", "box_version": 1});
        let made = browser.ask(&json!({"do": "make", "object": object}));
        let bytes = browser.memory.bytes(u32::try_from(made["blob"].as_u64().unwrap()).unwrap());
        assert_eq!(made["len"], bytes.len());
        let (_, view) = browser.open(&bytes, "new.pssh", false);
        let report: Value = serde_json::from_str(view["report"].as_str().unwrap()).unwrap();
        assert_eq!(report["pssh"][0]["kids"], json!(["00112233-4455-6677-8899-aabbccddeeff"]));
        assert_eq!(report["pssh"][0]["pro"]["header"]["la_url"], "https://a/");
    }

    #[test]
    fn a_manifest_and_its_init_segment_are_compared() {
        let mut browser = Browser::new();
        let (one, _) = browser.open(&sample("manifests/list.mpd"), "list.mpd", false);
        let (other, _) = browser.open(&sample("dash-ondemand/audio.mp4"), "audio.mp4", false);
        let compared = browser.ask(&json!({"do": "compare", "blobs": [one, other]}));
        let row = |what: &str| {
            let rows = compared["rows"].as_array().unwrap();
            rows.iter().find(|row| row["what"] == what).unwrap()["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            (row("key IDs of the media"), row("encryption scheme")),
            ("same".to_owned(), "same".to_owned())
        );
    }

    #[test]
    fn a_fix_is_planned_and_leaves_nothing_to_fix() {
        let mut browser = Browser::new();
        let text = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA>\n<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>AmfjCTOPbEOl3WD/5mcecA==</KID></DATA></WRMHEADER>";
        let (blob, view) = browser.open(text.as_bytes(), "odd.xml", false);
        let fixable = |view: &Value| {
            let findings = view["findings"].as_array().unwrap();
            findings.iter().filter(|finding| finding["fix"].is_string()).count()
        };
        assert!(fixable(&view) > 0, "{view}");
        let planned = browser.ask(&json!({"do": "change", "blob": blob, "change": {"fix": true}}));
        assert_eq!(planned["changed"], true, "{planned}");
        let new = browser.memory.bytes(u32::try_from(planned["result"]["blob"].as_u64().unwrap()).unwrap());
        assert_eq!(fixable(&browser.open(&new, "odd.xml", false).1), 0);
    }

    #[test]
    fn what_is_no_input_and_no_request_is_said() {
        let mut browser = Browser::new();
        let (blob, view) = browser.open(b"hello", "--data", true);
        assert!(view["error"].as_str().unwrap().starts_with("no object in base64"));
        for request in [json!({"do": "object", "blob": blob, "index": 0}), json!({"do": "sing"}), json!([])] {
            assert!(browser.ask(&request)["error"].is_string(), "{request}");
        }
    }

    /// A file of fragments with an index in front of them, as packagers write one for playing on demand.
    fn indexed(number: u32) -> Vec<u8> {
        let sample = sample("dash-ondemand/audio.mp4");
        let piece = |kind: &[u8; 4]| {
            let mut rest = &sample[..];
            loop {
                let size = usize::try_from(u32::from_be_bytes(rest[..4].try_into().unwrap())).unwrap();
                if &rest[4..8] == kind {
                    return rest[..size].to_vec();
                }
                rest = &rest[size..];
            }
        };
        let moof = piece(b"moof");
        let media: Vec<u8> = [&20_000_u32.to_be_bytes()[..], b"mdat", &vec![0; 19_992]].concat();
        let size = u32::try_from(moof.len() + media.len()).unwrap();
        let mut index = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 232, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        index.extend(u16::try_from(number).unwrap().to_be_bytes());
        for _ in 0..number {
            index
                .extend([size.to_be_bytes(), 4000_u32.to_be_bytes(), 0x9000_0000_u32.to_be_bytes()].concat());
        }
        let len = u32::try_from(index.len() + 8).unwrap();
        let mut file =
            [piece(b"ftyp"), piece(b"moov"), len.to_be_bytes().to_vec(), b"sidx".to_vec(), index].concat();
        for _ in 0..number {
            file.extend_from_slice(&moof);
            file.extend_from_slice(&media);
        }
        file
    }

    #[test]
    fn fragments_that_an_index_names_are_read_in_few_waits() {
        let mut browser = Browser::new();
        let bytes = indexed(4000);
        let (blob, view) = browser.open(&bytes, "long.mp4", false);
        let report: Value = serde_json::from_str(view["report"].as_str().unwrap()).unwrap();
        assert_eq!(report["fragmented"], true);
        let read = std::mem::take(&mut *browser.memory.reads.lock().unwrap());
        let spans: usize = read.iter().sum();
        assert!(read.len() < 20 && (4000..4100).contains(&spans), "{} waits, {spans} spans", read.len());
        // What is in front of them takes no read of any.
        let glance = json!({"do": "glance", "blob": blob, "len": bytes.len(), "name": "long.mp4"});
        let glanced = browser.ask(&glance);
        let glanced: Value = serde_json::from_str(glanced["report"].as_str().unwrap()).unwrap();
        assert_eq!((&glanced["tracks"], &glanced["pssh"]), (&report["tracks"], &report["pssh"]));
        let read = std::mem::take(&mut *browser.memory.reads.lock().unwrap());
        assert!(read.iter().sum::<usize>() < 12, "{read:?}");
        // Where the index leads elsewhere, it is not gone through one by one.
        let blob = browser.memory.add(&bytes[..bytes.len() - 8]);
        let glance = json!({"do": "glance", "blob": blob, "len": bytes.len() - 8, "name": "cut.mp4"});
        assert!(browser.ask(&glance)["error"].is_string());
        assert!(browser.memory.reads.lock().unwrap().len() <= 64);
    }
}
