//! What is edited while faults happen, and what must be there afterwards.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Contents by name; what is not there has no entry.
pub type Files = BTreeMap<String, Vec<u8>>;

pub struct Scenario {
    pub name: &'static str,
    /// The strategies that the machine's file systems may lead to.
    pub strategies: &'static [&'static str],
    files: Vec<(&'static str, Vec<u8>)>,
    /// Behind the bytes, a hole of this length.
    hole: Option<u64>,
    /// `{}` stands for the folder.
    pub args: &'static [&'static str],
    /// The same command again finishes what was interrupted.
    pub again: bool,
    /// All files are old ones or all are new ones.
    pub together: bool,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(root().join("samples").join(name)).unwrap()
}

/// A box of media data, in which every byte tells where it stands.
fn media(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut bytes = (len as u32).to_be_bytes().to_vec();
    bytes.extend(b"mdat");
    bytes.resize_with(len, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    bytes
}

fn filler(len: usize) -> Vec<u8> {
    let mut bytes = (len as u32).to_be_bytes().to_vec();
    bytes.extend(b"free");
    bytes.resize(len, 0);
    bytes
}

const LONG: usize = 1_300_000;
const URL: &str = "--la-url=https://new.example.com/a/longer/name/than/there/was/rightsmanager.asmx";
// The samples give a license URL beside the object, which a new one in the header would disagree with.
const LUI_URL: &str = "--lui-url=https://new.example.com/a/longer/name/than/there/was/login.aspx";

pub fn all() -> Vec<Scenario> {
    let init = || sample("dash-live/video-init.mp4");
    let store = || sample("edge/store-10k.mp4");
    let scenario = |name, strategies, files, args| Scenario {
        name,
        strategies,
        files,
        hole: None,
        args,
        again: true,
        together: false,
    };
    let presentation = || {
        vec![
            ("dash-ondemand/audio.mp4", sample("dash-ondemand/audio.mp4")),
            ("dash-live/video-init.mp4", init()),
            ("manifests/list.mpd", sample("manifests/list.mpd")),
            ("manifests/ondemand.mpd", sample("manifests/ondemand.mpd")),
            ("manifests/template.mpd", sample("manifests/template.mpd")),
        ]
    };
    vec![
        scenario(
            "same size",
            &["same"],
            vec![("a.mp4", sample("progressive/movie.mp4"))],
            &["reheader", "--la-url=https://lic.example.test/xx.asmx", "-i", "{}/a.mp4"],
        ),
        scenario(
            "filler gives",
            &["slack"],
            vec![("a.mp4", [init(), filler(3000), media(5000)].concat())],
            &["reheader", URL, "-i", "{}/a.mp4"],
        ),
        scenario(
            "store gives way",
            &["store"],
            vec![("a.mp4", store())],
            &["reheader", URL, "--els-min=1K", "-i", "{}/a.mp4"],
        ),
        scenario(
            "blocks put in",
            &["insert-range", "clone", "copy"],
            vec![("a.mp4", [init(), media(LONG)].concat())],
            &["reheader", URL, "-i", "{}/a.mp4"],
        ),
        scenario(
            "blocks taken out",
            &["collapse-range", "clone", "copy"],
            vec![("a.mp4", [store(), media(LONG)].concat())],
            &["remove", "--collapse", "-i", "{}/a.mp4"],
        ),
        scenario(
            "tail stored again, longer",
            &["insert-range", "copy", "clone"],
            vec![("a.mp4", [media(LONG), init()].concat())],
            &["reheader", URL, "-i", "{}/a.mp4"],
        ),
        scenario(
            "tail stored again, shorter",
            &["collapse-range", "copy", "clone"],
            vec![("a.mp4", [media(LONG), store(), media(3000)].concat())],
            &["remove", "--collapse", "-i", "{}/a.mp4"],
        ),
        scenario(
            "new file, renamed",
            &["copy"],
            vec![("a.mp4", [init(), media(3000)].concat())],
            &["reheader", URL, "--preserve", "--backup=.old", "-i", "{}/a.mp4"],
        ),
        scenario(
            "short file through the map",
            &["insert-range"],
            vec![("a.mp4", [init(), media(3000)].concat())],
            &["reheader", URL, "--write=map", "--preserve", "--backup=.old", "-i", "{}/a.mp4"],
        ),
        scenario(
            "group",
            &["store"],
            vec![("a.mp4", store()), ("b.mp4", store()), ("c.mp4", store()), ("d.mp4", store())],
            &["reheader", URL, "--els-min=1K", "-i", "{}/a.mp4", "{}/b.mp4", "{}/c.mp4", "{}/d.mp4"],
        ),
        scenario(
            "group of several ways",
            &["store", "copy", "insert-range", "clone"],
            vec![("a.mp4", store()), ("b.mp4", init()), ("c.mp4", [init(), media(LONG)].concat())],
            &["reheader", URL, "--els-min=1K", "-i", "{}/a.mp4", "{}/b.mp4", "{}/c.mp4"],
        ),
        scenario(
            "every fragment",
            &["copy", "insert-range", "clone"],
            vec![("a.mp4", [sample("dash-ondemand/audio.mp4"), media(1 << 20)].concat())],
            &["inject", "--pro=@{root}/samples/objects/small.pro", "--where=moof", "-i", "{}/a.mp4"],
        ),
        Scenario {
            hole: Some(2 << 20),
            ..scenario(
                "file with holes",
                &["insert-range", "slack", "clone", "copy"],
                vec![("a.mp4", [init(), vec![0, 0x20, 0, 8, b'm', b'd', b'a', b't']].concat())],
                &["reheader", URL, "-i", "{}/a.mp4"],
            )
        },
        Scenario {
            again: false,
            ..scenario(
                "other file",
                &["copy", "clone"],
                vec![("a.mp4", [init(), media(LONG)].concat())],
                &["reheader", URL, "-o", "{}/b.mp4", "{}/a.mp4"],
            )
        },
        Scenario {
            again: false,
            ..scenario(
                "other file that is there",
                &["copy", "clone"],
                vec![("a.mp4", [init(), media(3000)].concat()), ("b.mp4", media(500))],
                &["reheader", URL, "--overwrite", "-o", "{}/b.mp4", "{}/a.mp4"],
            )
        },
        scenario(
            "nothing waited for",
            &["store"],
            vec![("a.mp4", store()), ("b.mp4", store()), ("c.mp4", store())],
            &["reheader", URL, "--els-min=1K", "--sync=none", "-i", "{}/a.mp4", "{}/b.mp4", "{}/c.mp4"],
        ),
        Scenario {
            together: true,
            ..scenario(
                "presentation",
                &["copy", "clone", "same"],
                presentation(),
                &[
                    "reheader",
                    LUI_URL,
                    "--presentation",
                    "--root={}",
                    "-i",
                    "{}/manifests/ondemand.mpd",
                    "{}/manifests/list.mpd",
                ],
            )
        },
        Scenario {
            together: true,
            ..scenario(
                "presentation through the map",
                &["insert-range", "copy", "same"],
                presentation(),
                &[
                    "reheader",
                    LUI_URL,
                    "--presentation",
                    "--root={}",
                    "--write=map",
                    "-i",
                    "{}/manifests/ondemand.mpd",
                ],
            )
        },
    ]
}

impl Scenario {
    /// Makes the files, and nothing else, in a folder.
    pub fn prepare(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            if let Some(hole) = self.hole {
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_len(bytes.len() as u64 + hole).unwrap();
            }
        }
    }

    pub fn command(&self, folder: &Path) -> Command {
        let mut command = prkit();
        for arg in self.args {
            let arg =
                arg.replace("{root}", &root().to_string_lossy()).replace("{}", &folder.to_string_lossy());
            command.arg(OsString::from(arg));
        }
        command
    }

    /// The names of the files that are edited.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| *name)
    }
}

