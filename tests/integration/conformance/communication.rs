//! PlayReady Communication Protocols, of 2017.

use super::Row;
use super::probe::{FILE, Probe};

pub const BESIDE: &str = "\
No input can keep or break what it tells of installing a server, of figures, and of the services of client owners, whose protocols
are their own (last section).";

const SOAP: &str = "PlayReady Server—PlayReady Client Communication";
const CLOCK: &str = "Microsoft Services for PlayReady Clients";

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
    // Every cell of the table: who uses a service, and somebody who does not.
    for (statement, uses, service, other) in [
        ("Secure Clock V1: all WMDRM 7", "wmdrm7", "All WMDRM 7 (2002)", "wmdrm10.08"),
        ("Secure Clock V1: all WMDRM 10.08", "wmdrm10.08", "All WMDRM 10.08 (2006)", "wmdrm7"),
        ("Secure Clock V1: all PR PK 1.0", "1.0", "All PR PK 1.0 (2008)", "1.2"),
        ("Secure Clock V1: all PR PK 1.2", "1.2", "All PR PK 1.2 (2008)", "1.0"),
        ("Secure Clock V1, V2: some PR PK 2.0", "2.0", "Some PR PK 2.0 (2011)", "2.11"),
        ("Secure Clock V1, V2: some PR PK 2.5", "2.5", "Some PR PK 2.5 (2013)", "2.11"),
        ("Secure Clock V2: all PR PK 2.11", "2.11", "All PR PK 2.11 (2014)", "2.5"),
        ("Secure Clock V2: all PR PK 3.0 (REE only)", "3.0", "All PR PK 3.0 (2015) (REE only)", "2.11"),
        ("Secure Clock V3: compatible with all PR PK 1.0 to 3.0", "2.3", "Compatible with all PR PK", "3.2"),
        ("Secure Clock V4: all PR PK 3.2+ (REE or TEE)", "3.2", "All PR PK 3.2+ (2016) (REE or TEE)", "3.0"),
        (
            "V1 forwards to services.wmdrm.windowsmedia.com",
            "1.0",
            "windowsmedia.com/SecureClock/?petition",
            "3.2",
        ),
        ("V2 forwards to VISTA_RTM", "2.11", "windowsmedia.com/SecureClock/VISTA_RTM/?Petition", "1.0"),
        (
            "V3 forwards to secureclock2.playready.microsoft.com",
            "3.0",
            "secureclock2.playready.microsoft.com",
            "3.2",
        ),
        (
            "V4 forwards to securetime.playready.microsoft.com",
            "4.0",
            "securetime.playready.microsoft.com",
            "3.0",
        ),
    ] {
        rows.push(row(CLOCK, statement, "`clock`", clock(other), clock(uses).says(service)));
    }
    rows
}
