//! The roots of titles, and where references lead.

use super::listing::Listings;
use super::local::is_below;
use super::{Escape, Local, Map, Outside, root_of};
use prkit_apply::Folder;
use prkit_manifest::{Files, Start, file_names, hides_a_way_up};
use prkit_plan::{Access, AnyStore, AssetId, Store as _, StoreError};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Folders that titles may use beside their own, and where addresses of other machines are found here.
#[derive(Default)]
pub struct Roots {
    given: Vec<Arc<Folder>>,
    maps: Arc<[Map]>,
    /// Folders of manifests, held once.
    own: RefCell<HashMap<PathBuf, Arc<Folder>>>,
    listings: Arc<Listings>,
}

/// A folder that was given, and cannot be held.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct RootError {
    path: PathBuf,
    source: prkit_apply::Error,
}

impl Roots {
    /// Holds folders that were given.
    pub fn new(folders: &[&Path], maps: Vec<Map>) -> Result<Self, RootError> {
        let maps = Map::sorted(maps);
        let given = folders.iter().copied().chain(maps.iter().map(|map| map.folder.as_path()));
        let given = given.map(hold).collect::<Result<_, _>>()?;
        Ok(Self { given, maps: maps.into(), ..Self::default() })
    }

    /// The same, with more folders; those that cannot be held are left out.
    pub(crate) fn and<'f>(&self, folders: impl IntoIterator<Item = &'f Path>) -> Self {
        let more = folders.into_iter().filter_map(|folder| self.hold_own(folder).ok());
        let given = self.given.iter().cloned().chain(more).collect();
        let (maps, listings) = (Arc::clone(&self.maps), Arc::clone(&self.listings));
        Self { given, maps, listings, own: RefCell::default() }
    }

    fn hold_own(&self, folder: &Path) -> Result<Arc<Folder>, TitleError> {
        if let Some(held) = self.own.borrow().get(folder) {
            return Ok(Arc::clone(held));
        }
        let held = hold(folder).map_err(|error| TitleError::Folder(error.source))?;
        self.own.borrow_mut().insert(folder.to_owned(), Arc::clone(&held));
        Ok(held)
    }

    /// The title of a manifest, which was named itself, or found in a folder and has this path below it.
    pub fn title(&self, shown: &Path, below: Option<&Path>) -> Result<Title, TitleError> {
        let path = shown.canonicalize().map_err(TitleError::Resolve)?;
        let own = path.parent().unwrap_or(&path).to_owned();
        let walked = below.and_then(|below| shown.ancestors().nth(below.components().count()));
        let root = match walked {
            Some(walked) if walked.as_os_str().is_empty() => Path::new("."),
            Some(walked) => walked,
            None => &own,
        };
        let mut roots = vec![self.hold_own(root)?];
        roots.extend(self.given.iter().cloned());
        let folder = shown_folder(shown, &own);
        let manifest = Local::below(path, shown.to_owned(), &roots).map_err(|path| {
            let root = path.parent().map(Path::to_owned);
            let reference = crate::input::shown(shown);
            TitleError::Outside(Outside { reference, escape: Escape::Link { path }, root })
        })?;
        Ok(self.title_of(Some(manifest), folder, own, roots))
    }

    /// The title of a manifest that is no file, whose references are seen from a folder.
    pub fn title_in(&self, folder: &Path) -> Result<Title, TitleError> {
        let base = folder.canonicalize().map_err(TitleError::Resolve)?;
        let mut roots = vec![self.hold_own(folder)?];
        roots.extend(self.given.iter().cloned());
        Ok(self.title_of(None, folder.to_owned(), base, roots))
    }

    fn title_of(
        &self,
        manifest: Option<Local>,
        folder: PathBuf,
        base: PathBuf,
        roots: Vec<Arc<Folder>>,
    ) -> Title {
        let (maps, listings) = (Arc::clone(&self.maps), Arc::clone(&self.listings));
        Title { manifest, folder, base, roots, maps, listings, stored: None }
    }
}

fn hold(folder: &Path) -> Result<Arc<Folder>, RootError> {
    Folder::resolve(folder).map_err(|source| RootError { path: folder.to_owned(), source })
}

