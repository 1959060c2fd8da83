//! Best Practices for License Policies, of February 2018.

use super::Row;
use super::probe::Probe;

pub const BESIDE: &str = "\
No input can keep or break what it tells of business models, of how users go about an attack, of what a request costs a server, and
of the right clock of a phone or a PC (first paragraphs of each section, steps 1, 2, 4 and 5 of the examples).";

const ROOT: &str = "\"kid\":\"11111111-1111-1111-1111-111111111111\",\"root\":true";
const LEAF: &str =
    "\"kid\":\"22222222-2222-2222-2222-222222222222\",\"leaf_of\":\"11111111-1111-1111-1111-111111111111\"";
const LEAF_ALONE: &str =
    "{\"kid\":\"22222222-2222-2222-2222-222222222222\",\"leaf_of\":\"11111111-1111-1111-1111-111111111111\"}";
const MONTH: &str = "\"begin\":\"2018-01-01\",\"end\":\"2018-02-01\"";
const SERVER: &str = "2018-01-05T20:00:00Z";

fn lint(policy: &str, more: &[&str]) -> Probe {
    Probe::command(&[&["policy", "lint", "--clock", "secure", policy], more].concat())
}

fn chain(root: &str, leaf: &str) -> String {
    format!("[{{{ROOT},{root}}},{{{LEAF}{leaf}}}]")
}

fn advise(more: &[&str]) -> Probe {
    Probe::command(&[&["policy", "advise", "--server-time", SERVER], more].concat())
}

fn simulate(more: &[&str]) -> Probe {
    Probe::command(&[&["policy", "simulate"], more].concat())
}

fn row(
    section: &'static str,
    statement: &'static str,
    rule: &'static str,
    keeps: Probe,
    breaks: Probe,
) -> Row {
    Row { section, statement, rule, keeps, breaks }
}

pub fn rows() -> Vec<Row> {
    [begin_and_end(), value(), subscription()].concat()
}

fn begin_and_end() -> Vec<Row> {
    const SECTION: &str = "Using BeginDate with EndDate";
    let dated = format!("{{{MONTH}}}");
    vec![
        row(
            SECTION,
            "When specifying an EndDate, it is best practice to also include a BeginDate",
            "R1",
            lint(&dated, &[]),
            lint("{\"end\":\"2018-02-01\"}", &[]),
        ),
        row(
            SECTION,
            "A BeginDate specifies that the content cannot be used before the specified date",
            "`policy simulate`",
            simulate(&["--begin", "with", "--back-to", "2016-09-01"]),
            simulate(&["--begin", "with", "--back-to", "2016-07-31"]).says("not before 2016-08-01"),
        ),
        row(
            SECTION,
            "Without BeginDates, after a rollback both pieces of content can be played",
            "`policy simulate`",
            simulate(&["--begin", "with"]),
            simulate(&["--begin", "without"]).says("1 setting of the clock"),
        ),
        row(
            SECTION,
            "With BeginDates, only Content1 will play",
            "`policy simulate`",
            simulate(&["--begin", "without"]),
            simulate(&["--begin", "with"]).says("Content2             not before 2016-09-01"),
        ),
        row(
            SECTION,
            "Example: License1 has EndDate=08/30/16, License2 EndDate=09/30/16; both can be played after the rollback",
            "`policy simulate`",
            simulate(&["--begin", "without", "--back-to", "2016-08-31"]),
            simulate(&["--begin", "without", "--back-to", "2016-08-01"]).says("Content1             plays"),
        ),
        row(
            SECTION,
            "Example: License1 has BeginDate=08/01/16",
            "`policy simulate`",
            simulate(&["--begin", "with", "--back-to", "2016-08-01"]),
            simulate(&["--begin", "with", "--back-to", "2016-07-31"])
                .says("Content1             not before 2016-08-01"),
        ),
        row(
            SECTION,
            "Example: License2 has BeginDate=09/01/16",
            "`policy simulate`",
            simulate(&["--begin", "with", "--back-to", "2016-09-01"]),
            simulate(&["--begin", "with", "--back-to", "2016-08-31"])
                .says("Content2             not before 2016-09-01"),
        ),
        row(
            SECTION,
            "A user can make more copies of the data store to work around BeginDate",
            "`policy simulate`",
            simulate(&["--begin", "without"]),
            simulate(&["--begin", "with"]).says("2 settings of the clock, each with the copy restored"),
        ),
        row(
            SECTION,
            "An EndDate is the time and date the license is to expire",
            "L17",
            lint(&dated, &["--server-time", "2018-01-01"]),
            lint(&dated, &["--server-time", "2018-02-02"]),
        ),
    ]
}

