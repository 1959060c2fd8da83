//! The table of status codes. One row a code, in order.

/// What is known of a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusEntry {
    /// The number.
    pub code: u32,
    /// Its name.
    pub name: &'static str,
    /// What it means, where that is published; empty where only the name is known.
    pub text: &'static str,
    source: Source,
    /// The name that public programs have for the same number, where it is another one.
    pub also: Option<&'static str>,
}

/// Where a name comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Source {
    /// MS docs `testing-server-exceptions.md`.
    TestServer,
    /// MS docs on Windows applications, `playready-client-sdk`.
    WindowsSdk,
    /// Microsoft's reference of the PlayReady client for Windows Store applications, dn468822.
    ClientReference,
    /// Microsoft's reference of the Windows Media Rights Manager SDK, bb614577: codes of the content header, from which
    /// those of PlayReady's come.
    RightsManager,
    /// Public programs, not Microsoft.
    Programs,
}

impl StatusEntry {
    /// Whether Microsoft publishes the name with the number.
    pub const fn is_official(&self) -> bool {
        !matches!(self.source, Source::Programs)
    }

    /// The source, for people.
    pub const fn source_text(&self) -> &'static str {
        match self.source {
            Source::TestServer => "MS docs testing-server-exceptions.md",
            Source::WindowsSdk => "MS docs playready-client-sdk.md (Windows)",
            Source::ClientReference => "MS reference dn468822 (PlayReady client for Windows)",
            Source::RightsManager => "MS reference bb614577 (Windows Media Rights Manager SDK)",
            Source::Programs => "unofficial name, from public programs",
        }
    }
}

/// Codes of which only the family is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusRange {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// What they are about.
    pub text: &'static str,
}

const fn entry(code: u32, name: &'static str, text: &'static str, source: Source) -> StatusEntry {
    StatusEntry { code, name, text, source, also: None }
}

