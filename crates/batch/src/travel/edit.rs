//! One edit, as it is written down.

use super::adopt::Given;
use super::held::{Held, Mismatch};
use crate::input::Document;
use crate::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prkit_plan::{Plan, Source, Span, Strategy};
use serde::{Deserialize, Serialize};
use std::io;

/// One edit, as it is written down.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TravellingEdit {
    /// The asset's path below the root.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The same in base64, where it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path_base64: Option<String>,
    /// Which title of the plan the asset is a part of: edits of one number, one behind the other, are carried out together,
    /// or none of them is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<u64>,
    /// Its length in bytes.
    pub len: u64,
    /// What else is known of it.
    pub held: Held,
    /// How the edit was made to fit.
    pub strategy: String,
    /// Why so.
    pub why: String,
    /// What is replaced, in order.
    pub edits: Vec<Replaced>,
    /// What whoever planned it says of it in reports; nothing is decided by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<serde_json::Value>,
}

/// A span of the old asset, and what takes its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Replaced {
    /// First byte, and the byte after the last.
    pub old: [u64; 2],
    /// Base64.
    pub put: String,
}

impl Replaced {
    /// All that a plan replaces.
    fn all(plan: &Plan, source: &dyn Source) -> io::Result<Vec<Self>> {
        let laid = prkit_plan::Laid::new(plan, source);
        let mut put = Vec::new();
        let each = |(old, new): (Span, Span)| {
            laid.read_at(new, &mut put)?;
            Ok(Self { old: [old.start(), old.end()], put: STANDARD.encode(&put) })
        };
        plan.replaced().map(each).collect()
    }
}

impl TravellingEdit {
    /// The plan of an asset, without a name and a report.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn of(document: &Document, plan: &Plan) -> Result<Self> {
        let source = document.outer_source();
        Ok(Self {
            path: None,
            path_base64: None,
            title: None,
            len: source.len(),
            held: Held::of(document, plan.replaced().map(|(old, _)| old))?,
            strategy: plan.strategy().name().to_owned(),
            why: plan.why().to_owned(),
            edits: Replaced::all(plan, source).map_err(Error::Read)?,
            report: None,
        })
    }

    /// The spans that are replaced, in order.
    ///
    /// # Errors
    ///
    /// Which of them shares bytes with another one, or passes the end.
    pub fn replaced(&self) -> Result<Vec<Span>, Contradiction> {
        let mut end = 0;
        let mut spans = Vec::with_capacity(self.edits.len());
        for (number, Replaced { old: [from, to], .. }) in self.edits.iter().enumerate() {
            if to < from {
                return Err(Contradiction::Backwards { number, from: *from, to: *to });
            }
            if *from < end {
                return Err(Contradiction::Overlaps { number, from: *from, end });
            }
            if *to > self.len {
                return Err(Contradiction::PastEnd { number, to: *to, len: self.len });
            }
            end = *to;
            spans.push(Span::new(*from, *to));
        }
        Ok(spans)
    }

    /// Refuses another asset than the one that was planned for.
    ///
    /// # Errors
    ///
    /// [`Error::OtherAsset`], and what cannot be read.
    pub fn check(&self, document: &Document) -> Result<()> {
        let actual = document.outer_source().len();
        if actual != self.len {
            return Err(Error::OtherAsset(Mismatch::Length { expected: self.len, actual }));
        }
        // Spans that contradict each other are refused by whoever asks for the edit.
        let Ok(spans) = self.replaced() else { return Ok(()) };
        self.held.mismatch(document, spans.into_iter())?.map_or(Ok(()), |why| Err(Error::OtherAsset(why)))
    }

    /// The edit.
    ///
    /// # Errors
    ///
    /// What in it contradicts itself.
    pub fn given(&self) -> Result<Given, Contradiction> {
        let put = |(number, replaced): (usize, &Replaced)| {
            let put = STANDARD.decode(&replaced.put);
            put.map(Bytes::from).map_err(|error| Contradiction::Base64 { number, error })
        };
        let put = self.edits.iter().enumerate().map(put).collect::<Result<Vec<_>, _>>()?;
        let strategy = Strategy::of_name(&self.strategy);
        Ok(Given {
            edits: self.replaced()?.into_iter().zip(put).collect(),
            strategy: strategy.ok_or_else(|| Contradiction::Strategy(self.strategy.clone()))?,
            why: self.why.clone(),
        })
    }
}

/// What in an edit contradicts itself. Members are named as they are written down.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Contradiction {
    /// A span ends before it begins.
    #[error("edits[{number}].old ends at {to}, before it begins at {from}")]
    Backwards {
        /// Which edit.
        number: usize,
        /// First byte.
        from: u64,
        /// The byte after the last.
        to: u64,
    },
    /// A span begins in the one before it.
    #[error("edits[{number}].old begins at {from}, before the end of the edit in front of it, {end}")]
    Overlaps {
        /// Which edit.
        number: usize,
        /// First byte.
        from: u64,
        /// Where the one in front of it ends.
        end: u64,
    },
    /// A span passes the end of the asset.
    #[error("edits[{number}].old ends at {to}, and len is {len}")]
    PastEnd {
        /// Which edit.
        number: usize,
        /// The byte after the last.
        to: u64,
        /// The length of the asset.
        len: u64,
    },
    /// What is put is no base64.
    #[error("edits[{number}].put is no base64: {error}")]
    Base64 {
        /// Which edit.
        number: usize,
        /// Why not.
        error: base64::DecodeError,
    },
    /// No strategy has that name.
    #[error("strategy {0:?} is none")]
    Strategy(String),
}
