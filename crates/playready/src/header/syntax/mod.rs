//! What is crooked about a header's text, and what straight text stands there instead (PRH spec 3.2; Canonical XML
//! 1.1).
//!
//! ```text
//!   <KID VALUE='…' ALGID="AESCTR" />      ──▶      <KID ALGID="AESCTR" VALUE="…"></KID>
//!   ▲    ▲         ▲              ▲
//!   │    quotes    order          self-closed
//!   one splice a tag, one a text
//! ```
//!
//! One engine serves three: `lint` reports the faults, `--canonicalize` applies all their splices, and XML given for
//! `CUSTOMATTRIBUTES` is refused for its first one. Several faults of one tag share one splice, so applying all of
//! them applies each once.

mod namespaces;
mod tag;
mod text;

use super::escape::SPACE;
use super::outline::{Closed, Element, Outline};
use super::scan::Markup;
use super::text::TextSplice;
use core::ops::Range;
use namespaces::Namespaces;
use std::borrow::Cow;
use std::sync::Arc;
use text::raw_ampersand;

/// What kind of fault it is: each kind is a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FaultKind {
    /// It is no XML.
    IllFormed,
    /// It ends, or becomes absurd, where nobody knows how it was to go on.
    CutShort,
    /// Typographic quotes.
    Quotes,
    /// It is XML, and not canonical.
    NotCanonical,
    /// An XML declaration.
    Declaration,
    /// `<A/>`.
    SelfClosed,
    /// `xmlns` behind another attribute.
    LateNamespace,
    /// Attributes out of order.
    Unordered,
    /// White space around or between elements.
    Space,
    /// Text where elements belong.
    LooseText,
}

impl FaultKind {
    /// The rule it breaks.
    pub(crate) const fn rule(self) -> &'static str {
        match self {
            Self::IllFormed | Self::CutShort => "XML-01",
            Self::Quotes => "C-17",
            Self::NotCanonical => "PRH-04",
            Self::Declaration => "PRH-02",
            Self::SelfClosed => "PRH-06",
            Self::LateNamespace => "PRH-07",
            Self::Unordered => "PRH-08",
            Self::Space => "XML-02",
            Self::LooseText => "VER-15",
        }
    }
}

/// One fault, and how it is mended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
    /// What to point at.
    pub(crate) span: Range<usize>,
    /// `None` where the text does not say what was meant.
    pub(crate) fix: Option<Arc<TextSplice>>,
}

/// What the text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    /// A whole header.
    Header,
    /// XML of the service's own, for the inside of `CUSTOMATTRIBUTES`.
    Fragment,
}

/// All faults of a text, in its order.
pub(crate) fn faults(text: &str, outline: &Outline, scope: Scope) -> Vec<Fault> {
    let namespaces = Namespaces::of(text, outline);
    let mut checker = Checker { text, outline, scope, namespaces, found: Vec::new() };
    checker.run();
    checker.found.sort_by_key(|fault| (fault.span.start, fault.span.end));
    checker.found
}

/// The splices that mend all faults that can be mended.
pub(crate) fn splices(faults: impl IntoIterator<Item = Fault>) -> Vec<TextSplice> {
    super::text::merged(faults.into_iter().filter_map(|fault| fault.fix).collect())
}

struct Checker<'t> {
    text: &'t str,
    outline: &'t Outline,
    scope: Scope,
    namespaces: Namespaces<'t>,
    found: Vec<Fault>,
}

/// What stands between gaps.
enum Piece {
    Start(usize),
    End(usize),
    Other,
}

impl<'t> Checker<'t> {
    fn run(&mut self) {
        self.controls();
        let mut pieces = Vec::with_capacity(self.outline.elements().len().saturating_mul(2));
        for (i, element) in self.outline.elements().iter().enumerate() {
            self.start_tag(i, element);
            self.end_tag(i, element);
            pieces.push((element.start_tag(), Piece::Start(i)));
            if !element.end_tag().is_empty() {
                pieces.push((element.end_tag(), Piece::End(i)));
            }
        }
        for stray in self.outline.strays() {
            let message = "this end tag closes nothing".to_owned();
            self.add(FaultKind::IllFormed, message, stray.clone(), Some(cut_out(stray)));
            pieces.push((stray.clone(), Piece::Other));
        }
        for (markup, span) in self.outline.markup() {
            if self.markup(*markup, span) {
                pieces.push((span.clone(), Piece::Other));
            }
        }
        if let Some(at) = self.outline.stopped() {
            let message = "more elements, or deeper ones, than any header has".to_owned();
            self.add(FaultKind::CutShort, message, at..at, None);
            return;
        }
        pieces.sort_by_key(|(span, _)| span.start);
        self.gaps(&pieces);
    }

    fn add(
        &mut self,
        kind: FaultKind,
        message: impl Into<String>,
        span: Range<usize>,
        fix: Option<TextSplice>,
    ) {
        self.add_shared(kind, message, span, fix.map(Arc::new));
    }

