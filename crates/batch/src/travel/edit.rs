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
            len: source.len(),
            held: Held::of(document, plan.replaced().map(|(old, _)| old))?,
            strategy: plan.strategy().name().to_owned(),
            why: plan.why().to_owned(),
            edits: Replaced::all(plan, source).map_err(Error::Read)?,
            report: None,
        })
    }

    /// The spans that are replaced, in order; `None` where they share bytes, or pass the end.
    pub fn replaced(&self) -> Option<Vec<Span>> {
        let mut end = 0;
        let mut spans = Vec::with_capacity(self.edits.len());
        for Replaced { old: [from, to], .. } in &self.edits {
            if *from < end || to < from || *to > self.len {
                return None;
            }
            end = *to;
            spans.push(Span::new(*from, *to));
        }
        Some(spans)
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
        let Some(spans) = self.replaced() else { return Ok(()) };
        self.held.mismatch(document, spans.into_iter())?.map_or(Ok(()), |why| Err(Error::OtherAsset(why)))
    }

    /// The edit; `None` where it contradicts itself.
    pub fn given(&self) -> Option<Given> {
        let put = |replaced: &Replaced| STANDARD.decode(&replaced.put).ok().map(Bytes::from);
        let edits =
            self.replaced()?.into_iter().zip(&self.edits).map(|(span, edit)| Some((span, put(edit)?)));
        Some(Given {
            edits: edits.collect::<Option<_>>()?,
            strategy: Strategy::of_name(&self.strategy)?,
            why: self.why.clone(),
        })
    }
}
