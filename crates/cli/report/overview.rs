//! What `show` and `lint` say of many files as a whole: `--summary`, `--html`.

use super::{Finding, PageTo, Survey, failure};
use crate::args::OverviewArgs;
use crate::exit::Stop;
use crate::input::{Document, Found, Input};
use crate::out::{Out, Outcome};
use prkit_batch::report::{Page, PageFile};
use std::io::{self, Write as _};

/// The whole of a run.
pub(crate) struct Overview<'a> {
    args: &'a OverviewArgs,
    page: Option<(PageTo, Page)>,
    survey: Survey,
}

/// What comes of some inputs.
#[derive(Default)]
pub(crate) struct Part {
    survey: Survey,
    /// Files for the page, if there is one.
    files: Option<Vec<PageFile>>,
    is_wanted: bool,
}

impl<'a> Overview<'a> {
    pub(crate) fn new(args: &'a OverviewArgs, json: bool) -> Result<Self, Stop> {
        if args.html.as_ref().is_some_and(|path| path.as_os_str() == "-") && (json || args.summary) {
            return Err(Stop::usage(
                "--html - has standard output to itself: leave out --json, --sarif and --summary, or name a file",
            ));
        }
        let page = args.html.as_deref().map(PageTo::open).transpose()?.map(|to| (to, Page::default()));
        Ok(Self { args, page, survey: Survey::default() })
    }

    pub(crate) fn take(&mut self, part: Part) {
        self.survey.merge(part.survey);
        if let Some((_, page)) = &mut self.page {
            part.files.into_iter().flatten().for_each(|file| page.add(file));
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
        let Some((to, page)) = self.page else { return Ok(()) };
        to.write(&page.finish(&super::survey::tables(&self.survey)))
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
        let has_page = args.html.is_some();
        let files = has_page.then(Vec::new);
        Self { survey: Survey::default(), files, is_wanted: has_page || args.summary }
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
        if let Some(files) = &mut self.files {
            files.push(PageFile::new(input, document, objects, findings, error));
        }
    }

    /// One that could not be, which is said.
    pub(crate) fn fail(&mut self, input: &Input, error: &str, out: &mut Out) -> Outcome {
        self.survey.fail();
        if let Some(files) = &mut self.files {
            files.push(PageFile::failed(input, error));
        }
        failure(input, error, out);
        Outcome::Failed
    }
}
