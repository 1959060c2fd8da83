//! Licenses and messages put together by hand: what `samples/licenses` and `samples/messages` hold. All values are made
//! up; the bytes that stand for encrypted keys are text, so that a test can look for them in what is printed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Stands where an encrypted content key would.
pub const KEY: &[u8; 32] = b"NOT A KEY BUT 32 BYTES OF TEXT..";
/// Stands where a signature would.
pub const SIGNATURE: &[u8; 16] = b"NOT A SIGNATURE.";
/// Stands where the public key of a client would.
pub const CLIENT: &[u8; 64] = b"NOT THE PUBLIC KEY OF ANY CLIENT, BUT SIXTY-FOUR BYTES OF TEXT..";

/// The key id of the samples, 00112233-4455-6677-8899-aabbccddeeff, in GUID order.
pub const KID: [u8; 16] =
    [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF];
/// The key id of a root, a0a0a0a0-….
pub const ROOT: [u8; 16] = [0xA0; 16];
/// A domain account, d0d0d0d0-….
pub const ACCOUNT: [u8; 16] = [0xD0; 16];
/// The nonce of the sample request.
pub const NONCE: [u8; 16] = [0x90; 16];

/// 2018-01-05T20:00:00Z: the server's clock in the examples of the best practices.
pub const SERVER: u32 = 1_515_182_400;
/// Four minutes before: the client's.
pub const CLIENT_TIME: u32 = SERVER - 240;
pub const MONTH: u32 = 31 * 86_400;

pub fn object(flags: u16, kind: u16, body: &[u8]) -> Vec<u8> {
    let len = (body.len() + 8) as u32;
    [&flags.to_be_bytes()[..], &kind.to_be_bytes(), &len.to_be_bytes(), body].concat()
}

pub fn leaf(kind: u16, body: &[u8]) -> Vec<u8> {
    object(1, kind, body)
}

pub fn container(kind: u16, children: &[Vec<u8>]) -> Vec<u8> {
    object(3, kind, &children.concat())
}