/// Why a manifest has no title.
#[derive(Debug, thiserror::Error)]
pub enum TitleError {
    /// Its path leads nowhere.
    #[error("cannot be resolved: {0}")]
    Resolve(std::io::Error),
    /// Its folder cannot be opened.
    #[error("its folder cannot be held: {0}")]
    Folder(prkit_apply::Error),
    /// It is outside of its roots.
    #[error("{0}")]
    Outside(Outside),
    /// A folder that was given cannot be held.
    #[error(transparent)]
    Root(RootError),
}

/// The folder that addresses are seen from: as it was named, unless the name is a link from elsewhere.
fn shown_folder(shown: &Path, own: &Path) -> PathBuf {
    let named = shown.parent().unwrap_or_else(|| Path::new(""));
    let there = if named.as_os_str().is_empty() { Path::new(".") } else { named };
    let is_same = there.canonicalize().is_ok_and(|there| there == own);
    if is_same { named.to_owned() } else { own.to_owned() }
}

/// A manifest, and where its references may lead.
#[derive(Debug)]
pub struct Title {
    /// The manifest itself, where it is a file.
    pub manifest: Option<Local>,
    /// The folder that addresses are seen from, as it is shown.
    folder: PathBuf,
    /// The same, links resolved.
    base: PathBuf,
    roots: Vec<Arc<Folder>>,
    maps: Arc<[Map]>,
    listings: Arc<Listings>,
    /// The store that it is in, and the manifest there, where it is no title of files.
    stored: Option<(AnyStore, AssetId)>,
}

/// Where a reference leads.
#[derive(Clone, Debug)]
pub enum Located<'u> {
    /// To this file, by this one of its addresses.
    File(Local, &'u str),
    /// To a file that is not there.
    Missing,
    /// To another machine.
    Remote,
    /// Out of the roots.
    Outside(Outside),
}

impl Located<'_> {
    /// The file, where it leads to one.
    pub fn file(self) -> Option<Local> {
        match self {
            Self::File(local, _) => Some(local),
            Self::Missing | Self::Remote | Self::Outside(_) => None,
        }
    }
}

impl Title {
    /// The title of a manifest in a store, which it does not leave.
    pub fn stored(store: &AnyStore, id: &AssetId) -> Self {
        Self {
            manifest: Some(Local::stored(store, id.clone())),
            folder: PathBuf::new(),
            base: PathBuf::new(),
            roots: Vec::new(),
            maps: Arc::default(),
            listings: Arc::default(),
            stored: Some((store.clone(), id.clone())),
        }
    }

    /// Where a reference leads: the first of its addresses that leads to a file counts, any of them will do.
    pub fn locate<'u>(&self, urls: &'u [String]) -> Located<'u> {
        let (mut remote, mut outside) = (false, None);
        for url in urls {
            match self.locate_one(url) {
                Located::File(local, url) => return Located::File(local, url),
                Located::Missing => {}
                Located::Remote => remote = true,
                Located::Outside(found) => outside = outside.or(Some(found)),
            }
        }
        match outside {
            Some(outside) => Located::Outside(outside),
            None if remote => Located::Remote,
            None => Located::Missing,
        }
    }

    fn locate_one<'u>(&self, url: &'u str) -> Located<'u> {
        if let Some((store, from)) = &self.stored {
            return locate_in(store, from, url);
        }
        let map = self.maps.iter().find_map(|map| Some((map, map.rest(url)?)));
        let (start, rest) = match map {
            Some((map, rest)) => (Base::Map(&map.folder), rest),
            None => match Start::of(url) {
                Start::Document(rest) => (Base::Document, rest),
                Start::Root(rest) => (Base::Root, rest),
                Start::Machine(rest) => (Base::Machine, rest),
                Start::Elsewhere => return Located::Remote,
            },
        };
        let mut outside = None;
        for (number, name) in file_names(rest).into_iter().enumerate() {
            match self.file_named(&name, start) {
                Ok(Some(local)) => return Located::File(local, url),
                // What is written with escapes, or with a query, means what it means without.
                Err(escape) if number == 0 => outside = Some(escape),
                Ok(None) | Err(_) => {}
            }
        }
        let escape = match outside {
            Some(escape) => escape,
            None if hides_a_way_up(rest) => Escape::EscapedSlash,
            None => return Located::Missing,
        };
        let root = match &escape {
            Escape::Path { path } | Escape::Link { path } => root_of(path, &self.base),
            Escape::Root | Escape::EscapedSlash => None,
        };
        Located::Outside(Outside { reference: url.to_owned(), escape, root })
    }

    /// The file of a name below the roots, if it is there.
    fn file_named(&self, name: &str, base: Base<'_>) -> Result<Option<Local>, Escape> {
        let (folder, shown) = match base {
            Base::Document => (self.base.clone(), self.folder.join(name)),
            Base::Map(folder) => {
                let Ok(resolved) = folder.canonicalize() else { return Ok(None) };
                (resolved, folder.join(name))
            }
            Base::Root | Base::Machine => {
                (PathBuf::from("/"), Path::new("/").join(name.trim_start_matches('/')))
            }
        };
        let name = if matches!(base, Base::Document) { name } else { name.trim_start_matches('/') };
        let path = without_dots(&folder, Path::new(name));
        if !self.roots.iter().any(|root| is_below(&path, root)) {
            return Err(if matches!(base, Base::Root) { Escape::Root } else { Escape::Path { path } });
        }
        // A name that no file can have is that of a file that is not there.
        let Some(resolved) = self.listings.file(&path) else { return Ok(None) };
        Local::below(resolved, shown, &self.roots).map(Some).map_err(|path| Escape::Link { path })
    }
}

