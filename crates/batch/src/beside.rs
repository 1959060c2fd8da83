//! License URLs beside the objects of a document: players ask these first, so they change with a header or are left and named.

use crate::Edits;
use crate::input::{Document, Found};
use crate::left::Left;
use crate::payloads::{Beside, Change, Subject, UrlBeside};
use prkit_manifest::LicenseUrl;
use prkit_playready::{Field, Header, Overrides, SystemId};

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
    let (mut replaced, mut left) = (Vec::new(), Vec::new());
    for (index, found) in opened.manifest.license_urls().iter().enumerate() {
        let Some(beside) = beside(document, objects, all, (change, overrides), found) else { continue };
        match change.license_url(&beside) {
            Beside::Unasked => {}
            Beside::Replace(url) if url == found.url => {}
            Beside::Replace(url) => replaced.push((index, url)),
            Beside::Left => left.push(Left::license_url(found, beside.after)),
        }
    }
    edits.license_urls = u64::try_from(replaced.len()).unwrap_or(u64::MAX);
    edits.text.extend(opened.manifest.replace_license_urls(&replaced));
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
    let descriptor = manifest.descriptors().get(url.descriptor)?;
    let target = descriptor.target();
    let system = target.and_then(|target| manifest.descriptors().get(target)).map(|d| d.system);
    if !descriptor.is_playready() && !system.flatten().is_some_and(SystemId::is_playready) {
        return None;
    }
    let is_here = |index: usize| {
        let object = manifest.objects().get(index).and_then(|object| object.descriptor);
        object.is_some_and(|object| object == url.descriptor || Some(object) == target)
    };
    let mut here = objects.iter().filter(|found| is_here(found.index));
    let first = here.clone().next();
    let found = here.find(|found| license_url(&found.data).is_some()).or(first);
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
