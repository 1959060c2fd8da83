//! License URLs beside the objects of a document: players ask these first, so they change with a header or are left and named.

use crate::Edits;
use crate::input::{Document, Found};
use crate::left::Left;
use crate::payloads::{Beside, Change, Subject, UrlBeside};
use prkit_manifest::{Descriptor, Kind, LicenseUrl};
use prkit_playready::{Field, Header, Overrides};

/// Changes the license URLs beside `objects` as their headers change, and gives those that stay something else.
///
/// `all` tells that no object of the document was excluded, so a URL without an object is meant, too.
pub fn change_beside(
    document: &Document,
    objects: &[Found],
    all: bool,
    change: &dyn Change,
    overrides: Overrides,
    edits: &mut Edits,
) -> Vec<Left> {
    let Some(opened) = document.manifest.as_ref() else { return Vec::new() };
    let mut left = Vec::new();
    for (index, found) in opened.manifest.license_urls().iter().enumerate() {
        let Some(beside) = beside(document, objects, all, (change, overrides), found) else { continue };
        match change.license_url(&beside) {
            Beside::Unasked => {}
            Beside::Replace(url) if url == found.url => {}
            Beside::Replace(url) => edits.license_urls.push((index, url)),
            Beside::Left => left.push(Left::license_url(found, beside.after)),
        }
    }
    left
}

/// A license URL with the header that it is for; `None` for one that is none of the selected objects'.
fn beside<'s>(
    document: &'s Document,
    objects: &'s [Found],
    all: bool,
    (change, overrides): (&dyn Change, Overrides),
    url: &'s LicenseUrl,
) -> Option<UrlBeside<'s>> {
    let manifest = &document.manifest.as_ref()?.manifest;
    let descriptor = url.descriptor.and_then(|index| manifest.descriptors().get(index));
    let target = descriptor.and_then(Descriptor::target);
    let of_target = target.and_then(|target| manifest.descriptors().get(target)).and_then(|d| d.system);
    let system = url.system.or(of_target);
    if system.is_some_and(|system| !system.is_playready()) {
        return None;
    }
    let is_here = |index: usize| {
        let object = manifest.objects().get(index).map(|object| object.descriptor);
        object.is_some_and(|object| object == url.descriptor || object.is_some() && object == target)
    };
    let here = || objects.iter().filter(|found| is_here(found.index));
    // Where nothing names a system, an object that is meant does.
    if system.is_none() && descriptor.is_some() && here().next().is_none() {
        return None;
    }
    // A member of a key service's answer may be any system's, but for the address that is in a header.
    let is_of_answer = manifest.kind() == Kind::Json && system.is_none();
    let has_it = |found: &&Found| license_url(&found.data).is_some_and(|known| known == url.url);
    let has_some = |found: &&Found| license_url(&found.data).is_some();
    if is_of_answer && here().find(has_it).is_none() {
        return None;
    }
    let found = here().find(has_it).or_else(|| here().find(has_some)).or_else(|| here().next());
    let Some(found) = found else {
        // The object is in the media; or it was excluded.
        let is_excluded = (0..manifest.objects().len())
            .any(|index| is_here(index) && !objects.iter().any(|found| found.index == index));
        let none = UrlBeside { subject: None, url: &url.url, before: None, after: None };
        return (all && !is_excluded).then_some(none);
    };
    let subject = Subject { document, found, overrides };
    let before = license_url(&found.data);
    let after = match change.apply(&subject) {
        Ok(Some(changed)) => license_url(&changed.data),
        Ok(None) => before.clone(),
        Err(_) => return None,
    };
    Some(UrlBeside { subject: Some(subject), url: &url.url, before, after })
}

/// The license URL of the header in an object.
pub fn license_url(data: &[u8]) -> Option<String> {
    let header = Header::of_payload(data).ok()?;
    header.value(Field::LaUrl).map(std::borrow::Cow::into_owned)
}