/// Where a reference of an asset leads in its store.
fn locate_in<'u>(store: &AnyStore, from: &AssetId, url: &'u str) -> Located<'u> {
    let outside = |escape| Located::Outside(Outside { reference: url.to_owned(), escape, root: None });
    let rest = match Start::of(url) {
        Start::Document(rest) => rest,
        Start::Root(_) => return outside(Escape::Root),
        Start::Machine(rest) => return outside(Escape::Path { path: PathBuf::from(rest) }),
        Start::Elsewhere => return Located::Remote,
    };
    for name in file_names(rest) {
        let Some(id) = store.resolve(from, &name) else {
            return outside(Escape::Path { path: PathBuf::from(&*name) });
        };
        // What cannot be opened for another reason says so when its turn comes.
        if !matches!(store.open(&id, Access::Read), Err(StoreError::Missing)) {
            return Located::File(Local::stored(store, id), url);
        }
    }
    Located::Missing
}

/// What a name is relative to.
#[derive(Clone, Copy)]
enum Base<'m> {
    Document,
    Map(&'m Path),
    Root,
    Machine,
}

impl Files for Title {
    fn exists(&self, url: &str) -> bool {
        matches!(self.locate_one(url), Located::File(..))
    }
}

/// A name in a folder, whose steps up are taken in the names, not in the file system.
fn without_dots(folder: &Path, name: &Path) -> PathBuf {
    let mut path = folder.to_owned();
    for step in name.components() {
        match step {
            Component::Normal(step) => path.push(step),
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => path.push(step),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t/show` with a manifest and `v/a b.mp4`, `t/other` with `a.mp4`.
    fn folders() -> (tempfile::TempDir, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().canonicalize().unwrap().join("t");
        std::fs::create_dir_all(path.join("show/v")).unwrap();
        std::fs::create_dir_all(path.join("other")).unwrap();
        for name in ["show/m.mpd", "show/v/a b.mp4", "other/a.mp4", "show/..%2fodd.mp4"] {
            std::fs::write(path.join(name), "x").unwrap();
        }
        (top, path)
    }

    fn locate(title: &Title, url: &str) -> Result<PathBuf, String> {
        match title.locate(&[url.to_owned()]) {
            Located::File(local, _) => Ok(local.path),
            Located::Missing => Err("missing".to_owned()),
            Located::Remote => Err("remote".to_owned()),
            Located::Outside(outside) => Err(format!("{:?}", outside.root)),
        }
    }

    #[test]
    fn the_longest_mapped_prefix_counts_and_remote_stays_remote() {
        let (_top, path) = folders();
        let map = |prefix: &str, sub: &str| {
            Map::parse(&format!("{prefix}={}", path.join("show").join(sub).display())).unwrap()
        };
        let maps = vec![map("https://cdn/", ""), map("https://cdn/x?a=1/", "v"), map("/media/", "v")];
        let title = Roots::new(&[], maps).unwrap().title(&path.join("show/m.mpd"), None).unwrap();
        for url in [
            "v/a%20b.mp4",
            "v/a b.mp4?x=1",
            "https://cdn/v/a%20b.mp4",
            "https://cdn/x?a=1/a%20b.mp4",
            "/media/a%20b.mp4",
        ] {
            assert_eq!(locate(&title, url), Ok(path.join("show/v/a b.mp4")), "{url}");
        }
        assert_eq!(locate(&title, "v/none.mp4"), Err("missing".to_owned()));
        assert_eq!(locate(&title, "https://other/a.mp4"), Err("remote".to_owned()));
        assert!(locate(&title, "https://cdn/../other/a.mp4").unwrap_err().contains("other"));
        assert!(Map::parse("https://cdn/").is_err() && Map::parse("a=/no/such/folder").is_err());
    }

    #[test]
    fn no_form_of_reference_leads_out_of_the_roots_and_one_more_root_lets_it_in() {
        let (_top, path) = folders();
        let absolute = path.join("other/a.mp4");
        let manifest = path.join("show/m.mpd");
        let outside = [
            "../other/a.mp4".to_owned(),
            "./../other/./a.mp4".to_owned(),
            "v/../../other/a.mp4".to_owned(),
            "%2e%2e/other/a.mp4".to_owned(),
            ".%2E/other/a.mp4".to_owned(),
            "v/%2e%2e/../other/a.mp4?x=1".to_owned(),
            "../show/../other/a.mp4#t=1".to_owned(),
            format!("file://{}", absolute.display()),
            format!("file:{}", absolute.display()),
            format!("FILE://LocalHost{}", absolute.display()),
        ];
        let title = Roots::default().title(&manifest, None).unwrap();
        let other = path.join("other");
        let with_root = Roots::new(&[other.as_path()], Vec::new()).unwrap().title(&manifest, None).unwrap();
        for url in &outside {
            assert_eq!(locate(&title, url), Err(format!("{:?}", Some(&other))), "{url}");
            assert_eq!(locate(&with_root, url).as_deref(), Ok(absolute.as_path()), "{url}");
        }
        // The root of a server is not that of this machine, unless the file is below a root anyway.
        let rooted = absolute.display().to_string();
        assert_eq!(locate(&title, &rooted), Err("None".to_owned()));
        assert_eq!(locate(&with_root, &rooted), Ok(absolute));
        assert_eq!(locate(&title, "..%2fother%2fa.mp4"), Err("None".to_owned()));
        assert_eq!(locate(&title, "..%2fodd.mp4"), Ok(path.join("show/..%2fodd.mp4")));
        assert_eq!(locate(&title, "v/none?to=/../../../x"), Err("missing".to_owned()));
        // A folder that was walked is the root.
        let walked = Roots::default().title(&manifest, Some(Path::new("show/m.mpd"))).unwrap();
        assert_eq!(locate(&walked, "../other/a.mp4"), Ok(path.join("other/a.mp4")));
        assert!(locate(&walked, "../../a.mp4").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_count_by_what_they_lead_to() {
        use std::os::unix::fs::symlink;
        let (_top, path) = folders();
        symlink(path.join("other"), path.join("show/out")).unwrap();
        symlink("../other/a.mp4", path.join("show/file.mp4")).unwrap();
        symlink(path.join("show/v"), path.join("show/in")).unwrap();
        let title = Roots::default().title(&path.join("show/m.mpd"), None).unwrap();
        for url in ["out/a.mp4", "file.mp4"] {
            assert_eq!(locate(&title, url), Err(format!("{:?}", Some(path.join("other")))), "{url}");
        }
        let Located::File(local, _) = title.locate(&["in/a b.mp4".to_owned()]) else {
            panic!("a link that stays inside")
        };
        local.open().unwrap();
        // What is put in between is not opened.
        std::fs::rename(path.join("show/v"), path.join("show/w")).unwrap();
        symlink(path.join("other"), path.join("show/v")).unwrap();
        std::fs::write(path.join("other/a b.mp4"), "secret").unwrap();
        assert!(local.open().is_err());
    }
}
