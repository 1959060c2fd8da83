//! What `show` and `lint` say of many files as a whole: `--summary`, `--html`.

use super::{Finding, Page, Survey, failed_section, failure, section};
use crate::args::OverviewArgs;
use crate::exit::Stop;
use crate::input::{Document, Found, Input};
use crate::out::{Out, Outcome};
use std::io::{self, Write as _};

/// The whole of a run.
pub(crate) struct Overview<'a> {
    args: &'a OverviewArgs,
    page: Option<Page>,
    survey: Survey,
}

/// What comes of some inputs.
#[derive(Default)]
pub(crate) struct Part {
    survey: Survey,
    html: Option<String>,
    is_wanted: bool,
}

impl<'a> Overview<'a> {
    pub(crate) fn new(args: &'a OverviewArgs) -> Result<Self, Stop> {
        let page = args.html.as_deref().map(Page::create).transpose()?;
        Ok(Self { args, page, survey: Survey::default() })
    }

    pub(crate) fn take(&mut self, part: Part) -> Result<(), Stop> {
        self.survey.merge(part.survey);
        match (&mut self.page, part.html) {
            (Some(page), Some(html)) => page.put(&html),
            _ => Ok(()),
        }
    }

    /// Prints the summary, and completes the page.
    pub(crate) fn finish(self, json: bool) -> Result<(), Stop> {
        if self.args.summary && json {
            let text = self.survey.to_json().map_err(io::Error::other)?;
            writeln!(io::stdout().lock(), "{text}")?;
        } else if self.args.summary {
            anstream::stdout().lock().write_all(super::survey::text(&self.survey).as_bytes())?;
        }
        self.page.map_or(Ok(()), |page| page.finish(&self.survey))
    }
}

impl OverviewArgs {
    /// Whether every input gets its report.
    pub(crate) const fn prints_each(&self, json: bool) -> bool {
        !self.summary && (json || self.html.is_none())
    }
}

impl Part {
    pub(crate) fn new(args: &OverviewArgs) -> Self {
        let html = args.html.is_some();
        Self { survey: Survey::default(), html: html.then(String::new), is_wanted: html || args.summary }
    }

    /// An input that was read, and what was wrong with it if it failed.
    pub(crate) fn count(
        &mut self,
        input: &Input,
        document: &Document,
        objects: &[Found],
        findings: &[&Finding],
        error: Option<&str>,
    ) {
        if !self.is_wanted {
            return;
        }
        self.survey.count(document, objects, findings, error);
        if let Some(html) = &mut self.html {
            html.push_str(&section(input, document, objects, findings));
        }
    }

    /// One that could not be, which is said.
    pub(crate) fn fail(&mut self, input: &Input, error: &str, out: &mut Out) -> Outcome {
        self.survey.fail();
        if let Some(html) = &mut self.html {
            html.push_str(&failed_section(input, error));
        }
        failure(input, error, out);
        Outcome::Failed
    }
}
