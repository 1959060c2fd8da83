//! PlayReady Communication Protocols, of 2017.

use super::Row;
use super::probe::{FILE, Probe};

pub const BESIDE: &str = "\
No input can keep or break what it tells of installing a server, of figures, and of the services of client owners, whose protocols
are their own (last section).";

const SOAP: &str = "PlayReady Server—PlayReady Client Communication";
const CLOCK: &str = "Microsoft Services for PlayReady Clients";

/// Every cell of the table of secure clocks: what it says, a version that it is about, what is answered to it, and a version that
/// it is not about.
const CELLS: &[(&str, &str, &str, &str)] = &[
    ("Version 1: Secure Clock V1", "1.0", "Secure Clock V1,", "3.2"),
    ("V1: nicknamed Secure Clock Legacy", "1.0", "\"Secure Clock Legacy\"", "2.11"),
    ("V1: set up in 2002, on Microsoft premises", "1.2", "set up in 2002, on Microsoft premises", "3.0"),
    (
        "V1: http://go.microsoft.com/fwlink/?LinkID=25812",
        "1.0",
        "http://go.microsoft.com/fwlink/?LinkID=25812",
        "2.11",
    ),
    (
        "V1: http://go.microsoft.com/fwlink/?LinkID=25817",
        "1.0",
        "http://go.microsoft.com/fwlink/?LinkID=25817",
        "2.11",
    ),
    (
        "V1: http://go.microsoft.com/fwlink/?LinkID=88262",
        "1.0",
        "http://go.microsoft.com/fwlink/?LinkID=88262",
        "2.11",
    ),
    (
        "V1: forwards to https://services.wmdrm.windowsmedia.com/SecureClock/?petition",
        "1.0",
        "https://services.wmdrm.windowsmedia.com/SecureClock/?petition",
        "3.2",
    ),
    ("V1: all WMDRM 7 (2002)", "wmdrm7", "All WMDRM 7 (2002)", "wmdrm10.08"),
    ("V1: all WMDRM 10.08 (2006)", "wmdrm10.08", "All WMDRM 10.08 (2006)", "wmdrm7"),
    ("V1: all PR PK 1.0 (2008)", "1.0", "All PR PK 1.0 (2008)", "1.2"),
    ("V1: all PR PK 1.2 (2008)", "1.2", "All PR PK 1.2 (2008)", "1.0"),
    ("V1: some PR PK 2.0 (2011)", "2.0", "Secure Clock V1,", "2.11"),
    ("V1: some PR PK 2.5 (2013)", "2.5", "Secure Clock V1,", "3.0"),
    ("Version 2: SecureClock V2", "2.11", "Secure Clock V2,", "1.0"),
    ("V2: nicknamed Secure Clock VISTA", "3.0", "\"Secure Clock VISTA\"", "1.2"),
    ("V2: set up in 2010, on Microsoft premises", "2.11", "set up in 2010, on Microsoft premises", "1.0"),
    (
        "V2: http://go.microsoft.com/fwlink/?LinkID=130559",
        "2.11",
        "http://go.microsoft.com/fwlink/?LinkID=130559",
        "1.0",
    ),
    (
        "V2: http://go.microsoft.com/fwlink/?LinkID=149408",
        "2.11",
        "http://go.microsoft.com/fwlink/?LinkID=149408",
        "1.0",
    ),
    (
        "V2: forwards to https://services.wmdrm.windowsmedia.com/SecureClock/VISTA_RTM/?Petition",
        "2.11",
        "https://services.wmdrm.windowsmedia.com/SecureClock/VISTA_RTM/?Petition",
        "1.0",
    ),
    ("V2: some PR PK 2.0 (2011)", "2.0", "Secure Clock V2,", "1.2"),
    ("V2: some PR PK 2.5 (2013)", "2.5", "Some PR PK 2.5 (2013)", "2.11"),
    ("V2: all PR PK 2.11 (2014)", "2.11", "All PR PK 2.11 (2014)", "2.5"),
    ("V2: all PR PK 3.0 (2015)", "3.0", "All PR PK 3.0 (2015)", "2.11"),
    ("V2: REE only", "3.0", "(REE only)", "2.5"),
    ("Version 3: Secure Clock V3", "2.3", "Secure Clock V3,", "3.2"),
    (
        "V3: set up in 2016, in Microsoft Azure",
        "3.0",
        "Secure Clock V3, set up in 2016, in Microsoft Azure",
        "4.0",
    ),
    (
        "V3: http://go.microsoft.com/fwlink/?LinkID=799153",
        "3.0",
        "http://go.microsoft.com/fwlink/?LinkID=799153",
        "3.2",
    ),
    (
        "V3: forwards to https://secureclock2.playready.microsoft.com/secureclock/vista_rtm/?petition",
        "3.0",
        "https://secureclock2.playready.microsoft.com/secureclock/vista_rtm/?petition",
        "3.2",
    ),
    (
        "V3: compatible with all PR PK 1.0 to 3.0 included",
        "1.0",
        "Compatible with all PR PK 1.0 to 3.0 included",
        "3.2",
    ),
    ("V3: to 3.0 included", "3.0", "Compatible with all PR PK 1.0 to 3.0 included", "4.0"),
    ("Version 4: Secure Clock V4", "4.0", "Secure Clock V4,", "3.0"),
    ("V4: nicknamed Secure Time", "3.3", "\"Secure Time\"", "3.0"),
    (
        "V4: set up in 2016 in Microsoft Azure",
        "3.2",
        "Secure Time\", set up in 2016, in Microsoft Azure",
        "2.11",
    ),
    (
        "V4: http://go.microsoft.com/fwlink/?LinkID=746259",
        "3.2",
        "http://go.microsoft.com/fwlink/?LinkID=746259",
        "3.0",
    ),
    (
        "V4: https://go.microsoft.com/fwlink/?LinkID=746341",
        "3.2",
        "https://go.microsoft.com/fwlink/?LinkID=746341",
        "3.0",
    ),
    (
        "V4: forwards to http://securetime.playready.microsoft.com/SecureTime",
        "4.0",
        "http://securetime.playready.microsoft.com/SecureTime",
        "3.0",
    ),
    (
        "V4: and to https://securetime.playready.microsoft.com/SecureTime",
        "4.0",
        "https://securetime.playready.microsoft.com/SecureTime",
        "3.0",
    ),
    ("V4: all PR PK 3.2+ (2016)", "3.2", "All PR PK 3.2+ (2016)", "3.0"),
    ("V4: REE or TEE", "4.4", "(REE or TEE)", "3.0"),
];

