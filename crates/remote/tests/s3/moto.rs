//! The battery that every store passes, on a bucket of moto; skipped with a message where that cannot be had.

use prkit_plan::{AssetId, battery};
use prkit_remote::{Client, Options, S3, S3Access};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

struct Moto(Child, String);

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `moto_server` of the path, or of `MOTO_SERVER`.
fn moto() -> Option<Moto> {
    let program = std::env::var_os("MOTO_SERVER").unwrap_or_else(|| "moto_server".into());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        eprintln!("no moto_server (pip install 'moto[server]'): skipped");
        return None;
    };
    let moto = Moto(child, format!("http://127.0.0.1:{port}"));
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(moto);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("moto does not start");
}

/// A bucket, and a way around the store.
struct Bench {
    store: S3,
    bucket: Bucket,
    keys: Credentials,
}

const MINUTE: Duration = Duration::from_secs(60);
static BUCKETS: AtomicU32 = AtomicU32::new(0);

impl Bench {
    fn new(moto: &Moto) -> Self {
        let name = format!("films-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        let bucket = Bucket::new(moto.1.parse().unwrap(), UrlStyle::Path, name.clone(), "us-east-1").unwrap();
        let keys = Credentials::new("id", "secret");
        ureq::put(bucket.create_bucket(&keys).sign(MINUTE).as_str()).send_empty().unwrap();
        let mut access = S3Access::default().with_keys("id", "secret", None);
        access.endpoint = Some(moto.1.clone());
        let store = S3::new(Arc::new(Client::new(Options::default())), &name, &access).unwrap();
        Self { store, bucket, keys }
    }
}

impl battery::Bench for Bench {
    type Store = S3;

    fn store(&self) -> &S3 {
        &self.store
    }

    fn put(&self, id: &AssetId, bytes: &[u8]) {
        let put = self.bucket.put_object(Some(&self.keys), id.as_str().unwrap()).sign(MINUTE);
        ureq::put(put.as_str()).send(bytes).unwrap();
    }

    fn get(&self, id: &AssetId) -> Option<Vec<u8>> {
        let get = self.bucket.get_object(Some(&self.keys), id.as_str().unwrap()).sign(MINUTE);
        let mut response = ureq::get(get.as_str()).call().ok()?;
        Some(response.body_mut().with_config().limit(u64::MAX).read_to_vec().unwrap())
    }

    fn takes_any_name(&self) -> bool {
        false
    }

    fn keeps_marks(&self) -> bool {
        true
    }
}

#[test]
fn a_bucket_passes_the_battery_of_stores() {
    let Some(moto) = moto() else { return };
    for (name, test) in battery::tests() {
        println!("{name}");
        test(&Bench::new(&moto));
    }
}