pub fn license(id: [u8; 16], children: &[Vec<u8>]) -> Vec<u8> {
    [b"XMR\0", &3_u32.to_be_bytes()[..], &id, &container(1, children)].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub fn dates(begin: u32, end: u32) -> Vec<u8> {
    leaf(0x0012, &words(&[begin, end]))
}

pub fn issued(time: u32) -> Vec<u8> {
    object(0, 0x0013, &words(&[time]))
}

pub fn first_play(seconds: u32) -> Vec<u8> {
    leaf(0x0030, &words(&[seconds]))
}

pub fn level(level: u16) -> Vec<u8> {
    leaf(0x0034, &level.to_be_bytes())
}

/// Compressed, uncompressed and analog video, compressed and uncompressed audio.
pub fn outputs(levels: [u16; 5]) -> Vec<u8> {
    leaf(0x0005, &levels.iter().flat_map(|level| level.to_be_bytes()).collect::<Vec<_>>())
}

/// Restricts HDCP to type 1.
pub fn hdcp() -> Vec<u8> {
    let id = [0xF1, 0xC6, 0xB2, 0xAB, 0x63, 0xE6, 0x25, 0x46, 0xA9, 0x45, 0x97, 0x2D, 0x17, 0xB2, 0x31, 0xE7];
    container(0x0058, &[leaf(0x0059, &[&id[..], &[0, 0, 0, 1]].concat())])
}

pub fn domain() -> Vec<u8> {
    leaf(0x0029, &[&ACCOUNT[..], &words(&[2])].concat())
}

/// Key type 1 is AES in counter mode; cipher 2 is the root's key, 3 the client's.
pub fn content_key(kid: [u8; 16], kind: u16, cipher: u16) -> Vec<u8> {
    let fields = [kind.to_be_bytes(), cipher.to_be_bytes(), (KEY.len() as u16).to_be_bytes()].concat();
    leaf(0x000A, &[&kid[..], &fields, KEY].concat())
}

fn client_key() -> Vec<u8> {
    object(0, 0x002A, &[&[0, 1, 0, 64], &CLIENT[..]].concat())
}

fn uplink(root: [u8; 16]) -> Vec<u8> {
    leaf(0x003B, &[&root[..], &[0, 1, 0, 8], b"CHECKSUM"].concat())
}

fn signature() -> Vec<u8> {
    leaf(0x000B, &[&[0, 1, 0, 16], &SIGNATURE[..]].concat())
}

fn signed(id: u8, objects: Vec<Vec<u8>>) -> Vec<u8> {
    license([id; 16], &[objects, vec![signature()]].concat())
}

/// A film for a month, and for 48 hours after the first play.
pub fn rental() -> Vec<u8> {
    let policy = [issued(SERVER), dates(SERVER - 300, SERVER + MONTH), first_play(48 * 3600), level(2000)];
    let playback = [outputs([500, 300, 200, 300, 300]), hdcp()];
    let keys = [content_key(KID, 1, 3), client_key()];
    signed(0x11, vec![container(2, &policy), container(4, &playback), container(9, &keys)])
}

/// The root of a subscription.
pub fn root() -> Vec<u8> {
    let policy = [issued(SERVER), dates(SERVER - 300, SERVER + MONTH), level(2000)];
    let keys = [content_key(ROOT, 6, 3), client_key()];
    signed(0x22, vec![container(2, &policy), container(4, &[]), container(9, &keys)])
}

/// A leaf of that root: no dates, the right to play.
pub fn chain_leaf() -> Vec<u8> {
    let keys = [content_key(KID, 1, 2), uplink(ROOT)];
    signed(0x33, vec![container(2, &[level(2000)]), container(4, &[]), container(9, &keys)])
}

/// Bound to a domain, to be embedded.
pub fn domain_bound() -> Vec<u8> {
    let policy = [
        issued(SERVER),
        dates(CLIENT_TIME, SERVER + MONTH),
        level(2000),
        object(0, 0x0033, &[0, 1]),
        domain(),
    ];
    let keys = [content_key(KID, 1, 3)];
    signed(0x44, vec![container(2, &policy), container(4, &[]), container(9, &keys)])
}

/// Breaks a rule with every object.
pub fn crooked() -> Vec<u8> {
    let policy = [
        issued(SERVER),
        dates(0, SERVER + MONTH),
        level(2500),
        leaf(0x0050, &words(&[SERVER + MONTH])),
        leaf(0x7777, b"nobody knows"),
    ];
    let playback = [outputs([500, 200, 200, 300, 300]), hdcp()];
    let keys = [content_key([0xEE; 16], 5, 3)];
    signed(0x55, vec![container(2, &policy), container(4, &playback), container(9, &keys)])
}

/// A request for the samples' key, as a client of version 3 sends it.
pub fn request() -> String {
    let kid = STANDARD.encode(KID);
    let nonce = STANDARD.encode(NONCE);
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <AcquireLicense xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols">
      <challenge>
        <Challenge xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols/messages">
          <LA xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols" Id="SignedData" xml:space="preserve">
            <Version>5</Version>
            <ContentHeader><WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.2.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCTR" VALUE="{kid}"></KID></KIDS></PROTECTINFO><LA_URL>https://lic.example.test/rm.asmx</LA_URL></DATA></WRMHEADER></ContentHeader>
            <CLIENTINFO><CLIENTVERSION>3.0.2.5</CLIENTVERSION></CLIENTINFO>
            <RevocationLists><RevListInfo><ListID>ioydTlK2p0WXkWklprR5Hw==</ListID><Version>11</Version></RevListInfo></RevocationLists>
            <CustomData>User=Example;Plan=&lt;basic&gt;</CustomData>
            <LicenseNonce>{nonce}</LicenseNonce>
            <ClientTime>{CLIENT_TIME}</ClientTime>
            <EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
              <CipherData><CipherValue>bm90IGVuY3J5cHRlZCwgYnV0IHRleHQ=</CipherValue></CipherData>
            </EncryptedData>
          </LA>
          <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>bm90IGEgc2lnbmF0dXJl</SignatureValue></Signature>
        </Challenge>
      </challenge>
    </AcquireLicense>
  </soap:Body>
</soap:Envelope>
"#
    )
}

/// The answer to it.
pub fn response(licenses: &[Vec<u8>], nonce: [u8; 16]) -> String {
    let licenses: Vec<_> = licenses
        .iter()
        .map(|license| format!("            <License>{}</License>\n", STANDARD.encode(license)))
        .collect();
    let (licenses, nonce) = (licenses.concat(), STANDARD.encode(nonce));
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <AcquireLicenseResponse xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols">
      <AcquireLicenseResult>
        <Response xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols/messages">
          <LicenseResponse xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols" Id="SignedData">
            <Version>1</Version>
            <Licenses>
{licenses}            </Licenses>
            <LicenseNonce>{nonce}</LicenseNonce>
            <ResponseID>bm90IGFuIGlk</ResponseID>
          </LicenseResponse>
          <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>bm90IGEgc2lnbmF0dXJl</SignatureValue></Signature>
        </Response>
      </AcquireLicenseResult>
    </AcquireLicenseResponse>
  </soap:Body>
</soap:Envelope>
"#
    )
}

