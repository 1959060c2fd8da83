//! What packagers make of ten seconds of synthetic picture and sound.

use crate::segments::{Kind, Pictures};
use crate::tools::{KEY, KID, Tools, prkit, run};
use std::fs;
use std::path::Path;

/// A presentation.
pub struct Show {
    pub name: &'static str,
    pub make: fn(&Tools, &Path) -> Result<(), String>,
    /// What the program is given.
    pub manifests: &'static [&'static str],
    /// What the browser is given.
    pub plays: &'static [&'static str],
    /// Where its segments are: a kind and the manifest or file.
    pub streams: &'static [(Kind, &'static str)],
    /// Pictures that a player shows.
    pub frames: u64,
    /// ffmpeg decrypts it; otherwise samples are compared as they are.
    pub decrypts: bool,
}

const SEGMENTS: u64 = 250;

pub fn all() -> Vec<Show> {
    let show = |name, make, manifests, plays, streams| Show {
        name,
        make,
        manifests,
        plays,
        streams,
        frames: SEGMENTS,
        decrypts: true,
    };
    const LIVE: &[(Kind, &str)] = &[(Kind::Files, "vi.mp4 v"), (Kind::Files, "ai.mp4 a")];
    const SINGLE: &[(Kind, &str)] =
        &[(Kind::Indexed, "m.mpd"), (Kind::Playlist, "v.m3u8"), (Kind::Playlist, "a.m3u8")];
    const BOTH: &[&str] = &["m.mpd", "m.m3u8"];
    vec![
        show("shaka live, timeline, cenc", |t, f| shaka(t, f, "cenc", true), BOTH, BOTH, LIVE),
        show("shaka live, template, cbcs", template, BOTH, BOTH, LIVE),
        show("shaka on-demand and hls, cenc", |t, f| shaka(t, f, "cenc", false), BOTH, BOTH, SINGLE),
        show("shaka on-demand and hls, cbcs", |t, f| shaka(t, f, "cbcs", false), BOTH, BOTH, SINGLE),
        show(
            "ffmpeg live, timeline",
            |t, f| ffmpeg_dash(t, f, &["-use_template", "1", "-use_timeline", "1"]),
            &["m.mpd"],
            &["m.mpd"],
            &[
                (Kind::Files, "init-stream0.m4s chunk-stream0-"),
                (Kind::Files, "init-stream1.m4s chunk-stream1-"),
            ],
        ),
        show(
            "ffmpeg list of ranges",
            |t, f| ffmpeg_dash(t, f, &["-single_file", "1", "-use_template", "0", "-use_timeline", "0"]),
            &["m.mpd"],
            &["m.mpd"],
            &[(Kind::List, "m.mpd")],
        ),
        show("ffmpeg hls, byte ranges", ffmpeg_hls, &["v.m3u8"], &["v.m3u8"], &[(Kind::Playlist, "v.m3u8")]),
        show("ffmpeg smooth", ffmpeg_smooth, &["show.ism"], &[], &[(Kind::Fragments, "show.ismv")]),
        Show {
            decrypts: false,
            ..show(
                "bento4 smooth, piff",
                bento4_smooth,
                &["show.ism"],
                &[],
                &[(Kind::Fragments, "movie.mp4")],
            )
        },
    ]
}

/// The pictures and the sound.
pub fn source(tools: &Tools, folder: &Path) {
    let video = "testsrc2=size=320x180:rate=25:duration=10";
    let audio = "sine=frequency=440:sample_rate=48000:duration=10";
    let args = format!(
        "-v error -f lavfi -i {video} -f lavfi -i {audio} -c:v libx264 -g 25 -keyint_min 25 -sc_threshold 0 \
         -pix_fmt yuv420p -c:a aac -b:a 64k in.mp4"
    );
    run(&tools.ffmpeg, folder, args.split(' ')).unwrap();
}

impl Show {
    /// Before anything is changed: what is decoded are the pictures that were packaged.
    pub fn compare_with_source(
        &self,
        pictures: &[Pictures],
        tools: &Tools,
        base: &Path,
    ) -> Result<(), String> {
        if !self.decrypts {
            return Ok(());
        }
        let source = run(&tools.ffmpeg, base, "-v error -i in.mp4 -map 0:v -f framemd5 -".split(' '))?;
        let source = crate::segments::hashes(&source);
        let video = pictures.iter().find(|stream| stream.iter().flatten().any(|hash| source.contains(hash)));
        let video = video.ok_or("no stream decodes to the pictures that were packaged")?;
        let shown = video.iter().flatten().filter(|hash| source.contains(hash)).count();
        if shown < source.len() {
            return Err(format!("{shown} of {} pictures are the ones that were packaged", source.len()));
        }
        Ok(())
    }
}

fn shaka(tools: &Tools, folder: &Path, scheme: &str, live: bool) -> Result<(), String> {
    let stream = |kind: &str, letter: &str| {
        let output = if live {
            format!("init_segment={letter}i.mp4,segment_template={letter}$Number$.m4s")
        } else {
            format!("output={letter}.mp4")
        };
        format!("in=../in.mp4,stream={kind},{output},playlist_name={letter}.m3u8")
    };
    let kid = KID.replace('-', "");
    let mut args: Vec<String> =
        vec![stream("video", "v"), stream("audio", "a"), "--enable_raw_key_encryption".into()];
    args.extend(["--keys".into(), format!("label=:key_id={kid}:key={KEY}")]);
    let rest = format!(
        "--protection_scheme {scheme} --protection_systems PlayReady,CommonSystem --clear_lead 0 \
         --segment_duration 2 --mpd_output m.mpd --hls_master_playlist_output m.m3u8"
    );
    args.extend(rest.split(' ').map(str::to_owned));
    if live {
        args.push("--generate_static_live_mpd".into());
    }
    run(&tools.packager, folder, args).map(drop)
}

