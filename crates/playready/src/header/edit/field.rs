//! Splices of one element of the text.
//!
//! ```text
//!   <LA_URL>https://old</LA_URL>     set       <LA_URL>https://new</LA_URL>     the content only
//!   <LA_URL/>                        set       <LA_URL>https://new</LA_URL>     the whole element
//!   (none)                           set       …</PROTECTINFO><LA_URL>…</LA_URL>
//!   <LA_URL>https://old/a?b</LA_URL> replace   <LA_URL>https://new/a?b</LA_URL>  the prefix only
//!   <LA_URL>https://old</LA_URL>     remove
//! ```
//!
//! What lies outside the splice stays as crooked as it was. Where an element stands twice, all are edited: players
//! differ in which one they take.

use super::tag::{insert, remove};
use super::value::{check_value, written};
use crate::header::escape::{self, escape, prefix_len, unescape};
use crate::header::grammar;
use crate::header::outline::{Closed, Element, local_name};
use crate::header::text::TextSplice;
use crate::header::{Field, Header};
use crate::{Error, ErrorKind, Result};

/// A change of one element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// Which element.
    pub field: Field,
    /// What becomes of it.
    pub change: Change,
    /// Leave headers alone that do not have the element.
    pub existing: bool,
}

/// What becomes of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It says this: plain text, for `CUSTOMATTRIBUTES` the inner XML.
    Set(String),
    /// The first of these prefixes that its text begins with is replaced by the other.
    ReplacePrefix(Vec<(String, String)>),
    /// It goes, tags and all.
    Remove,
}

impl Edit {
    /// Whether the text that it leaves may begin with what it replaces: done again, it changes again.
    pub(super) fn grows(&self) -> bool {
        match &self.change {
            Change::ReplacePrefix(pairs) => pairs.iter().any(|(old, new)| new.starts_with(&**old)),
            Change::Set(_) | Change::Remove => false,
        }
    }

    /// Checks what needs no header: whether any could say this. With `canonicalize`, XML of the service's own is
    /// straightened later and may be crooked now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Value`] and [`ErrorKind::CustomXml`].
    pub fn check(&self, canonicalize: bool) -> Result<()> {
        match &self.change {
            Change::Set(value) => check_value(self.field, value, canonicalize),
            Change::ReplacePrefix(_) | Change::Remove => Ok(()),
        }
    }
}