    /// A fault that shares its splice: a tag has one, however many faults are in it.
    fn add_shared(
        &mut self,
        kind: FaultKind,
        message: impl Into<String>,
        span: Range<usize>,
        fix: Option<Arc<TextSplice>>,
    ) {
        self.found.push(Fault { kind, message: message.into(), span, fix });
    }

    fn get(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    fn name(&self, element: &Element) -> &'t str {
        self.get(element.name.clone())
    }

    /// The name it should have: a wrong root name that the right end tag closes is a typo.
    fn right_name(&self, index: usize, element: &Element) -> Cow<'t, str> {
        let name = self.name(element);
        let is_root = index == 0 && self.scope == Scope::Header;
        if is_root && element.closed == Closed::ByOther && self.closing_name(element) == "WRMHEADER" {
            return Cow::Borrowed("WRMHEADER");
        }
        Cow::Borrowed(name)
    }

    fn closing_name(&self, element: &Element) -> &'t str {
        let tag = self.get(element.end_tag());
        tag.trim_start_matches("</").trim_end_matches('>').trim_matches(SPACE)
    }

    fn end_tag(&mut self, index: usize, element: &Element) {
        let name = self.right_name(index, element);
        let tag = element.end_tag();
        let put = TextSplice { range: tag.clone(), put: format!("</{name}>") };
        match element.closed {
            Closed::BySlash => {}
            // It ends with the text: what is missing is not only its end tag.
            Closed::Not if element.end >= self.text.len() => {
                let message = format!("<{name}> is not closed: the text ends inside it");
                self.add(FaultKind::CutShort, message, element.start_tag(), None);
            }
            Closed::Not => {
                let message = format!("<{name}> is not closed");
                self.add(FaultKind::IllFormed, message, element.start_tag(), Some(put));
            }
            Closed::ByOther => {
                let message = format!("<{}> is closed by {}", self.name(element), self.get(tag.clone()));
                if *name == *self.closing_name(element) {
                    let start = self.straight_tag(element, &name);
                    let fix = TextSplice { range: element.start_tag(), put: start };
                    self.add(FaultKind::IllFormed, message, element.name.clone(), Some(fix));
                } else {
                    self.add(FaultKind::IllFormed, message, tag, Some(put));
                }
            }
            Closed::Explicitly if self.get(tag.clone()) == put.put => {}
            Closed::Explicitly if element.cut && element.end >= self.text.len() => {
                let message = format!("the text ends in the tag </{name}");
                self.add(FaultKind::CutShort, message, tag, None);
            }
            Closed::Explicitly if element.cut => {
                self.add(FaultKind::IllFormed, format!("the tag </{name} lacks its >"), tag, Some(put));
            }
            Closed::Explicitly => {
                let message = "white space that canonical XML does not have in a tag";
                self.add(FaultKind::NotCanonical, message, tag, Some(put));
            }
        }
    }

    /// Whether it is a piece of its own; comments and CDATA sections are part of the text around them.
    fn markup(&mut self, markup: Markup, span: &Range<usize>) -> bool {
        match markup {
            Markup::Declaration => {
                let message = "a header has no <?xml …?> declaration";
                self.add(FaultKind::Declaration, message, span.clone(), Some(cut_out(span)));
            }
            Markup::Doctype => {
                let message = "canonical XML has no document type declaration";
                self.add(FaultKind::NotCanonical, message, span.clone(), Some(cut_out(span)));
            }
            Markup::Instruction => self.instruction(span),
            Markup::Comment | Markup::CData => return false,
        }
        true
    }

    /// `<?target data?>`: one space between the two (Canonical XML 1.1, 1.1).
    fn instruction(&mut self, span: &Range<usize>) {
        let raw = self.get(span.clone());
        let body = raw.strip_prefix("<?").and_then(|raw| raw.strip_suffix("?>")).unwrap_or_default();
        let (target, data) = body.split_once(SPACE).unwrap_or((body, ""));
        let data = data.trim_start_matches(SPACE).replace("\r\n", "\n").replace('\r', "\n");
        let put = if data.is_empty() { format!("<?{target}?>") } else { format!("<?{target} {data}?>") };
        if put != raw {
            let message = "white space that canonical XML does not have in a processing instruction";
            let fix = TextSplice { range: span.clone(), put };
            self.add(FaultKind::NotCanonical, message, span.clone(), Some(fix));
        }
    }

    fn gaps(&mut self, pieces: &[(Range<usize>, Piece)]) {
        let mut at = 0;
        let mut parent = None;
        for (span, piece) in pieces {
            if at < span.start {
                self.gap(at..span.start, parent);
            }
            at = at.max(span.end);
            match piece {
                Piece::Start(index) => {
                    let element = self.outline.get(*index);
                    if element.is_some_and(|element| element.closed != Closed::BySlash) {
                        parent = Some(*index);
                    }
                }
                Piece::End(index) => parent = self.outline.get(*index).and_then(|element| element.parent),
                Piece::Other => {}
            }
        }
        if at < self.text.len() {
            self.gap(at..self.text.len(), parent);
        }
    }
}

