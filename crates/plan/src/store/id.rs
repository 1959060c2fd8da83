//! The name of an asset.

use core::fmt;

/// Names an asset within its store: a path below a folder, the key of an object, parted by `/`.
///
/// It is bytes, because names of files need not be text, and what is recorded has to lead back to the same file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AssetId(Vec<u8>);

impl AssetId {
    /// A name as the store has it.
    pub fn new(name: impl Into<Vec<u8>>) -> Self {
        Self(name.into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as text, where it is text.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }

    /// The name up to the last `/`, without it: assets with the same one stand beside each other.
    pub fn folder(&self) -> &[u8] {
        let end = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        self.0.get(..end).unwrap_or_default()
    }

    /// Whether it stands below a name, or is that name. Everything stands below the empty one.
    pub fn is_below(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(other.as_bytes());
        rest.is_some_and(|rest| other.0.is_empty() || rest.is_empty() || rest.starts_with(b"/"))
    }

    /// The name as it is seen from a folder that it is in; `None` where it is not.
    pub fn within(&self, folder: &Self) -> Option<Self> {
        if folder.0.is_empty() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(folder.as_bytes())?.strip_prefix(b"/")?;
        (!rest.is_empty()).then(|| Self(rest.to_vec()))
    }

    /// Where a relative path leads, seen from the folder of this one. `None` for one that is absolute, or leads out of
    /// the store.
    pub fn beside(&self, path: &str) -> Option<Self> {
        if path.is_empty() || path.starts_with('/') || path.contains('\0') {
            return None;
        }
        let mut parts: Vec<&[u8]> = self.folder().split(|byte| *byte == b'/').collect();
        parts.retain(|part| !part.is_empty());
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part.as_bytes()),
            }
        }
        Some(Self(parts.join(&b'/')))
    }
}

impl From<&str> for AssetId {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for AssetId {
    /// Bytes that are no text are shown as such; this is for people, and leads nowhere.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetId({:?})", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_leads_to_an_asset_of_the_same_store_or_nowhere() {
        let id = AssetId::from("title/hd/manifest.mpd");
        let beside = |path: &str| id.beside(path).map(|id| id.to_string());
        assert_eq!(beside("init.mp4").as_deref(), Some("title/hd/init.mp4"));
        assert_eq!(beside("./video//init.mp4").as_deref(), Some("title/hd/video/init.mp4"));
        assert_eq!(beside("../audio/init.mp4").as_deref(), Some("title/audio/init.mp4"));
        for out in ["../../../x", "/etc/passwd", "", "a\0b", "../../../title/hd/x"] {
            assert_eq!(beside(out), None, "{out:?}");
        }
    }

    #[test]
    fn a_name_is_seen_from_its_folders() {
        let id = AssetId::from("title/hd/a.mp4");
        let within = |folder: &str| id.within(&folder.into()).map(|id| id.to_string());
        assert_eq!(within("").as_deref(), Some("title/hd/a.mp4"));
        assert_eq!(within("title").as_deref(), Some("hd/a.mp4"));
        assert_eq!((within("title/h"), within("title/hd/a.mp4"), within("x")), (None, None, None));
    }

    #[test]
    fn a_name_stands_below_its_folders_and_below_no_other_name_that_it_begins_with() {
        let id = AssetId::from("title/hd/a.mp4");
        for folder in ["", "title", "title/hd", "title/hd/a.mp4"] {
            assert!(id.is_below(&folder.into()), "{folder}");
        }
        for other in ["titl", "title/h", "title/hd/a"] {
            assert!(!id.is_below(&other.into()), "{other}");
        }
    }
}