fn value() -> Vec<Row> {
    const SECTION: &str = "Setting a BeginDate value that works for the Client";
    let rental = "{\"begin\":\"2018-01-05T19:55:00Z\",\"end\":\"2018-02-05\",\"first_play\":\"48h\"}";
    let late = "{\"begin\":\"2018-01-05T20:00:00Z\",\"end\":\"2018-02-05\"}";
    let early = ["--client", "2.5", "--server-time", SERVER];
    let asked = |policy: &str, time: &str| lint(policy, &[&early[..], &["--client-time", time]].concat());
    let month = ["--end", "1mo"];
    vec![
        row(
            SECTION,
            "For clients of version 1 or 2, BeginDate lies a little bit in the past",
            "R2",
            lint(rental, &early),
            lint(late, &early),
        ),
        row(
            SECTION,
            "The client can use the license as soon as it receives it",
            "L2",
            asked(rental, "2018-01-05T19:56:00Z"),
            asked(rental, "2018-01-05T19:50:00Z"),
        ),
        row(
            SECTION,
            "Version 2, begin time: local server time minus 5 minutes",
            "`policy advise`",
            advise(&[&["--client", "3", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat()),
            advise(&[&["--client", "2.5"], &month[..]].concat()).says("begin     2018-01-05T19:55:00Z"),
        ),
        row(
            SECTION,
            "Version 2 example, step 3: play right, expiration time, expiration after first play",
            "`policy advise`",
            advise(&[&["--client", "2.5"], &month[..]].concat()),
            advise(&[&["--client", "2.5", "--first-play", "48h"], &month[..]].concat())
                .says("play for  48h after the first play"),
        ),
        row(
            SECTION,
            "Version 2 example, step 5: the phone clock is 7:56 PM and is past the BeginDate, which is 7:55 PM",
            "L2",
            asked(rental, "2018-01-05T19:55:00Z"),
            asked(rental, "2018-01-05T19:54:59Z"),
        ),
        row(
            SECTION,
            "Clients of version 3 and higher send their clock value along with the request",
            "R3",
            lint(
                "{\"begin\":\"2018-01-05T19:56:00Z\",\"end\":\"2018-02-05\"}",
                &["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T19:56:00Z"],
            ),
            lint(rental, &["--client", "3", "--server-time", SERVER]),
        ),
        row(
            SECTION,
            "The server can set BeginDate with respect to that value",
            "`policy advise`",
            advise(&[&["--client", "2.5", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat()),
            advise(&[&["--client", "3", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat())
                .says("begin     2018-01-05T19:56:00Z"),
        ),
        row(
            SECTION,
            "and other time restrictions with respect to that value",
            "`policy advise`",
            advise(&["--client", "2.5", "--client-time", "2018-01-05T19:56:00Z", "--end", "48h"]),
            advise(&["--client", "3", "--client-time", "2018-01-05T19:56:00Z", "--end", "48h"])
                .says("end       2018-01-07T19:56:00Z"),
        ),
        row(
            SECTION,
            "under the condition that it is close to the time value known to the license server",
            "`policy advise`",
            advise(&[&["--client", "3", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat()),
            advise(&[&["--client", "3", "--client-time", "2018-01-05T17:00:00Z"], &month[..]].concat())
                .says("deny"),
        ),
        row(
            SECTION,
            "Version 3 example, step 4: begin time, client time contained in the license request, 7:56 PM",
            "R3",
            lint(
                "{\"begin\":\"2018-01-05T19:56:00Z\",\"end\":\"2018-02-05\"}",
                &["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T19:56:00Z"],
            ),
            lint(
                "{\"begin\":\"2018-01-05T19:57:00Z\",\"end\":\"2018-02-05\"}",
                &["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T19:56:00Z"],
            )
            .says("after the client's clock"),
        ),
        row(
            SECTION,
            "Version 3 example, step 4: play right, expiration time, expiration after first play",
            "`policy advise`",
            advise(&[&["--client", "3", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat()),
            advise(
                &[
                    &["--client", "3", "--client-time", "2018-01-05T19:56:00Z", "--first-play", "48h"],
                    &month[..],
                ]
                .concat(),
            )
            .says("play for  48h after the first play"),
        ),
        row(
            SECTION,
            "Version 3 example, step 5: the PC clock is equal to or past the BeginDate",
            "`policy advise`",
            advise(&[&["--client", "2.5", "--client-time", "2018-01-05T19:56:00Z"], &month[..]].concat()),
            advise(&[&["--client", "2.5", "--client-time", "2018-01-05T19:50:00Z"], &month[..]].concat())
                .says("cannot be used at once"),
        ),
        row(
            SECTION,
            "If the client clock is further from the server clock than 1 hour, deny the request",
            "`policy advise`",
            advise(&[&["--client", "3", "--client-time", "2018-01-05T19:00:00Z"], &month[..]].concat()),
            advise(&[&["--client", "3", "--client-time", "2018-01-05T18:59:59Z"], &month[..]].concat())
                .says("deny"),
        ),
        row(
            SECTION,
            "deny the request: also for a license that does not end",
            "R3",
            lint("{}", &["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T19:00:00Z"]),
            lint("{}", &["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T18:59:59Z"]),
        ),
        row(
            SECTION,
            "and send a message to request that the clock is set to the right value",
            "`policy advise`",
            advise(&[&["--client", "3", "--client-time", "2018-01-05T21:00:00Z"], &month[..]].concat()),
            advise(&[&["--client", "3", "--client-time", "2018-01-05T21:00:01Z"], &month[..]].concat())
                .says("ask the user to set it"),
        ),
    ]
}

fn subscription() -> Vec<Row> {
    const SECTION: &str = "Time Restrictions in Subscription Licenses";
    let month = ["--end", "1mo"];
    let good = chain(MONTH, "");
    vec![
        row(
            SECTION,
            "Both its leaf license and the root license are necessary",
            "L13",
            lint(&good, &[]),
            lint(&format!("{{{LEAF}}}"), &[]),
        ),
        row(
            SECTION,
            "Both licenses must contain the action being performed on the content",
            "R5",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"rights\":[\"copy\"]"), &[]),
        ),
        row(
            SECTION,
            "Both licenses must contain the action being performed on the content: not play alone",
            "R5",
            lint(
                &chain(&format!("{MONTH},\"rights\":[\"play\",\"copy\"]"), ",\"rights\":[\"play\",\"copy\"]"),
                &[],
            ),
            lint(&chain(MONTH, ",\"rights\":[\"play\",\"copy\"]"), &[]),
        ),
        row(
            SECTION,
            "Both licenses must be valid (not expired, and so on)",
            "R5",
            lint(&good, &["--server-time", "2018-01-20"]),
            lint(&good, &["--server-time", "2018-02-02"]),
        ),
        row(
            SECTION,
            "Leaf licenses should include very few (if any) restrictions",
            "R7",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"copy_count\":1,\"source_id\":267"), &[]),
        ),
        row(
            SECTION,
            "The root license should contain time restrictions",
            "R6",
            lint(&good, &[]),
            lint(&chain("\"persistent\":true", ""), &[]),
        ),
        row(
            SECTION,
            "and be refreshed periodically (for example, monthly)",
            "R6",
            lint(&good, &[]),
            lint(&chain("\"begin\":\"2018-01-01\",\"end\":\"2020-01-01\"", ""), &[]),
        ),
        row(
            SECTION,
            "When a subscription is about to lapse, only one license is issued, and all content is updated",
            "`policy simulate`",
            simulate(&["--preset", "purchase"]),
            simulate(&["--preset", "subscription"]).says("root: expired 2018-02-01"),
        ),
        row(
            SECTION,
            "If leaf licenses contain time-based policy, all would need to be re-issued: a begin date",
            "R4",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"begin\":\"2018-01-01\""), &[]),
        ),
        row(
            SECTION,
            "If leaf licenses contain time-based policy, all would need to be re-issued: a first-play expiration",
            "R4",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"first_play\":\"48h\""), &[]),
        ),
        row(
            SECTION,
            "If leaf licenses contain time-based policy, all would need to be re-issued: a removal date",
            "R4",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"removal\":\"2018-03-01\""), &[]),
        ),
        row(
            SECTION,
            "Where a license of a chain is advised, its dates go into the root",
            "`policy advise`",
            advise(&[&["--client", "2.5"], &month[..]].concat()),
            advise(&[&["--client", "2.5"], &month[..], &[LEAF_ALONE][..]].concat())
                .says("left out of the leaf"),
        ),
        row(
            SECTION,
            "Both licenses must be valid: the leaf, too",
            "R5",
            lint(&good, &["--server-time", "2018-01-20"]),
            lint(&chain(MONTH, ",\"end\":\"2018-01-10\""), &["--server-time", "2018-01-20"]),
        ),
        row(
            SECTION,
            "If content is supposed to expire using license chains, only the root license should contain the time-based policy",
            "R4",
            lint(&good, &[]),
            lint(&chain(MONTH, ",\"end\":\"2018-02-01\""), &[]),
        ),
    ]
}
