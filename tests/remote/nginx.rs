//! The same with a server of others, where it can be had.

use crate::args;
use crate::program::{prkit, root, sample};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Nginx(Child, u16, tempfile::TempDir);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nginx() -> Option<Nginx> {
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
        eprintln!("no nginx: skipped");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let work = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {work}/{name};"))
        .collect();
    let config = format!(
        "daemon off; master_process off; pid {work}/pid; error_log stderr crit; events {{}}
         http {{ access_log off; {temporary} gzip on; gzip_min_length 1; gzip_types *;
         server {{ listen 127.0.0.1:{port}; root {};
           location /plain/ {{ alias {}/; max_ranges 0; }}
           location /moved/ {{ rewrite ^/moved/(.*) /$1 redirect; }} }} }}",
        root().join("samples").display(),
        root().join("samples").display()
    );
    std::fs::write(folder.path().join("conf"), config).unwrap();
    let child = Command::new("nginx")
        .args(["-e", "stderr", "-p"])
        .arg(folder.path())
        .arg("-c")
        .arg(folder.path().join("conf"))
        .spawn()
        .unwrap();
    let nginx = Nginx(child, port, folder);
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(nginx);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nginx does not start");
}

#[test]
fn nginx_gives_what_the_file_has() {
    let Some(nginx) = nginx() else { return };
    for name in [
        "dash-live/video-init.mp4",
        "dash-live/manifest.mpd",
        "progressive/movie.mp4",
        "dash-ondemand/audio.mp4",
    ] {
        let mut here = prkit(args!["show", "--json", sample(name)]).one();
        here["path"] = "".into();
        for place in ["", "plain/", "moved/"] {
            let run = prkit(args!["show", "--json", format!("http://127.0.0.1:{}/{place}{name}", nginx.1)]);
            assert_eq!(run.status, 0, "{place}{name}: {}", run.stderr);
            let mut there = run.one();
            there["path"] = "".into();
            assert_eq!(there, here, "{place}{name}");
        }
    }
}
