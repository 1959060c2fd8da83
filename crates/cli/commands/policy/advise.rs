//! `prkit policy advise`.

use super::known;
use super::source::Source;
use crate::args::AdviseArgs;
use crate::exit::{Status, Stop};
use crate::hints;
use crate::out::Out;
use crate::style::{self, DIM, DONE, ERROR};
use prkit_batch::report::{advice_query, advice_report};
use prkit_license::{
    Advice, Context, Moment, Policy, Remark, Request, Rights, advise, distance_text, seconds_text,
};
use prkit_protocol::{Challenge, ClientVersion};
use std::fmt::Write as _;
use std::time::SystemTime;

/// Characters of what is unreadable that are shown.
const SHOWN: usize = 40;

pub(super) fn run(args: &AdviseArgs) -> Result<Status, Stop> {
    let policy = policy(args)?;
    let message = args.request.as_deref().map(known::request).transpose()?;
    let challenge = message.as_ref().and_then(|message| message.challenge());
    let client = args.client.or_else(|| challenge?.client());
    let Some(version) = client else {
        return Err(Stop::usage("the request does not say the client's version: add --client VERSION"));
    };
    let unreadable = challenge.and_then(Challenge::unreadable_time).filter(|_| args.client_time.is_none());
    if let Some(text) = unreadable {
        let shown: String = text.chars().take(SHOWN).collect();
        return Err(Stop::usage(format!(
            "the request's ClientTime {shown:?} is no time: seconds since 1970 are expected; --client-time TIME says another one"
        )));
    }
    let server = args.server_time.map_or_else(now, Ok)?;
    let request = Request {
        server,
        generation: version.generation(),
        client: args.client_time.or_else(|| challenge?.client_time),
        margin: args.margin.seconds_from(server),
    };
    let advice = advise(&policy, args.end, &request);
    let mut out = Out::new(args.json);
    let report = advice_report(&advice, &request, version, told);
    out.report(&report, |text| write(&advice, &request, version, text));
    out.print()?;
    // The same status as a finding: the license is not to be issued like this.
    Ok(if matches!(advice, Advice::Issue { .. }) { Status::Done } else { Status::Pending })
}

/// The one policy that was named, or the right to play.
fn policy(args: &AdviseArgs) -> Result<Policy, Stop> {
    let mut policy = match &args.policy {
        // Dates and first plays outlive a session only in a license that is kept.
        None => Policy {
            rights: Rights { play: true, ..Rights::default() },
            persistent: Some(true),
            ..Policy::default()
        },
        Some(argument) => {
            let source = Source::new(argument);
            let fail = |error: String| Stop::usage(format!("{}: {error}", source.display()));
            let read = source.read(&Context::default()).map_err(|error| fail(hints::told(error)))?;
            let mut policies = read.policies;
            if policies.len() != 1 {
                return Err(fail(format!("{} policies: dates are for one license", policies.len())));
            }
            policies.remove(0)
        }
    };
    if let Some(period) = args.first_play {
        let seconds = period.seconds_from(Moment::from_unix(0));
        policy.first_play = Some(u32::try_from(seconds).map_err(|_| {
            Stop::usage(format!("--first-play: {seconds} seconds are more than a license can hold"))
        })?);
    }
    Ok(policy)
}

fn now() -> Result<Moment, Stop> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .and_then(Moment::from_seconds)
        .ok_or_else(|| Stop::usage("this machine's clock stands before 1970: add --server-time TIME"))
}

/// The remark, and the option that may help.
fn told(remark: &Remark) -> String {
    match remark {
        Remark::NotReached { behind, .. } => {
            format!("{remark}; --margin {behind}s sets the begin date early enough")
        }
        _ => remark.to_string(),
    }
}

fn write(advice: &Advice, request: &Request, version: ClientVersion, out: &mut String) -> std::fmt::Result {
    writeln!(out, "server      {}", request.server)?;
    write!(out, "client      version {version}")?;
    match request.client {
        Some(client) if client == request.server => writeln!(out, ", {client}, the same time")?,
        Some(client) => writeln!(out, ", {client}, {}", distance_text(client.since(request.server)))?,
        None => writeln!(out, ", no time")?,
    }
    match advice {
        Advice::Issue { policy, basis, remarks } => {
            let begin = policy.begin.map_or_else(|| "none".to_owned(), |begin| begin.to_string());
            writeln!(out, "{DONE}issue{DONE:#}")?;
            writeln!(out, "  begin     {begin}  {DIM}{} ({}){DIM:#}", basis.text(request), basis.rule())?;
            if let Some(end) = policy.end {
                writeln!(out, "  end       {end}")?;
            }
            if let Some(seconds) = policy.first_play {
                writeln!(out, "  play for  {} after the first play", seconds_text(i64::from(seconds)))?;
            }
            writeln!(out, "  query     {}", advice_query(policy))?;
            for remark in remarks {
                let style = style::of(remark.level());
                let level = remark.level().name();
                writeln!(out, "  {style}{level:7}{style:#}   {} ({})", told(remark), remark.rule())?;
            }
            Ok(())
        }
        Advice::Deny { distance } => writeln!(
            out,
            "{ERROR}deny{ERROR:#}        the client's clock is {}, more than one hour: ask the user to set it (R3)",
            distance_text(*distance)
        ),
        Advice::Impossible { begin, end } => {
            writeln!(out, "{ERROR}impossible{ERROR:#}  it would begin {begin} and end {end} (L3)")
        }
    }
}
