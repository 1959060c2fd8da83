//! The titles of the page: which files belong together, and what they are in sum.
//!
//! Which files a manifest names is read where the first file of its folder is met, as it is before an edit
//! (`title/graph.rs`).

use super::file::{PageFile, badges, level_of, write_kids};
use super::text::{bytes, counted, text};
use crate::input::{Input, Name};
use crate::title::{Roots, TitleGraph};
use prkit_playready::KeyId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Key IDs that are kept of a title.
const MAX_KIDS: usize = 64;
/// Manifests that a title is called by.
const MAX_NAMES: usize = 4;

/// Files by title.
#[derive(Default)]
pub(super) struct Titles {
    graph: TitleGraph,
    roots: Roots,
    /// By the number that the graph had for it; what belongs to none is last.
    tallies: BTreeMap<Number, Tally>,
}

/// A title; files of none are behind all others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Of(usize),
    None,
}

/// What there is of a title.
#[derive(Default)]
struct Tally {
    files: u64,
    /// Files in which there is nothing to tell of.
    bare: u64,
    /// Those that there was no room for.
    unlisted: u64,
    size: u64,
    objects: u64,
    found: [u64; 3],
    failed: u64,
    kids: BTreeSet<KeyId>,
    listed: Vec<PageFile>,
}

/// What is counted and not listed.
#[derive(Clone, Copy, Default)]
pub(super) struct Left {
    pub(super) files: u64,
    pub(super) titles: u64,
}

impl Left {
    fn add(&mut self, files: u64) {
        self.files = self.files.saturating_add(files);
        self.titles = self.titles.saturating_add(u64::from(files > 0));
    }
}

impl Titles {
    /// Takes in a file, which is listed or only counted.
    pub(super) fn add(&mut self, file: PageFile, is_listed: bool) {
        let number = self.number_of(&file.input);
        let tally = self.tallies.entry(number).or_default();
        let bare = u64::from(file.is_bare());
        tally.add(Tally {
            files: 1,
            bare,
            unlisted: u64::from(bare == 0 && !is_listed),
            size: file.size,
            objects: file.objects,
            found: file.found,
            failed: u64::from(file.error.is_some()),
            kids: file.kids.iter().copied().take(MAX_KIDS).collect(),
            listed: Vec::new(),
        });
        if is_listed {
            tally.listed.push(file);
        }
    }

    fn number_of(&mut self, input: &Input) -> Number {
        let Name::Path(path) = &input.name else { return Number::None };
        let Ok(path) = path.canonicalize() else { return Number::None };
        self.graph.search_title(input, &path, &self.roots);
        self.graph.title_of(&path).map_or(Number::None, Number::Of)
    }

    /// Writes all titles, as far as there is room for them, and their files; gives what is left.
    pub(super) fn write(mut self, html: &mut String, room: usize, few: usize) -> Left {
        // What a manifest names that was read later makes one title of two.
        let mut titles: BTreeMap<Number, Tally> = BTreeMap::new();
        for (number, tally) in std::mem::take(&mut self.tallies) {
            let number = match number {
                Number::Of(number) => Number::Of(self.graph.find(number)),
                Number::None => Number::None,
            };
            titles.entry(number).or_default().add(tally);
        }
        let (mut used, mut left) = (0_usize, Left::default());
        let is_open = titles.values().map(|tally| tally.listed.len()).sum::<usize>() <= few;
        for (number, tally) in titles {
            let name = self.name_of(number);
            let mut head = String::new();
            tally.write_head(&mut head, &name, is_open);
            if used.saturating_add(head.len()).saturating_add(super::END.len()) > room {
                left.add(tally.files);
                continue;
            }
            used = used.saturating_add(head.len()).saturating_add(super::END.len());
            left.add(tally.unlisted);
            html.push_str(&head);
            for file in &tally.listed {
                file.write(html, is_open);
            }
            html.push_str(super::END);
        }
        left
    }

    /// The manifests that no other one names.
    fn name_of(&mut self, number: Number) -> String {
        let Number::Of(number) = number else { return "Files that no manifest names".to_owned() };
        let tops = self.graph.tops_of(number);
        let mut names: Vec<String> = Vec::new();
        for top in tops.iter().take(MAX_NAMES) {
            // Below the folder that was walked, as far as there is one.
            let path = match (&top.input.below, &top.input.name) {
                (Some(below), _) => below,
                (None, Name::Path(path)) => path,
                (None, _) => continue,
            };
            // The first one says where they are.
            let is_first = names.is_empty();
            let name =
                if is_first { path.as_path() } else { path.file_name().map_or(path.as_path(), Path::new) };
            names.push(crate::shown(name));
        }
        if let Some(more) = tops.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
            names.push(format!("{more} more"));
        }
        if names.is_empty() { "Manifests that name each other".to_owned() } else { names.join(", ") }
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        let pairs = [
            (&mut self.files, other.files),
            (&mut self.bare, other.bare),
            (&mut self.unlisted, other.unlisted),
            (&mut self.size, other.size),
            (&mut self.objects, other.objects),
            (&mut self.failed, other.failed),
        ];
        for (sum, more) in pairs.into_iter().chain(self.found.iter_mut().zip(other.found)) {
            *sum = sum.saturating_add(more);
        }
        let room = MAX_KIDS.saturating_sub(self.kids.len());
        self.kids.extend(other.kids.into_iter().take(room));
        self.listed.extend(other.listed);
    }

    fn write_head(&self, html: &mut String, name: &str, is_open: bool) {
        let level = level_of(self.found, self.failed > 0);
        let found = self.found.iter().fold(self.failed, |sum, count| sum.saturating_add(*count));
        let mut parts = vec![counted(self.files, "file", "files")];
        let others =
            [(self.bare, "without objects"), (self.unlisted, "not listed"), (self.failed, "not read")];
        let others = others.into_iter().filter(|(count, _)| *count > 0);
        parts.extend(others.map(|(count, what)| format!("{} {what}", super::text::number(count))));
        parts.push(counted(self.objects, "object", "objects"));
        parts.push(bytes(self.size).into_owned());
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<details class=\"title\"{} data-level=\"{level}\" data-size=\"{}\" data-objects=\"{}\" \
             data-found=\"{found}\"><summary><b>{}</b> <span>{}</span>{}</summary>",
            if is_open { " open" } else { "" },
            self.size,
            self.objects,
            text(name),
            parts.join(", "),
            badges(self.found)
        );
        write_kids(html, &self.kids);
        html.push('\n');
    }
}
