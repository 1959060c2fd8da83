//! What is known beside the policies: the content, the request, the clocks.

use crate::args::KnownArgs;
use crate::exit::Stop;
use crate::hints::told;
use crate::input::{Document, Input, LicenseInput};
use crate::terminal;
use prkit_bmff::Scope;
use prkit_license::{ContentFacts, Context, Policy, RequestFacts};
use prkit_protocol::{ClientVersion, Message};
use std::path::Path;

pub(crate) struct Known {
    pub(crate) context: Context,
    /// Licenses the client has besides.
    pub(crate) with: Vec<Policy>,
}

impl Known {
    pub(crate) fn new(args: &KnownArgs) -> Result<Self, Stop> {
        let mut context = match &args.request {
            Some(path) => {
                let message = request(path)?;
                prkit_protocol::context(message.challenge(), None)
            }
            None => Context::default(),
        };
        if let Some(path) = &args.content {
            context.content = Some(content(path)?);
        }
        let mut facts = context.request.take().unwrap_or_default();
        facts.generation = args.client.map(ClientVersion::generation).or(facts.generation);
        if args.client_time.is_some() {
            (facts.client_time, facts.unreadable_time) = (args.client_time, None);
        }
        context.request = (facts != RequestFacts::default()).then_some(facts);
        context.server_time = args.server_time;
        context.clock = args.clock.map(Into::into);
        context.accounts =
            (!args.account.is_empty()).then(|| args.account.iter().filter_map(|account| account.0).collect());
        let mut with = Vec::new();
        for path in &args.with {
            with.extend(licenses(path)?);
        }
        Ok(Self { context, with })
    }
}

/// The saved request.
pub(crate) fn request(path: &Path) -> Result<Message, Stop> {
    let fail = |error: String| Stop::usage(format!("--request {}: {error}", terminal::path(path)));
    let opened = LicenseInput::open(&Input::of_path(path)).map_err(told).map_err(fail)?;
    match opened.message {
        Some(message) if message.challenge().is_some() => Ok(*message),
        _ => Err(fail("no license request".to_owned())),
    }
}

/// The keys of the first header that names any.
fn content(path: &Path) -> Result<ContentFacts, Stop> {
    let fail = |error: String| Stop::usage(format!("--content {}: {error}", terminal::path(path)));
    let document = Document::open(&Input::of_path(path), Scope::default()).map_err(told).map_err(fail)?;
    let objects = document.objects().map_err(told).map_err(fail)?;
    LicenseInput::content_facts(&objects).ok_or_else(|| fail("no PlayReady header with a key".to_owned()))
}

fn licenses(path: &Path) -> Result<Vec<Policy>, Stop> {
    let fail = |error: String| Stop::usage(format!("--with {}: {error}", terminal::path(path)));
    let opened = LicenseInput::open(&Input::of_path(path)).map_err(told).map_err(fail)?;
    if opened.licenses.is_empty() {
        return Err(fail("no license in it".to_owned()));
    }
    opened.policies().map_err(told).map_err(fail)
}