/// All codes with a name.
pub const STATUS_CODES: &[StatusEntry] = &[
    entry(
        0x0004_B801,
        "MSPR_S_NETWORK_ACTIVITY_SUCCEEDED",
        "the network operation is done",
        Source::ClientReference,
    ),
    entry(
        0x0004_B802,
        "MSPR_S_HTTP_INDIVIDUALIZION_ALREADY_OCCURRED",
        "the client was individualized meanwhile",
        Source::ClientReference,
    ),
    entry(
        0x0004_B803,
        "MSPR_S_IN_MEMORY_LICENSE_DISCARDED",
        "a license that is not kept was discarded, because nobody asked for it",
        Source::ClientReference,
    ),
    entry(0x8004_1104, "DRM_E_CH_KID_MISSING", "the header has no KID", Source::RightsManager),
    entry(0x8004_1106, "DRM_E_CH_CHECKSUM_MISSING", "the header has no checksum", Source::RightsManager),
    entry(
        0x8004_1107,
        "DRM_E_CH_ATTR_MISSING",
        "an attribute of the header is missing",
        Source::RightsManager,
    ),
    entry(0x8004_1108, "DRM_E_CH_INVALID_HEADER", "the header is not valid", Source::RightsManager),
    entry(0x8004_1109, "CH_INVALID_CHECKSUM", "", Source::Programs),
    entry(0x8004_110B, "CH_UNSUPPORTED_VERSION", "", Source::Programs),
    entry(0x8004_110E, "DRM_E_CH_BAD_KEY", "the key is not valid", Source::RightsManager),
    entry(0x8004_110F, "DRM_E_CH_KID_NOTSET", "no KID was set", Source::RightsManager),
    StatusEntry {
        // Public programs of PlayReady give it for several KIDs in one header: which of the two a server means is open.
        also: Some("CH_MULTIPLE_KIDS"),
        ..entry(0x8004_1111, "DRM_E_CH_CHECKSUM_NOTSET", "no checksum was set", Source::RightsManager)
    },
    entry(0x8004_1112, "DRM_E_CH_HEADER_NOTSET", "no header was set", Source::RightsManager),
    entry(0x8004_1114, "DRM_E_CH_INVALID_PRIVATEKEY", "the private key is not valid", Source::RightsManager),
    entry(0x8004_1115, "DRM_E_CH_INVALID_PUBLICKEY", "the public key is not valid", Source::RightsManager),
    entry(
        0x8004_B801,
        "MSPR_E_INDIVBOX_HAS_BAD_SIGNATURE",
        "the signature of the individualized binary does not verify",
        Source::ClientReference,
    ),
    entry(0x8004_B804, "MSPR_E_PRO_HEADER_KID_NOT_SET", "the header has no key id", Source::ClientReference),
    entry(0x8004_B805, "MSPR_E_PRO_HEADER_BYTES_NOT_SET", "the header has no bytes", Source::ClientReference),
    entry(
        0x8004_B806,
        "MSPR_E_PRO_HEADER_ALREADY_COMMITTED",
        "the header already has a key id or content",
        Source::ClientReference,
    ),
    entry(
        0x8004_B807,
        "MSPR_E_PRO_HEADER_NOT_YET_COMMITTED",
        "the header has neither a key id nor content yet",
        Source::ClientReference,
    ),
    entry(
        0x8004_B808,
        "MSPR_E_UNPROTECTED_PROTECTED_OBJECT_MISMATCH",
        "an object that is protected by the stub library was given where one that is not is due, or the reverse",
        Source::ClientReference,
    ),
    entry(
        0x8004_B822,
        "MSPR_E_NEEDS_INDIVIDUALIZATION",
        "the client must be individualized first",
        Source::WindowsSdk,
    ),
    entry(
        0x8004_B895,
        "MSPR_E_CONTENT_ENABLING_ACTION_REQUIRED",
        "a license must be acquired, or another action taken, before the content plays",
        Source::WindowsSdk,
    ),
    entry(0x8004_C009, "LICENSE_EXPIRED", "", Source::Programs),
    entry(0x8004_C00A, "LICENSE_NOT_YET_VALID", "", Source::Programs),
    entry(0x8004_C00B, "RIGHTS_NOT_AVAILABLE", "", Source::Programs),
    entry(0x8004_C013, "LICENSE_NOT_FOUND", "", Source::Programs),
    entry(0x8004_C016, "UNSUPPORTED_ALGORITHM", "", Source::Programs),
    entry(0x8004_C01C, "CLIENTTIME_INVALID", "", Source::Programs),
    entry(0x8004_C05B, "CLK_NOT_SET", "", Source::Programs),
    entry(0x8004_C05C, "NO_CLK_SUPPORTED", "", Source::Programs),
    entry(0x8004_C05D, "NO_URL", "", Source::Programs),
    entry(
        0x8004_C065,
        "DRM_E_DEVCERT_REVOKED",
        "the server delivers no license to a client whose certificate is revoked",
        Source::TestServer,
    ),
    entry(0x8004_C0C1, "KID_MISMATCH", "", Source::Programs),
    entry(0x8004_C580, "DEVICE_DOMAIN_JOIN_REQUIRED", "", Source::Programs),
    entry(0x8004_C600, "DRM_E_SERVER_INTERNAL_ERROR", "an internal error of the server", Source::TestServer),
    entry(0x8004_C601, "DRM_E_SERVER_INVALID_MESSAGE", "the request was not valid", Source::TestServer),
    entry(
        0x8004_C602,
        "DRM_E_SERVER_DEVICE_LIMIT_REACHED",
        "the domain account has reached its number of devices",
        Source::TestServer,
    ),
    entry(0x8004_C603, "INDIV_REQUIRED", "", Source::Programs),
    entry(
        0x8004_C604,
        "DRM_E_SERVER_SERVICE_SPECIFIC",
        "an error of the service, whose custom data says more",
        Source::TestServer,
    ),
    entry(
        0x8004_C605,
        "DRM_E_SERVER_DOMAIN_REQUIRED",
        "the license is bound to a domain: the client must join it and ask again",
        Source::TestServer,
    ),
    entry(
        0x8004_C606,
        "DRM_E_SERVER_RENEW_DOMAIN",
        "the client's domain certificate is of an old revision: it must renew it",
        Source::TestServer,
    ),
    entry(0x8004_C607, "UNKNOWN_METERINGID", "", Source::Programs),
    entry(0x8004_C608, "COMPUTER_LIMIT", "", Source::Programs),
    entry(0x8004_C609, "PROTOCOL_FALLBACK", "", Source::Programs),
    entry(
        0x8004_C60A,
        "DRM_E_SERVER_NOT_A_MEMBER",
        "the client was removed from the domain",
        Source::TestServer,
    ),
    entry(
        0x8004_C60B,
        "DRM_E_SERVER_PROTOCOL_VERSION_MISMATCH",
        "the server does not support the protocol version of the request",
        Source::TestServer,
    ),
    entry(
        0x8004_C60C,
        "DRM_E_SERVER_UNKNOWN_ACCOUNTID",
        "the service does not know the domain account of the request",
        Source::TestServer,
    ),
    entry(
        0x8004_C60D,
        "DRM_E_SERVER_PROTOCOL_REDIRECT",
        "the client is to ask elsewhere",
        Source::TestServer,
    ),
    entry(0x8004_C610, "UNKNOWN_TRANSACTIONID", "", Source::Programs),
    entry(0x8004_C700, "TOO_MANY_LICENSES", "", Source::Programs),
    entry(
        0x8004_CD22,
        "DRM_E_TEE_OUTPUT_PROTECTION_REQUIREMENTS_NOT_MET",
        "hardware DRM cannot meet the output protection of the license",
        Source::WindowsSdk,
    ),
];

/// Families, from public programs; single names are known for none of these numbers.
pub const STATUS_RANGES: &[StatusRange] = &[
    StatusRange { first: 0x8004_1100, last: 0x8004_117F, text: "the content header" },
    StatusRange {
        first: 0x8004_B809,
        last: 0x8004_B8FF,
        text: "the PlayReady client of Windows; no name of it is in this table: Microsoft's reference dn468822 and \
               Windows.Media.Protection.PlayReadyErrors.h of the Windows SDK list them",
    },
    StatusRange { first: 0x8004_C02D, last: 0x8004_C030, text: "an attribute of the header is wrong" },
    StatusRange { first: 0x8004_C03F, last: 0x8004_C041, text: "the clock" },
    StatusRange { first: 0x8004_C0E0, last: 0x8004_C0E6, text: "the license format (XMR)" },
    StatusRange { first: 0x8004_C500, last: 0x8004_C50C, text: "a domain" },
    StatusRange {
        first: 0x8004_DE00,
        last: 0x8004_DE04,
        text: "secure time and license server time; DRM_E_SECURETIME_CLOCK_NOT_SET and \
               DRM_E_LICENSESERVERTIME_MUST_REACQUIRE_LICENSE are official names (MS docs trusted-clocks.md) without an \
               official number, and are probably among these",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_stand_once() {
        assert!(STATUS_CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(STATUS_RANGES.is_sorted_by(|a, b| a.last < b.first));
    }

    #[test]
    fn official_entries_say_what_they_mean() {
        for entry in STATUS_CODES {
            assert_eq!(entry.is_official(), !entry.text.is_empty(), "{}", entry.name);
            assert_eq!(
                entry.is_official(),
                entry.name.contains("_E_") || entry.name.contains("_S_"),
                "{}",
                entry.name
            );
        }
    }
}
