//! References that lead out of the roots of a title.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// A reference that is not followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reference} {escape}")]
pub struct Outside {
    /// As it is in the manifest, resolved against what is around it.
    pub reference: String,
    /// How it leads out.
    pub escape: Escape,
    /// The folder that would have to be a root.
    pub root: Option<PathBuf>,
}

/// How it leads out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Escape {
    /// By `..`, or as an absolute path; nobody looked whether the file exists.
    #[error("leads outside of the title's folder, to {}", shown(path))]
    Path {
        /// Where to.
        path: PathBuf,
    },
    /// By a link, to this file.
    #[error("is, or is behind, a link that leads outside of the title's folder, to {}", shown(path))]
    Link {
        /// Where to.
        path: PathBuf,
    },
    /// It begins at the root of a server, and no map says where that is here.
    #[error("begins at the root of a server, which is outside of the title's folder")]
    Root,
    /// Some servers would take its escaped slashes for a way up.
    #[error("leads outside of the title's folder where %2F is taken for a slash")]
    EscapedSlash,
}

impl Outside {
    /// The file that it would be, for comparing names.
    pub fn path(&self) -> Option<&Path> {
        match &self.escape {
            Escape::Path { path } | Escape::Link { path } => Some(path),
            Escape::Root | Escape::EscapedSlash => None,
        }
    }
}

/// The folder that a file and those beside it have in common, and the folder of the manifest has not.
///
/// `/t/show` and `/t/media/v/1.m4s` give `/t/media`.
#[cfg(feature = "files")]
pub(crate) fn root_of(path: &Path, folder: &Path) -> Option<PathBuf> {
    let own = path.parent()?;
    let common = path.ancestors().find(|above| folder.starts_with(above))?;
    if common.parent().is_none() {
        return Some(own.to_owned());
    }
    let next = own.strip_prefix(common).ok()?.components().next();
    Some(next.map_or_else(|| common.to_owned(), |next| common.join(next)))
}

/// The references of a title that lead outside.
#[derive(Clone, Debug, Default)]
pub struct OutsideRoots {
    first: Option<Outside>,
    count: usize,
    roots: BTreeSet<PathBuf>,
}

/// More folders are not remembered.
const MAX_ROOTS: usize = 8;

impl From<Outside> for OutsideRoots {
    fn from(outside: Outside) -> Self {
        let mut all = Self::default();
        all.add(outside);
        all
    }
}

impl OutsideRoots {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// One more of them.
    pub fn add(&mut self, outside: Outside) {
        self.count = self.count.saturating_add(1);
        if self.roots.len() < MAX_ROOTS {
            self.roots.extend(outside.root.clone());
        }
        self.first.get_or_insert(outside);
    }

    /// The folders that would have to be roots; not all, where there are many.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(PathBuf::as_path)
    }

    /// The first of them.
    pub const fn first(&self) -> Option<&Outside> {
        self.first.as_ref()
    }
}

impl fmt::Display for OutsideRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = &self.first else { return Ok(()) };
        first.fmt(f)?;
        match self.count.saturating_sub(1) {
            0 => Ok(()),
            1 => f.write_str(" (1 more reference leads outside)"),
            more => write!(f, " ({more} more references lead outside)"),
        }
    }
}

/// What would let files be looked at that references lead to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Remedy {
    /// This folder is a root of the title.
    Root(PathBuf),
    /// A map says where the root of the server is here.
    ServerRoot,
    /// A map says where the files of another machine are here.
    Map,
    /// Hosts are asked that nobody named.
    Hosts,
}

impl Outside {
    /// Why it is not followed: the same for all that one more root would let in.
    pub fn why(&self) -> String {
        match &self.escape {
            Escape::Path { .. } => "leads outside of the title's folder".to_owned(),
            Escape::Link { .. } => {
                "is, or is behind, a link that leads outside of the title's folder".to_owned()
            }
            escape => escape.to_string(),
        }
    }

    /// What would let it be followed.
    pub fn remedy(&self) -> Option<Remedy> {
        match (&self.root, &self.escape) {
            (Some(root), _) => Some(Remedy::Root(root.clone())),
            (None, Escape::EscapedSlash) => None,
            (None, _) => Some(Remedy::ServerRoot),
        }
    }
}

/// A path as one would type it here.
fn shown(path: &Path) -> String {
    crate::input::shown_here(path)
}

#[cfg(all(test, feature = "files"))]
mod tests {
    use super::*;

    #[test]
    fn the_root_to_give_is_the_folder_beside_the_manifests() {
        for (path, folder, root) in [
            ("/t/media/v/1.m4s", "/t/show", "/t/media"),
            ("/t/1.m4s", "/t/show", "/t"),
            ("/etc/ssl/key", "/t/show", "/etc/ssl"),
            ("/t/a/1.m4s", "/t/show/v", "/t/a"),
            ("/1.m4s", "/t", "/"),
        ] {
            assert_eq!(root_of(Path::new(path), Path::new(folder)), Some(PathBuf::from(root)), "{path}");
        }
    }
}