/// The same without a timeline: the packager writes one always, and durations are all the same.
fn template(tools: &Tools, folder: &Path) -> Result<(), String> {
    shaka(tools, folder, "cbcs", true)?;
    let path = folder.join("m.mpd");
    let mut text = fs::read_to_string(&path).unwrap();
    while let (Some(start), Some(end)) = (text.find("<SegmentTimeline>"), text.find("</SegmentTimeline>")) {
        text.replace_range(start..end + "</SegmentTimeline>".len(), "");
    }
    let text = text.replace(" startNumber=\"1\"", " startNumber=\"1\" duration=\"DURATION\"");
    let of = |timescale: &str| (timescale.parse::<u64>().unwrap() * 2).to_string();
    let mut parts = text.split("timescale=\"").map(str::to_owned).collect::<Vec<_>>();
    for part in parts.iter_mut().skip(1) {
        let duration = of(part.split('"').next().unwrap());
        *part = part.replacen("DURATION", &duration, 1);
    }
    fs::write(path, parts.join("timescale=\"")).unwrap();
    Ok(())
}

fn encryption() -> String {
    let kid = KID.replace('-', "");
    format!("encryption_scheme=cenc-aes-ctr:encryption_key={KEY}:encryption_kid={kid}")
}

/// ffmpeg encrypts, and says nothing of it in manifests: descriptor and boxes are put in.
fn ffmpeg_dash(tools: &Tools, folder: &Path, how: &[&str]) -> Result<(), String> {
    let mut args: Vec<&str> = "-v error -i ../in.mp4 -c copy -f dash -seg_duration 2".split(' ').collect();
    args.extend(how);
    let encryption = encryption();
    args.extend(["-format_options", &encryption, "m.mpd"]);
    run(&tools.ffmpeg, folder, args)?;
    let path = folder.join("m.mpd");
    let said = "<ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"cenc\"/>\n\t\t\t<Representation ";
    let text = fs::read_to_string(&path).unwrap().replace("<Representation ", said);
    fs::write(&path, text).unwrap();
    put_in(folder, "m.mpd", &[])
}

fn put_in(folder: &Path, manifest: &str, more: &[&str]) -> Result<(), String> {
    let object = folder.join("object").to_string_lossy().into_owned();
    let kid = format!("--kid={KID}:{KEY}");
    prkit(["new", &kid, "-o", &object].iter(), &[])?;
    let inject = format!("--pro=@{object}");
    let args: Vec<&str> =
        ["inject", &inject, "--presentation", "-i"].into_iter().chain(more.iter().copied()).collect();
    prkit(args.iter(), &[folder.join(manifest).to_string_lossy().into_owned()]).map(drop)
}

fn ffmpeg_hls(tools: &Tools, folder: &Path) -> Result<(), String> {
    let args = "-v error -i ../in.mp4 -map 0:v -c copy -f hls -hls_time 2 -hls_playlist_type vod \
                -hls_segment_type fmp4 -hls_flags single_file -hls_segment_options";
    let encryption = encryption();
    run(&tools.ffmpeg, folder, args.split_whitespace().chain([&*encryption, "v.m3u8"]))?;
    put_in(folder, "v.m3u8", &["--force"])
}

fn ffmpeg_smooth(tools: &Tools, folder: &Path) -> Result<(), String> {
    let encryption = encryption();
    let options: Vec<String> = encryption
        .split(':')
        .flat_map(|option| option.split_once('='))
        .flat_map(|(name, value)| [format!("-{name}"), value.to_owned()])
        .collect();
    let args = "-v error -i ../in.mp4 -c copy -f ismv -movflags frag_keyframe".split(' ').map(str::to_owned);
    run(&tools.ffmpeg, folder, args.chain(options).chain(["show.ismv".to_owned()]))?;
    // Its other muxer writes the client's manifest, for fragments that a server makes.
    run(&tools.ffmpeg, folder, "-v error -i ../in.mp4 -c copy -f smoothstreaming client".split(' '))?;
    fs::rename(folder.join("client/Manifest"), folder.join("show.ismc")).unwrap();
    fs::remove_dir_all(folder.join("client")).unwrap();
    server_manifest(folder, "show.ismv");
    put_in(folder, "show.ism", &[])
}

fn bento4_smooth(_: &Tools, folder: &Path) -> Result<(), String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    fs::copy(samples.join("piff/movie.mp4"), folder.join("movie.mp4")).unwrap();
    fs::copy(samples.join("manifests/show.ismc"), folder.join("show.ismc")).unwrap();
    server_manifest(folder, "movie.mp4");
    Ok(())
}

fn server_manifest(folder: &Path, media: &str) {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<smil xmlns=\"http://www.w3.org/2001/SMIL20/Language\">\n  <head>\n    \
         <meta name=\"clientManifestRelativePath\" content=\"show.ismc\"/>\n  </head>\n  <body>\n    <switch>\n      \
         <video src=\"{media}\" systemBitrate=\"258908\"/>\n      <audio src=\"{media}\" systemBitrate=\"64257\"/>\n    \
         </switch>\n  </body>\n</smil>\n"
    );
    fs::write(folder.join("show.ism"), text).unwrap();
}