fn show(name: &str, body: &str, shown: &str) -> Probe {
    let envelope = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>";
    let xml = format!("{envelope}{body}</soap:Body></soap:Envelope>");
    Probe::command(&["soap", "show", FILE]).on(name, xml, format!("soap show {shown}"))
}

fn clock(target: &str) -> Probe {
    Probe::command(&["clock", "--target", target])
}

fn request(header: &str) -> String {
    format!(
        "<AcquireLicense xmlns=\"http://schemas.microsoft.com/DRM/2007/03/protocols\"><challenge><Challenge><LA><Version>1</Version>\
         <ContentHeader>{header}</ContentHeader><CLIENTINFO><CLIENTVERSION>3.1.0.1017</CLIENTVERSION></CLIENTINFO></LA></Challenge>\
         </challenge></AcquireLicense>"
    )
}

fn header(version: &str) -> String {
    format!(
        "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"{version}\"><DATA><PROTECTINFO>\
         <KIDS><KID ALGID=\"AESCTR\" VALUE=\"PV1LM/VEVk+kEOB8qqcWDg==\"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"
    )
}

pub fn rows() -> Vec<Row> {
    let row = |section, statement, rule, keeps, breaks| Row { section, statement, rule, keeps, breaks };
    let good = request(&header("4.2.0.0"));
    let shown = "a challenge with a header of 4.2 from a client 3.1";
    let mut rows = vec![
        row(
            SOAP,
            "The client sends a SOAP message containing a challenge",
            "`soap show`",
            show("a.xml", &good, shown),
            Probe::command(&["soap", "show", FILE])
                .on("a.xml", "<html></html>", "soap show a page")
                .says("not recognised"),
        ),
        row(
            SOAP,
            "The server responds with a SOAP message that contains a response",
            "`soap show`",
            show("a.xml", &good, shown),
            show("a.xml", "<AcquireLicenseResponse/>", "an answer").says("license response"),
        ),
        row(
            SOAP,
            "Both contain information in XML format: the various elements needed to process the transaction",
            "PRH-10",
            show("a.xml", &good, shown),
            show("a.xml", &request(&header("4.3.0.0")), "a challenge with a header of 4.3 from a client 3.1"),
        ),
    ];
    rows.extend(CELLS.iter().map(|(cell, uses, service, other)| {
        row(CLOCK, *cell, "`clock`", clock(other), clock(uses).says(service))
    }));
    rows
}