pub fn prkit() -> Command {
    Command::new(env!("CARGO_BIN_EXE_prkit"))
}

pub fn recover(folder: &Path, undo: bool) -> Output {
    let mut command = prkit();
    command.arg("recover").args(undo.then_some("--undo")).arg(folder);
    command.output().unwrap()
}

/// Everything in a folder and the folders in it.
pub fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

/// Whether a name is none of the user's.
pub fn is_hidden(name: &str) -> bool {
    Path::new(name).file_name().unwrap().to_string_lossy().starts_with('.')
}

/// Every file is the old or the new one, and there is nothing beside them.
pub fn check(now: &Files, old: &Files, new: &Files) -> Result<(), String> {
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    if let Some(other) = now.keys().find(|name| !names.contains(name)) {
        return Err(format!("{other} is left behind"));
    }
    for name in names {
        let found = now.get(name);
        if found != old.get(name) && found != new.get(name) {
            let lens = |files: &Files| files.get(name).map(Vec::len);
            let (found, old, new) = (lens(now), lens(old), lens(new));
            return Err(format!(
                "{name} is neither the old nor the new one: {found:?} bytes, {old:?}, {new:?}"
            ));
        }
    }
    // A copy that was asked for is there before the file changes.
    for name in new.keys().filter(|name| name.ends_with(".old")) {
        let original = name.trim_end_matches(".old");
        if now.get(original) != old.get(original) && !now.contains_key(name) {
            return Err(format!("{original} was changed before {name} was there"));
        }
    }
    Ok(())
}

/// Where faults are tried: a folder on the file system in question.
pub fn folder_in(base: &Path, name: &str) -> PathBuf {
    base.join(name.replace([' ', ','], "-"))
}
