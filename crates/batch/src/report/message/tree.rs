//! The elements of a message.
//!
//! Texts that may be keys or signatures are counted, not shown: those of elements named after keys, long ones, and all
//! of an answer to a packager, which holds content keys.

use prkit_protocol::{Body, Direction, Message, Node, Operation};
use serde::Serialize;

/// Characters of a text that are shown.
const MAX_TEXT: usize = 80;
/// Elements that are listed; the rest is counted.
const MAX_ELEMENTS: usize = 400;

/// One element.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Element {
    pub name: String,
    pub namespace: Option<String>,
    pub attributes: Vec<(String, String)>,
    pub text: Option<String>,
    /// Characters of a text that is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    pub offset: usize,
    pub children: Vec<Element>,
}

/// The elements of a message, and how many are left out.
pub(super) fn elements(message: &Message) -> (Element, usize) {
    let holds_keys = matches!(
        &message.inner().body,
        Body::Other { operation: Operation::AcquirePackagingData, direction: Direction::Response }
    );
    let mut left = MAX_ELEMENTS;
    let root = message.tree.root();
    let all = root.descend().count();
    let element = Element::new(root, None, holds_keys, &mut left);
    (element, all.saturating_sub(MAX_ELEMENTS.saturating_sub(left)))
}

impl Element {
    fn new(node: Node<'_>, above: Option<&str>, hide: bool, left: &mut usize) -> Self {
        *left = left.saturating_sub(1);
        let hide = hide || is_secret(node.name());
        let text = Some(node.text()).filter(|text| !text.is_empty());
        let count = text.map_or(0, |text| text.chars().count());
        let hidden = (count > MAX_TEXT || (hide && count > 0)).then_some(count);
        let namespace = node.namespace();
        let mut children = Vec::new();
        for child in node.children() {
            if *left == 0 {
                break;
            }
            children.push(Self::new(child, namespace, hide, left));
        }
        let attributes =
            node.attributes().filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"));
        Self {
            name: node.name().to_owned(),
            // Said once, where it changes.
            namespace: namespace.filter(|namespace| Some(*namespace) != above).map(str::to_owned),
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), value.chars().take(MAX_TEXT).collect()))
                .collect(),
            text: text.filter(|_| hidden.is_none()).map(str::to_owned),
            hidden,
            offset: node.offset(),
            children,
        }
    }
}

/// Elements whose text may be a key. Key ids, the name of a key and the information about one are none.
fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words =
        ["seed", "secret", "password", "token", "ciphervalue", "signaturevalue", "privatekey", "contentkey"];
    if words.iter().any(|word| lower.contains(word)) {
        return true;
    }
    let harmless =
        ["keyid", "keyids", "keyname", "keyinfo", "keylen", "keyvalue", "ecckeyvalue", "encryptedkey"];
    lower.contains("key") && !harmless.contains(&lower.as_str()) && !lower.starts_with("playready")
}

#[cfg(test)]
mod tests {
    use super::*;
    use prkit_protocol::Limits;

    fn json(text: &str) -> String {
        let message = Message::parse(text.as_bytes(), Limits::default()).unwrap();
        serde_json::to_string(&elements(&message).0).unwrap()
    }

    #[test]
    fn what_may_be_a_key_is_counted() {
        let shown = json(
            "<JoinDomain><AccountID>account</AccountID><ContentKey>secret1</ContentKey><DomainKeys><Key>secret2</Key></DomainKeys></JoinDomain>",
        );
        assert!(shown.contains("account") && !shown.contains("secret"), "{shown}");
        let packager =
            json("<AcquirePackagingDataResponse><Result>secret</Result></AcquirePackagingDataResponse>");
        assert!(!packager.contains("secret"), "{packager}");
        let long = json(&format!("<X><Y>{}</Y></X>", "secret".repeat(20)));
        assert!(!long.contains("secret") && long.contains("\"hidden\":120"), "{long}");
    }

    #[test]
    fn many_elements_are_counted() {
        let text = format!("<X>{}</X>", "<Y/>".repeat(1000));
        let message = Message::parse(text.as_bytes(), Limits::default()).unwrap();
        assert_eq!(elements(&message).1, 601);
    }
}
