//! Messages in any encoding: bounded, never expanded, and every node lies inside of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_license::Context;
use prkit_protocol::{ClockMessage, Limits, Message, Status, Tree, check_pair, context};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let _ = ClockMessage::parse(bytes, limits);
    let _ = Message::is_message(bytes);
    if let Ok(message) = Message::parse(bytes, limits) {
        let inner = message.inner();
        let facts = context(inner.challenge(), inner.response());
        let _ = check_pair(&message, &message, &Context::default());
        let _ = check_pair(&message, &message, &facts);
        if let Some(challenge) = inner.challenge() {
            let _ = (
                challenge.client(),
                challenge.kids(),
                challenge.header.as_ref().and_then(|header| Some(header.header()?.kids())),
            );
        }
        if let Some(response) = inner.response() {
            for license in &response.licenses {
                let _ = license.license();
            }
        }
        look(&inner.tree);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(tree) = Tree::parse(text.to_owned(), limits) {
            look(&tree);
        }
        let _ = text.parse::<Status>();
    }
});

fn look(tree: &Tree) {
    let mut count = 0;
    for node in tree.root().descend() {
        count += 1;
        assert!(count <= Limits::default().elements);
        assert!(tree.text().get(node.offset()..).is_some());
        let _ = (node.name(), node.namespace(), node.text(), node.source(), node.attributes().count());
    }
}