impl Header<'_> {
    /// The splices of one edit. With `canonicalize`, XML of the service's own is straightened later and may be crooked
    /// now.
    pub(super) fn field_splices(&self, edit: &Edit, canonicalize: bool) -> Result<Vec<TextSplice>> {
        let (mut found, mut splices) = (false, Vec::new());
        // Where tags are broken, a second edit might read the new element as another one: then nothing is added.
        let is_whole = self.outline.elements().iter().all(|element| element.closed == Closed::Explicitly);
        let data = self.find("DATA").next().filter(|_| is_whole);
        for element in self.find(edit.field.element()) {
            // One outside of DATA is edited, too: some players take it. Most take the one in DATA, which is due.
            found |= data.is_none_or(|data| data.content.contains(&element.start));
            if !matches!(edit.change, Change::ReplacePrefix(_)) {
                self.refuse_swallowed(edit.field, element)?;
            }
            match &edit.change {
                Change::Remove => splices.push(remove(element)),
                Change::Set(value) => splices.extend(self.set(edit.field, element, value, canonicalize)?),
                Change::ReplacePrefix(pairs) => {
                    splices.extend(self.replace_prefix(edit.field, element, pairs)?);
                }
            }
        }
        if let (false, false, Change::Set(value)) = (found, edit.existing, &edit.change) {
            check_value(edit.field, value, canonicalize)?;
            splices.push(self.insert(edit.field, value)?);
        }
        Ok(splices)
    }

    /// An element that nobody closed holds what was meant to stand behind it; with its text, that would go.
    fn refuse_swallowed(&self, field: Field, element: &Element) -> Result<()> {
        let is_own = field == Field::CustomAttributes && element.closed == Closed::Explicitly;
        let is_ours = |inner: &&Element| grammar::entry(local_name(self.as_str(), inner)).is_some();
        let inner = self.outline.inside(element).find(is_ours);
        match inner {
            Some(inner) if !is_own => {
                let what = format!("{}, which stands inside of {},", self.name_of(inner), field.element());
                Err(Error::new(ErrorKind::Lossy { what }))
            }
            _ => Ok(()),
        }
    }

    fn set(
        &self,
        field: Field,
        element: &Element,
        value: &str,
        canonicalize: bool,
    ) -> Result<Option<TextSplice>> {
        let raw = self.as_str().get(element.content.clone()).unwrap_or_default();
        let says_so = match field {
            Field::CustomAttributes => raw == value,
            _ => escape::says(raw, value),
        };
        if says_so && element.closed != Closed::BySlash {
            return Ok(None);
        }
        check_value(field, value, canonicalize)?;
        let content = written(field, value);
        if element.closed != Closed::BySlash {
            return Ok(Some(TextSplice { range: element.content.clone(), put: content }));
        }
        Ok(Some(self.insert_first(element, &content)))
    }

    fn replace_prefix(
        &self,
        field: Field,
        element: &Element,
        pairs: &[(String, String)],
    ) -> Result<Option<TextSplice>> {
        let raw = self.as_str().get(element.content.clone()).unwrap_or_default();
        let margin = raw.len().saturating_sub(raw.trim_start().len());
        let url = raw.get(margin..).unwrap_or_default();
        for (old, new) in pairs {
            let Some(len) = prefix_len(url, old) else { continue };
            if old == new {
                return Ok(None);
            }
            let rest = unescape(url.get(len..).unwrap_or_default());
            check_value(field, &format!("{new}{}", rest.trim_end()), false)?;
            let start = element.content.start.saturating_add(margin);
            let range = start..start.saturating_add(len);
            return Ok(Some(TextSplice { range, put: escape(new).into_owned() }));
        }
        Ok(None)
    }

    /// A new element stands behind the last one of those that the listings of the specification put before it.
    fn insert(&self, field: Field, value: &str) -> Result<TextSplice> {
        let content = written(field, value);
        let element = |prefix: &str| format!("<{prefix}{0}>{content}</{prefix}{0}>", field.element());
        let Some(data) = self.find("DATA").next().filter(|data| data.closed != Closed::BySlash) else {
            // `DATA` is optional from version 4.1 on; it comes with its first child.
            let parent = self.find("DATA").next().or(self.outline.get(0));
            let put = element(parent.map_or("", |parent| self.prefix_of(parent)));
            let no_parent = Error::new(ErrorKind::NoParent { parent: "WRMHEADER", element: field.element() });
            return self.insert_in_data(&put).ok_or(no_parent);
        };
        let is_child = |element: &&Element| {
            element.parent.and_then(|i| self.outline.get(i)).map(|e| e.start) == Some(data.start)
        };
        // What is put behind an element that nobody closed is inside of it.
        let open = self.outline.elements().iter().filter(is_child).find(|child| child.closed == Closed::Not);
        let at = grammar::before(field.element())
            .flat_map(|name| self.find(name))
            .filter(is_child)
            .map(|element| element.end)
            .filter(|end| open.is_none_or(|open| *end <= open.start))
            .max()
            .unwrap_or(data.content.start);
        Ok(insert(at, element(self.prefix_of(data))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_outside_of_data_is_set_once_more_in_it_and_then_never_again() {
        let edit =
            |url: &str| Edit { field: Field::LaUrl, change: Change::Set(url.to_owned()), existing: false };
        let url = "<LA_URL>https://old/</LA_URL>";
        for text in [
            format!("<WRMHEADER version='4.0.0.0'><DATA></DATA>{url}</WRMHEADER>"),
            format!("<WRMHEADER version='4.0.0.0'>{url}<DATA><KID>AA</KID></DATA></WRMHEADER>"),
            format!("<WRMHEADER version='4.0.0.0'>{url}<DATA><KID>AA</DATA></WRMHEADER>"),
            format!("<WRMHEADER version='4.0.0.0'>{url}<DATA><KID>AA</WRMHEADER>"),
            format!("<WRMHEADER version='4.0.0.0'>{url}<DATA/></WRMHEADER>"),
            format!("<WRMHEADER version='4.0.0.0'><PROTECTINFO><DATA></DATA></PROTECTINFO>{url}</WRMHEADER>"),
        ] {
            let bytes = utf16(&text);
            let header = Header::parse(&bytes).unwrap();
            let new = header.edit(&[edit("https://new/")]).unwrap().unwrap();
            let again = Header::parse(&new).unwrap();
            assert_eq!(again.edit(&[edit("https://new/")]), Ok(None), "{text} {}", again.as_str());
        }
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn set(field: Field, value: &str) -> Edit {
        Edit { field, change: Change::Set(value.into()), existing: false }
    }

    /// The text after the edit, or `None` when nothing changed.
    fn edited(text: &str, edit: &Edit) -> Option<String> {
        let bytes = utf16(text);
        let new = Header::parse(&bytes).unwrap().edit(std::slice::from_ref(edit)).unwrap()?;
        Some(Header::parse(&new).unwrap().as_str().to_owned())
    }

    fn refused(text: &str, edit: &Edit) -> String {
        Header::parse(&utf16(text)).unwrap().edit(std::slice::from_ref(edit)).unwrap_err().to_string()
    }

    #[test]
    fn an_element_that_is_not_closed_does_not_take_others_along() {
        let text = "<W version='4.0.0.0'><DATA><LA_URL>http://old<KID>x</KID></DATA></W>";
        let why = "KID, which stands inside of LA_URL, would be lost";
        assert_eq!(refused(text, &set(Field::LaUrl, "http://new")), why);
        let remove = Edit { field: Field::LaUrl, change: Change::Remove, existing: false };
        assert_eq!(refused(text, &remove), why);
        let text = text.replace("LA_URL", "CUSTOMATTRIBUTES");
        assert!(refused(&text, &set(Field::CustomAttributes, "<A></A>")).contains("would be lost"));
        let closed = "<W version='4.0.0.0'><CUSTOMATTRIBUTES><KID></KID></CUSTOMATTRIBUTES></W>";
        assert!(edited(closed, &set(Field::CustomAttributes, "<A></A>")).is_some());
        let alone = "<W version='4.0.0.0'><DATA><LA_URL>http://old</DATA></W>";
        assert!(edited(alone, &set(Field::LaUrl, "http://new")).unwrap().contains("http://new</DATA>"));
    }

    #[test]
    fn a_new_element_stands_in_front_of_one_that_is_not_closed() {
        let text = "<W version='4.1.0.0'><DATA><KID>k</KID><LA_URL>http://old</DATA></W>";
        let bytes = utf16(text);
        let edits = [set(Field::LaUrl, "http://new"), set(Field::CustomAttributes, "<A></A>")];
        let new = Header::parse(&bytes).unwrap().edit(&edits).unwrap().unwrap();
        let after = Header::parse(&new).unwrap();
        assert_eq!(
            after.as_str(),
            "<W version='4.1.0.0'><DATA><KID>k</KID><CUSTOMATTRIBUTES><A></A></CUSTOMATTRIBUTES>\
             <LA_URL>http://new</DATA></W>"
        );
        assert_eq!(after.value(Field::LaUrl).unwrap(), "http://new");
        assert_eq!(after.edit(&edits).unwrap(), None);
    }

    #[test]
    fn two_edits_that_contradict_each_other_are_refused() {
        let bytes = utf16("<W><DATA><LA_URL>http://old</LA_URL></DATA></W>");
        let edits = [set(Field::LaUrl, "http://a"), set(Field::LaUrl, "http://b")];
        let error = Header::parse(&bytes).unwrap().edit(&edits).unwrap_err().to_string();
        assert!(error.ends_with("LA_URL would not read back as it should"), "{error}");
    }

    #[test]
    fn setting_replaces_the_content_only() {
        let text = "<W version='4.0.0.0' ><DATA>\r\n<LA_URL a='1' >http://old</LA_URL >x</DATA></W>";
        assert_eq!(
            edited(text, &set(Field::LaUrl, "http://new?a&b")).unwrap(),
            "<W version='4.0.0.0' ><DATA>\r\n<LA_URL a='1' >http://new?a&amp;b</LA_URL >x</DATA></W>"
        );
    }

    #[test]
    fn setting_what_it_says_already_changes_nothing() {
        assert_eq!(
            edited(
                "<W><DATA><LA_URL>http://a?b&amp;c</LA_URL></DATA></W>",
                &set(Field::LaUrl, "http://a?b&c")
            ),
            None
        );
    }

    #[test]
    fn a_self_closed_element_is_opened() {
        assert_eq!(
            edited("<W><DATA><LA_URL x='y' /></DATA></W>", &set(Field::LaUrl, "http://a")).unwrap(),
            "<W><DATA><LA_URL x='y'>http://a</LA_URL></DATA></W>"
        );
    }

    #[test]
    fn a_missing_element_goes_behind_those_that_come_before_it() {
        let text = "<W><DATA><PROTECTINFO></PROTECTINFO><KID>k</KID><DS_ID>d</DS_ID></DATA></W>";
        assert_eq!(
            edited(text, &set(Field::LaUrl, "http://a")).unwrap(),
            "<W><DATA><PROTECTINFO></PROTECTINFO><KID>k</KID><LA_URL>http://a</LA_URL><DS_ID>d</DS_ID></DATA></W>"
        );
        let only_existing = Edit { existing: true, ..set(Field::LaUrl, "http://a") };
        assert_eq!(edited(text, &only_existing), None);
    }

    #[test]
    fn a_missing_data_element_comes_along_with_the_prefix_of_the_root() {
        let a = set(Field::LaUrl, "http://a");
        assert_eq!(
            edited("<p:W/>", &a).unwrap(),
            "<p:W><p:DATA><p:LA_URL>http://a</p:LA_URL></p:DATA></p:W>"
        );
        assert_eq!(edited("<W></W>", &a).unwrap(), "<W><DATA><LA_URL>http://a</LA_URL></DATA></W>");
        assert_eq!(edited("<W><DATA/></W>", &a).unwrap(), "<W><DATA><LA_URL>http://a</LA_URL></DATA></W>");
    }

    #[test]
    fn two_new_elements_at_one_place_keep_their_order() {
        let bytes = utf16("<W><DATA></DATA></W>");
        let edits = [set(Field::LaUrl, "http://a"), set(Field::LuiUrl, "http://b")];
        let new = Header::parse(&bytes).unwrap().edit(&edits).unwrap().unwrap();
        assert_eq!(
            Header::parse(&new).unwrap().as_str(),
            "<W><DATA><LA_URL>http://a</LA_URL><LUI_URL>http://b</LUI_URL></DATA></W>"
        );
    }

    #[test]
    fn two_new_elements_share_the_data_element_that_comes_with_the_first() {
        let edits = [set(Field::LaUrl, "http://a"), set(Field::CustomAttributes, "<A></A>")];
        let with = "<DATA><LA_URL>http://a</LA_URL><CUSTOMATTRIBUTES><A></A></CUSTOMATTRIBUTES></DATA>";
        for text in
            ["<W version='4.1.0.0'></W>", "<W version='4.1.0.0'/>", "<W version='4.1.0.0'><DATA/></W>"]
        {
            let bytes = utf16(text);
            let new = Header::parse(&bytes).unwrap().edit(&edits).unwrap().unwrap();
            assert_eq!(
                Header::parse(&new).unwrap().as_str(),
                format!("<W version='4.1.0.0'>{with}</W>"),
                "{text}"
            );
        }
    }

    #[test]
    fn removing_takes_the_tags_along_and_every_copy() {
        let edit = Edit { field: Field::LaUrl, change: Change::Remove, existing: false };
        let text = "<W><DATA><LA_URL>a</LA_URL>b<LA_URL/></DATA></W>";
        assert_eq!(edited(text, &edit).unwrap(), "<W><DATA>b</DATA></W>");
        assert_eq!(edited("<W><DATA></DATA></W>", &edit), None);
    }

    #[test]
    fn a_prefix_is_replaced_where_the_rest_stays_as_written() {
        let pairs =
            vec![("http://no".into(), "http://x".into()), ("http://old?a&b".into(), "https://new?".into())];
        let edit = Edit { field: Field::LaUrl, change: Change::ReplacePrefix(pairs), existing: false };
        assert_eq!(
            edited("<W><DATA><LA_URL> http://old?a&amp;b/c?d&e </LA_URL></DATA></W>", &edit).unwrap(),
            "<W><DATA><LA_URL> https://new?/c?d&e </LA_URL></DATA></W>"
        );
        assert_eq!(edited("<W><DATA><LA_URL>http://other</LA_URL></DATA></W>", &edit), None);
    }

    #[test]
    fn custom_attributes_are_taken_as_they_are() {
        let text = "<W><DATA><CUSTOMATTRIBUTES xmlns=\"\"><a/></CUSTOMATTRIBUTES></DATA></W>";
        assert_eq!(
            edited(text, &set(Field::CustomAttributes, "<b></b>")).unwrap(),
            "<W><DATA><CUSTOMATTRIBUTES xmlns=\"\"><b></b></CUSTOMATTRIBUTES></DATA></W>"
        );
    }

    #[test]
    fn what_the_specification_does_not_allow_is_refused_with_the_rule() {
        let v40 = "<W version='4.0.0.0'><DATA></DATA></W>";
        let message = refused(v40, &set(Field::DecryptorSetup, "ONDEMAND"));
        assert!(message.contains("needs version 4.1.0.0 or higher"), "{message}");
        assert!(refused(v40, &set(Field::LaUrl, "license.example.com/x")).contains("PRH-14"));
        assert!(refused(v40, &set(Field::LaUrl, " ")).contains("must not be empty"));
        assert!(refused(v40, &set(Field::LaUrl, "http://a\u{1}")).contains("does not allow"));
        assert!(refused(v40, &set(Field::DsId, "AAAA")).contains("PRH-16"));
        assert!(
            refused("<W version='4.1.0.0'><DATA></DATA></W>", &set(Field::DecryptorSetup, "on"))
                .contains("ONDEMAND")
        );
    }

    fn crooked() -> impl Strategy<Value = String> {
        let element = prop_oneof![
            Just("<PROTECTINFO><KIDS><KID VALUE='AAAAEAAQABAQABAAAAAAAQ=='></KID></KIDS></PROTECTINFO>"),
            Just("<LA_URL>http://old/path?a&amp;b</LA_URL>"),
            Just("<LA_URL/>"),
            Just("<LUI_URL> http://x </LUI_URL>"),
            Just("<CUSTOMATTRIBUTES><LA_URL>not this</LA_URL></CUSTOMATTRIBUTES>"),
            Just("\r\n  "),
            Just("raw & text"),
            Just("<open>"),
            Just("\u{1F600}"),
        ];
        (proptest::collection::vec(element, 0..7), any::<bool>()).prop_map(|(elements, typo)| {
            let root = if typo { "WRHEADER" } else { "WRMHEADER" };
            format!("<{root} version=\"4.3.0.0\"><DATA>{}</DATA></WRMHEADER>", elements.concat())
        })
    }

    proptest! {
        /// Edit, parse: the edit and nothing else; edit again: nothing.
        #[test]
        fn an_edit_is_found_again_and_done_once(text in crooked(), path in "[a-z&<>é]{1,12}") {
            let url = format!("https://new/{path}");
            let edit = set(Field::LaUrl, &url);
            let bytes = utf16(&text);
            let before = Header::parse(&bytes).unwrap();
            let Some(new) = before.edit(std::slice::from_ref(&edit)).unwrap() else { return Ok(()) };
            let after = Header::parse(&new).unwrap();
            let found = after.value(Field::LaUrl).unwrap();
            prop_assert_eq!(&found, &url);
            for field in [Field::LuiUrl, Field::CustomAttributes, Field::DsId] {
                prop_assert_eq!(before.value(field), after.value(field));
            }
            prop_assert_eq!(before.kids(), after.kids());
            prop_assert_eq!(after.edit(&[edit]).unwrap(), None);
        }
    }
}
