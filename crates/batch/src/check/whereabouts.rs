//! Where a reference of a document leads: to a file here, or to one behind an address.

use crate::Result;
use crate::input::{Address, Content, Document, Reach, Unfollowed};
#[cfg(feature = "files")]
use crate::title::{Local, Located};
use crate::title::{Outside, Remedy, Title};
use prkit_bmff::Scope;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file, wherever it is.
#[derive(Clone, Debug)]
pub(super) enum Whereabouts {
    /// Below a root of the title.
    #[cfg(feature = "files")]
    Here(Local),
    /// Behind an address, which is its one name.
    There { address: PathBuf, text: String, reach: Arc<dyn Reach> },
}

/// Where a reference leads.
#[derive(Debug)]
pub(super) enum Led {
    /// To this file, by this one of its addresses.
    To(Whereabouts, String),
    /// To a file that is not there.
    Missing,
    /// To another machine, and nothing reaches that, or it is not asked.
    Elsewhere(Option<Unfollowed>),
    /// Out of the roots.
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "there are no roots without files"))]
    Outside(Outside),
}

impl Led {
    /// Where the first of some addresses leads that leads anywhere.
    pub(super) fn of(title: Option<&Title>, reach: Option<&Arc<dyn Reach>>, urls: &[String]) -> Self {
        #[cfg(feature = "files")]
        match title.map_or(Located::Remote, |title| title.locate(urls)) {
            Located::File(local, url) => return Self::To(Whereabouts::Here(local), url.to_owned()),
            Located::Missing => return Self::Missing,
            Located::Outside(outside) => return Self::Outside(outside),
            Located::Remote => {}
        }
        #[cfg(not(feature = "files"))]
        let _ = title;
        let Some(reach) = reach else { return Self::Elsewhere(None) };
        let mut why = Unfollowed::Kind;
        for url in urls {
            match reach.may_follow(url) {
                Ok(()) => {
                    let there = Whereabouts::There {
                        address: PathBuf::from(url),
                        text: url.clone(),
                        reach: Arc::clone(reach),
                    };
                    return Self::To(there, url.clone());
                }
                Err(Unfollowed::Kind) => {}
                Err(other) => why = other,
            }
        }
        match why {
            Unfollowed::Missing => Self::Missing,
            why => Self::Elsewhere(Some(why)),
        }
    }

    /// The file, where it leads to one.
    pub(super) const fn to(&self) -> Option<&Whereabouts> {
        match self {
            Self::To(file, _) => Some(file),
            Self::Missing | Self::Elsewhere(_) | Self::Outside(_) => None,
        }
    }

    /// The same, to keep.
    pub(super) fn into_to(self) -> Option<Whereabouts> {
        match self {
            Self::To(file, _) => Some(file),
            Self::Missing | Self::Elsewhere(_) | Self::Outside(_) => None,
        }
    }

    /// Why nothing is looked at, and what would let it be.
    pub(super) fn why_not(&self) -> (String, Option<Remedy>) {
        match self {
            Self::To(..) | Self::Missing | Self::Elsewhere(Some(Unfollowed::Missing)) => {
                ("is not there".to_owned(), None)
            }
            Self::Elsewhere(None | Some(Unfollowed::Kind)) => {
                ("is on another machine".to_owned(), Some(Remedy::Map))
            }
            Self::Elsewhere(Some(Unfollowed::OtherHost)) => {
                ("is on another host".to_owned(), Some(Remedy::Hosts))
            }
            Self::Elsewhere(Some(Unfollowed::Local)) => {
                ("leads into the local network, which is never followed".to_owned(), None)
            }
            Self::Outside(outside) => (outside.why(), outside.remedy()),
        }
    }
}

impl Whereabouts {
    /// Its one name: two files that have the same are one.
    pub(super) fn key(&self) -> &Path {
        match self {
            #[cfg(feature = "files")]
            Self::Here(local) => &local.path,
            Self::There { address, .. } => address,
        }
    }

    /// The name for people.
    pub(super) fn shown(&self) -> String {
        match self {
            #[cfg(feature = "files")]
            Self::Here(local) => crate::input::shown(&local.shown),
            Self::There { text, .. } => crate::input::escaped(&Address::shown(text)).into_owned(),
        }
    }

    pub(super) const fn is_remote(&self) -> bool {
        matches!(self, Self::There { .. })
    }

    /// Opens it: from its root, or with a request.
    pub(super) fn open(&self) -> Result<Document> {
        match self {
            #[cfg(feature = "files")]
            Self::Here(local) => Document::of(local.open()?, Scope::default()),
            Self::There { text, reach, .. } => {
                let reached = reach.follow(text).map_err(crate::Error::Reach)?;
                let document = Document::of(Content::Shared(reached.source), Scope::default())?;
                Ok(Document { address: Some(reached.address), ..document })
            }
        }
    }
}
