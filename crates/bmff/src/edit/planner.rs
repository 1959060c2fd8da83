//! One step of the ladder after the other: what filler there is, how the file changes its length, and the plan of it.

use super::fit::{self, Absorbed, Change};
use super::patch::Patcher;
use super::{Edited, Growth};
use crate::cache::Cached;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::path::BoxPath;
use prkit_plan::{Replacement, Span, Splice, Strategy};
use prkit_playready::{Override, Overrides};

/// Makes plans of an edit.
pub(super) struct Planner<'a> {
    pub(super) layout: &'a Layout,
    pub(super) source: &'a Cached<'a>,
    pub(super) overrides: Overrides,
}

/// What filler did for an edit.
pub(super) enum Slack {
    Used(Box<Edited>),
    /// There is none that could; so many bytes of `free` boxes hold content.
    Missing {
        content: u64,
    },
}

impl Planner<'_> {
    /// Filler in the file gives or takes the difference, if there is any that can.
    pub(super) fn slack(&self, changes: &[Change], growth: &Growth) -> Result<Slack> {
        let mut unusable = Vec::new();
        let mut content = 0_u64;
        while let Some((changes, absorbed)) = fit::absorb(self.layout, changes, growth, &unusable) {
            if let Some(found) = self.content_in(&absorbed)? {
                content = content.saturating_add(found.len());
                unusable.push(found);
                continue;
            }
            let made = self.make(&changes, &absorbed, Strategy::Slack, absorbed.why.clone());
            // A pointer says that media data stands in the filler: then it is not filler.
            let taken = match made.as_ref().map_err(Error::kind) {
                Err(ErrorKind::InMedia { span, .. }) => {
                    absorbed.taken.iter().find(|taken| taken.overlaps(*span))
                }
                _ => None,
            };
            let Some(taken) = taken else { return made.map(|edited| Slack::Used(Box::new(edited))) };
            unusable.push(*taken);
        }
        Ok(Slack::Missing { content })
    }

    /// Refuses filler that holds something.
    pub(super) fn check_filler(&self, absorbed: &Absorbed) -> Result<()> {
        let Some(found) = self.content_in(absorbed)? else { return Ok(()) };
        Err(Error::new(ErrorKind::TakesContent { len: found.len() }, found.start(), &BoxPath::file()))
    }

    /// The first box that is no filler, although it is called so.
    fn content_in(&self, absorbed: &Absorbed) -> Result<Option<Span>> {
        if self.overrides.has(Override::SlackContent) {
            return Ok(None);
        }
        for taken in &absorbed.taken {
            if !fit::is_filler(self.source, *taken)? {
                return Ok(Some(*taken));
            }
        }
        Ok(None)
    }

    /// The file changes its length: by what the boxes need, or by whole blocks where a long tail follows.
    pub(super) fn shift(&self, changes: &[Change], growth: &Growth, content: u64) -> Result<Edited> {
        let needed = fit::missing(changes);
        let tail = changes.last().map_or(0, |last| self.layout.len().saturating_sub(last.old.end()));
        let blocks = growth.blocks.filter(|blocks| tail >= blocks.tail);
        let mut unusable = Vec::new();
        let (filler, strategy) = loop {
            let (filler, strategy) =
                fit::filler(self.layout, changes, growth.reserve, blocks, growth.close_gaps, &unusable);
            match self.content_in(&filler)? {
                Some(found) => unusable.push(found),
                None => break (filler, strategy),
            }
        };
        let nothing = match content {
            0 => "nothing in the file gives or takes it".to_owned(),
            content => {
                format!("the free boxes that could give or take it contain something, {content} bytes")
            }
        };
        let why = match &blocks {
            Some(blocks) if strategy != Strategy::Copy => {
                format!("{needed}, and {tail} bytes follow: they move by whole blocks of {}", blocks.size)
            }
            _ => format!("{needed}, and {nothing}"),
        };
        self.make(changes, &filler, strategy, why)
    }

    /// Fixes the shape, `co64` upgrades included, then patches what the moves change.
    pub(super) fn make(
        &self,
        changes: &[Change],
        absorbed: &Absorbed,
        strategy: Strategy,
        why: String,
    ) -> Result<Edited> {
        let mut splices: Vec<Splice> = changes.iter().map(Change::splice).collect();
        splices.extend(&absorbed.splices);
        let mut containers: Vec<usize> = changes.iter().map(|change| change.container).collect();
        containers.extend(&absorbed.containers);
        let mut patcher = Patcher::new(self.layout, self.source, &splices)?;
        loop {
            patcher.sizes(&containers)?;
            patcher.distances(changes, absorbed)?;
            if !patcher.widen()? {
                break;
            }
        }
        let is_guarded = !self.overrides.has(Override::UnknownPosition);
        let unscanned = if is_guarded { patcher.guard()? } else { Vec::new() };
        let unscanned = unscanned.into_iter().map(|unknown| (unknown.path, unknown.span)).collect();
        let mut replacements: Vec<Replacement> = changes.iter().map(Change::replacement).collect();
        replacements.extend(absorbed.replacements.iter().cloned());
        let edited = patcher.finish(replacements, &absorbed.taken, self.overrides, strategy, why)?;
        let sizes = changes.iter().filter_map(|change| Some((change.pssh?, change.new_len()))).collect();
        Ok(Edited { unscanned, sizes, ..edited })
    }
}