const fn cut_out(span: &Range<usize>) -> TextSplice {
    TextSplice { range: span.start..span.end, put: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::text::splice_str;

    fn found(text: &str, scope: Scope) -> Vec<(FaultKind, &str)> {
        let outline = Outline::of(text);
        faults(text, &outline, scope).into_iter().map(|fault| (fault.kind, &text[fault.span])).collect()
    }

    fn straightened(text: &str) -> String {
        let outline = Outline::of(text);
        splice_str(text, &splices(faults(text, &outline, Scope::Header)))
    }

    fn unmended(text: &str) -> Vec<String> {
        let outline = Outline::of(text);
        let all = faults(text, &outline, Scope::Header).into_iter();
        all.filter(|fault| fault.fix.is_none()).map(|fault| fault.message).collect()
    }

    #[test]
    fn straight_text_has_no_fault() {
        let text = "<WRMHEADER xmlns=\"http://x\" version=\"4.3.0.0\"><DATA><LA_URL>a&amp;b &gt;</LA_URL>\
            <CUSTOMATTRIBUTES xmlns=\"\">\n <m:P xmlns:m=\"urn:m\" m:b=\"&quot;&#xA;\"> x </m:P>\n</CUSTOMATTRIBUTES></DATA></WRMHEADER>";
        assert_eq!(found(text, Scope::Header), []);
        assert_eq!(straightened(text), text);
    }

    #[test]
    fn every_rule_of_the_specification_has_its_fault() {
        use FaultKind::{Declaration, LateNamespace, SelfClosed, Unordered};
        assert_eq!(
            found(
                "<?xml version='1.0'?><W version=\"4\" xmlns=\"x\"><KID VALUE=\"v\" ALGID=\"a\"/></W>",
                Scope::Header
            ),
            [
                (Declaration, "<?xml version='1.0'?>"),
                (LateNamespace, "xmlns=\"x\""),
                (SelfClosed, "<KID VALUE=\"v\" ALGID=\"a\"/>"),
                (Unordered, "ALGID=\"a\"")
            ]
        );
    }

    #[test]
    fn all_splices_together_make_the_text_canonical() {
        assert_eq!(
            straightened(
                "<?xml version='1.0'?>\r\n<W  version='4' xmlns = \"x\" >\n <DATA>\n <LA_URL> http://a?b&c&#38;<![CDATA[<d>]]> </LA_URL>\
                 <!-- no --><KID VALUE=“v\" ALGID='\"a\"'/></DATA ><X b=\"1\" b=\"2\" a=3 c>\r\n</X></W>\0"
            ),
            "<W xmlns=\"x\" version=\"4\"><DATA><LA_URL>http://a?b&amp;c&amp;&lt;d&gt;</LA_URL>\
             <KID ALGID=\"&quot;a&quot;\" VALUE=\"v\"></KID></DATA><X a=\"3\" b=\"1\" c=\"\">\n</X></W>\0"
        );
    }

    #[test]
    fn what_is_straightened_has_nothing_left_to_mend() {
        for text in [
            "<W><DATA><LA_URL>x</DATA></W>",
            "<WRHEADER version='4.0.0.0'><DATA></DATA></WRMHEADER>",
            "<W a='1'<DATA></DATA></W></X>",
            "<W></W>junk<!-- c -->",
            "<A><B><B>x</A>",
            "<W xmlns:a='u' xmlns:b='u' xmlns=''><DATA a:z='1' b:y='2' x='3'><D xmlns:a='u'></D></DATA></W>",
        ] {
            let straight = straightened(text);
            assert_eq!(found(&straight, Scope::Header), [], "{straight}");
        }
    }

    #[test]
    fn a_wrong_root_name_gets_the_one_of_its_end_tag() {
        assert_eq!(
            straightened("<WRHEADER><DATA></DATA></WRMHEADER>"),
            "<WRMHEADER><DATA></DATA></WRMHEADER>"
        );
        assert_eq!(
            straightened("<WRMHEADER><DATA></DATA></WRHEADER>"),
            "<WRMHEADER><DATA></DATA></WRMHEADER>"
        );
    }

    #[test]
    fn text_that_ends_too_early_is_not_mended() {
        assert_eq!(unmended("<W><DATA><LA_URL>http://a").len(), 3);
        assert_eq!(
            unmended("<W><DATA a='"),
            [
                "<W> is not closed: the text ends inside it",
                "the tag <DATA lacks its >",
                "<DATA> is not closed: the text ends inside it",
                "the value of a lacks its closing quote"
            ]
        );
    }

    #[test]
    fn space_counts_in_what_is_the_services() {
        assert_eq!(found("<a> x </a> y ", Scope::Fragment), []);
        assert_eq!(found("<a b='x'/>&", Scope::Fragment).len(), 3);
        assert_eq!(
            found("<W><DATA> <CUSTOMATTRIBUTES> </CUSTOMATTRIBUTES></DATA></W>", Scope::Header),
            [(FaultKind::Space, " ")]
        );
    }
}
