//! Services that give keys, as servers of our own.

use super::*;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

/// A request: its first line and headers in lower case, and its body.
type Request = (String, String);

/// Answers every request as `answer` does, and notes what was asked.
fn serve(answer: impl Fn(&Request) -> (u16, String) + Send + 'static) -> (String, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, seen) =
        (format!("http://{}", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let (mut head, mut len) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                    break;
                }
                let line = line.to_lowercase();
                len = line.strip_prefix("content-length:").map_or(len, |text| text.trim().parse().unwrap());
                head += &line;
            }
            let mut body = vec![0; len];
            reader.read_exact(&mut body).unwrap();
            let request = (head, String::from_utf8(body).unwrap());
            let (status, text) = answer(&request);
            noted.lock().unwrap().push(request);
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, seen)
}

fn served(id: &str, until: &str) -> String {
    format!(
        "{{\"Code\":\"Success\",\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"{until}\"}}"
    )
}

fn exchanged(action: &str) -> String {
    format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>role</AccessKeyId><SecretAccessKey>s&amp;s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></{action}Result></{action}Response>"
    )
}

fn found(variables: &[(&str, &str)]) -> Result<Option<Found>> {
    let environment = Environment::of(variables);
    let profiles = Profiles::read(&environment)?;
    Origin::Environment(environment, profiles).ask()
}

fn keys(variables: &[(&str, &str)]) -> Option<(String, String, Option<String>)> {
    let found = found(variables).unwrap()?;
    let Found { keys, .. } = found;
    Some((keys.key().to_owned(), keys.secret().to_owned(), keys.token().map(str::to_owned)))
}

fn of(id: &str, secret: &str, token: Option<&str>) -> (String, String, Option<String>) {
    (id.to_owned(), secret.to_owned(), token.map(str::to_owned))
}

/// Nothing of the machine that the tests run on is asked.
const ALONE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

/// A home with these files below `.aws`.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(".aws").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    home
}

#[test]
fn keys_of_variables_come_before_those_of_files_and_without_any_requests_are_not_signed() {
    let home = home(&[("credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=s\n")]);
    let home = ("HOME", home.path().to_str().unwrap());
    assert_eq!(keys(&[home, ALONE]), Some(of("file", "s", None)));
    let variables =
        [home, ALONE, ("AWS_ACCESS_KEY_ID", "v"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
    assert_eq!(keys(&variables), Some(of("v", "s", Some("t"))));
    assert_eq!(keys(&[ALONE]), None);
    let missing = found(&[home, ALONE, ("AWS_PROFILE", "none")]);
    assert!(matches!(missing, Err(Error::Profile(name)) if name == "none"));
}

#[test]
fn a_token_in_a_file_is_exchanged_for_keys_of_a_role() {
    let (sts, seen) = serve(|_| (200, exchanged("AssumeRoleWithWebIdentity")));
    let home = home(&[("token", "word+word\n")]);
    let token = home.path().join(".aws/token");
    let variables = [
        ALONE,
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/films"),
        ("AWS_ENDPOINT_URL_STS", &sts),
    ];
    assert_eq!(keys(&variables), Some(of("role", "s&s", Some("t"))));
    let (head, body) = seen.lock().unwrap().remove(0);
    assert!(head.starts_with("post / ") && !head.contains("authorization"), "{head}");
    assert!(
        body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Ffilms") && body.contains("Token=word%2Bword&"),
        "{body}"
    );
}

#[test]
fn a_profile_with_a_role_takes_it_with_the_keys_of_another_profile() {
    let (sts, seen) = serve(|_| (200, exchanged("AssumeRole")));
    let home = home(&[
        ("credentials", "[base]\naws_access_key_id=base\naws_secret_access_key=s\n"),
        (
            "config",
            "[profile films]\nrole_arn=arn:1\nsource_profile=base\nregion=eu-west-1\nexternal_id=7\n[profile loop]\n\
                    role_arn=arn:2\nsource_profile=pool\n[profile pool]\nrole_arn=arn:3\nsource_profile=loop\n",
        ),
    ]);
    let with = |profile| {
        [
            ("HOME", home.path().to_str().unwrap()),
            ALONE,
            ("AWS_ENDPOINT_URL_STS", &*sts),
            ("AWS_PROFILE", profile),
        ]
    };
    assert_eq!(keys(&with("films")), Some(of("role", "s&s", Some("t"))));
    let (head, body) = seen.lock().unwrap().remove(0);
    assert!(head.contains("credential=base/") && head.contains("/eu-west-1/sts/aws4_request"), "{head}");
    assert!(body.contains("Action=AssumeRole&") && body.contains("ExternalId=7"), "{body}");
    assert!(matches!(found(&with("loop")), Err(Error::Profile(_))), "profiles that name each other end");
}

#[test]
fn a_container_and_an_instance_are_asked_for_the_keys_of_their_role() {
    let (container, seen) = serve(|_| (200, served("task", "2036-01-01T00:00:00Z")));
    let url = format!("{container}/v1/keys");
    let variables =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "word")];
    assert_eq!(keys(&variables), Some(of("task", "s", Some("t"))));
    assert!(seen.lock().unwrap()[0].0.contains("authorization: word"));
    let elsewhere = found(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://keys.example/")]);
    assert!(matches!(elsewhere, Err(Error::NoKeys(_))));
    let (instance, seen) = serve(|(head, _)| match head.split(' ').nth(1).unwrap() {
        "/latest/api/token" => (200, "word".to_owned()),
        _ if !head.contains("x-aws-ec2-metadata-token: word") => (401, String::new()),
        "/latest/meta-data/iam/security-credentials/" => (200, "films\n".to_owned()),
        "/latest/meta-data/iam/security-credentials/films" => {
            (200, served("instance", "2036-01-01T00:00:00Z"))
        }
        _ => (404, String::new()),
    });
    let endpoint = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*instance);
    assert_eq!(keys(&[endpoint]), Some(of("instance", "s", Some("t"))));
    assert!(seen.lock().unwrap()[0].0.starts_with("put /latest/api/token"));
    assert_eq!(keys(&[endpoint, ALONE]), None);
}