/// A fault in HTTP text.
pub fn fault() -> String {
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/xml; charset=utf-8\r\nSet-Cookie: session=NOT-FOR-PRINT\r\n\r\n\
     <?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
     <soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>Domain required.</faultstring>\
     <faultactor>https://lic.example.test/rm.asmx</faultactor><detail><Exception><StatusCode>0x8004c605</StatusCode>\
     <CustomData>Join the family first.</CustomData></Exception></detail></soap:Fault></soap:Body></soap:Envelope>\n"
        .to_owned()
}

/// The same in SOAP 1.2, with a code in decimal.
pub fn fault_1_2() -> String {
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><s:Fault><s:Code><s:Value>s:Receiver\
     </s:Value></s:Code><s:Reason><s:Text xml:lang=\"en\">Device limit reached.</s:Text></s:Reason><s:Detail><Exception>\
     <StatusCode>-2147170814</StatusCode></Exception></s:Detail></s:Fault></s:Body></s:Envelope>\n"
        .to_owned()
}

/// A player's wrapper around the request, in UTF-16.
pub fn key_message() -> Vec<u8> {
    let text = format!(
        "<PlayReadyKeyMessage type=\"LicenseAcquisition\"><LicenseAcquisition Version=\"1\"><Challenge \
         encoding=\"base64encoded\">{}</Challenge><HttpHeaders><HttpHeader><name>Content-Type</name><value>text/xml; \
         charset=utf-8</value></HttpHeader><HttpHeader><name>SOAPAction</name><value>\
         \"http://schemas.microsoft.com/DRM/2007/03/protocols/AcquireLicense\"</value></HttpHeader></HttpHeaders>\
         </LicenseAcquisition></PlayReadyKeyMessage>",
        STANDARD.encode(request())
    );
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn cdm_data() -> String {
    let custom: Vec<u8> = "User=Example".encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!(
        "<PlayReadyCDMData type=\"LicenseAcquisition\"><LicenseAcquisition version=\"1.0\" Proactive=\"true\"><KeyIDs><KeyID>\
         {}</KeyID></KeyIDs><CustomData encoding=\"base64encoded\">{}</CustomData></LicenseAcquisition></PlayReadyCDMData>\n",
        STANDARD.encode(KID),
        STANDARD.encode(custom)
    )
}

/// An operation whose body is not public.
pub fn join_domain() -> String {
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><JoinDomain \
     xmlns=\"http://schemas.microsoft.com/DRM/2007/03/protocols\"><challenge><Challenge><DomainServiceID>example\
     </DomainServiceID><FriendlyName>Living room</FriendlyName><DomainKey>NOT-FOR-PRINT</DomainKey></Challenge></challenge>\
     </JoinDomain></soap:Body></soap:Envelope>\n"
        .to_owned()
}

pub fn clock_petition() -> String {
    "GET /SecureClock/VISTA_RTM/?Petition HTTP/1.0\r\nHost: services.wmdrm.windowsmedia.com\r\n\r\n"
        .to_owned()
}

/// The answer of a clock service, in base64.
pub fn clock_response() -> String {
    let xml = "<SECURECLOCK type=\"RESPONSE\"><DATA><TID>bm90IGEgdGlk</TID><GMTTIME>20180105 20:00:00Z</GMTTIME>\
               <REFRESHDATE>20180205 20:00:00Z</REFRESHDATE></DATA><CERTIFICATECHAIN><CERTIFICATE>a</CERTIFICATE><CERTIFICATE>\
               b</CERTIFICATE></CERTIFICATECHAIN><SIGNATURE><VALUE>c</VALUE></SIGNATURE></SECURECLOCK>";
    format!("{}\n", STANDARD.encode(xml))
}

/// Entities that double: a gigabyte for a parser that expands them.
pub fn entities() -> String {
    let mut text = String::from("<!DOCTYPE a [<!ENTITY a0 \"aaaaaaaaaa\">\n");
    for i in 1..30 {
        text.push_str(&format!("<!ENTITY a{i} \"&a{};&a{};\">\n", i - 1, i - 1));
    }
    text.push_str("]>\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>&a29;</soap:Body></soap:Envelope>\n");
    text
}

/// The file with an empty store, with a license in it: what is expected of `els fill`, but for where in the store it
/// stands, which nobody has documented.
pub fn filled_store(file: &[u8], license: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let zeros = vec![0; 10_000];
    let at = file.windows(zeros.len()).position(|window| window == zeros).unwrap();
    let at = at + (at & 1);
    file[at..at + license.len()].copy_from_slice(license);
    file
}
