//! A server of our own: it notes every request, and answers as a test wants it to.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Request {
    /// Which one, from 0.
    pub number: usize,
    pub method: String,
    /// With the query.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// `bytes=0-65535`
    pub fn range(&self) -> Option<(u64, u64)> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    }
}

pub enum Body {
    Bytes(Vec<u8>),
    Part(PathBuf, u64, u64),
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    /// The connection ends behind so many bytes of the body.
    pub cut: Option<u64>,
    /// The server says nothing for so long.
    pub silence: Duration,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = Body::Bytes(body.into());
        Self { status, headers: Vec::new(), body, cut: None, silence: Duration::ZERO }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn cut(self, after: u64) -> Self {
        Self { cut: Some(after), ..self }
    }

    pub fn late(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// A file as servers give it: with ranges and an entity tag.
    pub fn file(path: &Path, request: &Request) -> Self {
        let Ok(file) = File::open(path).and_then(|file| file.metadata()) else {
            return Self::new(404, "no such file");
        };
        let len = file.len();
        let (status, start, end) = match request.range() {
            Some((first, _)) if first >= len => {
                return Self::new(416, "").with("Content-Range", format!("bytes */{len}"));
            }
            Some((first, last)) => (206, first, (last + 1).min(len)),
            None => (200, 0, len),
        };
        let mut answer = Self::new(status, "").with("ETag", "\"one\"");
        if status == 206 {
            answer = answer.with("Content-Range", format!("bytes {start}-{}/{len}", end - 1));
        }
        Self { body: Body::Part(path.to_owned(), start, end - start), ..answer }
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<(Request, u16, u64)>>>,
}

impl Server {
    pub fn new(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let number = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, handler, number) =
                    (Arc::clone(&noted), Arc::clone(&handler), Arc::clone(&number));
                std::thread::spawn(move || serve(stream, &*handler, &noted, &number));
            }
        });
        Self { address, seen }
    }

    /// One that gives the files of a folder.
    pub fn of_folder(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self::new(move |request| Answer::file(&folder.join(request.path().trim_start_matches('/')), request))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The requests since the last time.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.seen.lock().unwrap()).into_iter().map(|(request, ..)| request).collect()
    }

    /// The requests since the last time, with the bytes of the bodies that were sent.
    pub fn exchanges(&self) -> Vec<(Request, u64)> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.into_iter().map(|(request, _, sent)| (request, sent)).collect()
    }

    /// The number of requests since the last time, and the bytes of the bodies that were sent.
    pub fn totals(&self) -> (usize, u64) {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        (seen.len(), seen.iter().map(|(_, _, sent)| sent).sum())
    }
}

fn serve(stream: TcpStream, handler: &Handler, seen: &Mutex<Vec<(Request, u16, u64)>>, number: &AtomicUsize) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(mut request) = read_request(&mut reader) {
        request.number = number.fetch_add(1, Ordering::SeqCst);
        let answer = handler(&request);
        std::thread::sleep(answer.silence);
        let (len, body): (u64, Box<dyn std::io::Read>) = match answer.body {
            Body::Bytes(bytes) => (bytes.len() as u64, Box::new(std::io::Cursor::new(bytes))),
            Body::Part(path, start, len) => {
                let mut file = File::open(path).unwrap();
                file.seek(SeekFrom::Start(start)).unwrap();
                (len, Box::new(file.take(len)))
            }
        };
        let sent = answer.cut.unwrap_or(len).min(len);
        seen.lock().unwrap().push((request.clone(), answer.status, sent));
        let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {len}\r\n", answer.status);
        for (name, value) in &answer.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        let written = writer.write_all(head.as_bytes()).and_then(|()| {
            if request.method == "HEAD" { Ok(0) } else { std::io::copy(&mut body.take(sent), &mut writer) }
        });
        if written.is_err() || answer.cut.is_some() {
            let _ = writer.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let len = headers.get("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    Some(Request { number: 0, method, target, headers, body })
}