#[test]
fn a_cached_sign_on_gives_keys_until_it_is_over() {
    let answer = "{\"roleCredentials\":{\"accessKeyId\":\"sso\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t\",\
                  \"expiration\":2082758400000}}";
    let (portal, seen) = serve(move |_| (200, answer.to_owned()));
    let cached =
        |until: &str| format!("{{\"accessToken\":\"word\",\"expiresAt\":\"{until}\",\"region\":\"x\"}}");
    let config = "[profile films]\nsso_session=studio\nsso_account_id=1\nsso_role_name=editor\n[sso-session studio]\n\
                  sso_start_url=https://studio.example/start\nsso_region=eu-west-1\n";
    // The SHA-1 of `studio`.
    let name = format!("sso/cache/{}.json", sso::hex(&<sha1::Sha1 as sha1::Digest>::digest("studio")));
    let home_with = |until: &str| home(&[("config", config), (&name, &cached(until))]);
    let good = home_with("2036-01-01T00:00:00Z");
    let with = |home: &tempfile::TempDir| {
        let home = home.path().to_str().unwrap().to_owned();
        found(&[("HOME", &home), ALONE, ("AWS_PROFILE", "films"), ("AWS_ENDPOINT_URL_SSO", &portal)])
    };
    assert_eq!(with(&good).unwrap().unwrap().keys.key(), "sso");
    let head = seen.lock().unwrap().remove(0).0;
    assert!(head.starts_with("get /federation/credentials?role_name=editor&account_id=1 "), "{head}");
    assert!(head.contains("x-amz-sso_bearer_token: word"), "{head}");
    let over = with(&home_with("2020-01-01T00:00:00Z"));
    assert!(matches!(over, Err(Error::SignedOut(name)) if name == "films"));
}

#[test]
fn keys_are_asked_for_anew_before_they_expire_and_old_ones_stay_where_none_are_to_be_had() {
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    let (container, _) = serve(move |_| {
        let mut count = counted.lock().unwrap();
        *count += 1;
        match *count {
            1 => (200, served("first", "2020-01-01T00:00:00Z")),
            2 => (500, String::new()),
            _ => (200, served("third", "2036-01-01T00:00:00Z")),
        }
    });
    let environment = Environment::of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*container)]);
    let origin = Origin::Environment(environment, Profiles::default());
    let keys = Keys::find(Some(&origin)).unwrap();
    assert_eq!(keys.now().unwrap().key(), "first");
    for _ in 0..3 {
        assert_eq!(keys.now().unwrap().key(), "third");
    }
    assert_eq!(*count.lock().unwrap(), 3);
    assert_eq!(format!("{origin:?}"), "of the environment");
}
