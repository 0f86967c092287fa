//! Media in an object store: uploaded, served as from a folder, and deleted.

use std::fs;
use std::path::Path;

use federation_tests::api::{Person, text};
use federation_tests::database::Kind;
use federation_tests::http::{self, Request, Response};
use federation_tests::server::{self, Server, free_port};
use federation_tests::tools::{self, Companion};
use federation_tests::wait::eventually;
use federation_tests::world::Instance;
use serde_json::{Value, json};
use tempfile::TempDir;

const BUCKET: &str = "portico-files";
const KEY: &str = "AKIAPORTICOTEST";
const SECRET: &str = "hush-do-not-tell-anybody";

/// The object store, on a free port.
struct Bucket {
    _process: Companion,
    port: u16,
}

impl Bucket {
    fn start() -> Self {
        let port = free_port();
        let mut command = tools::object_store();
        command.env("S3_PORT", port.to_string()).env("S3_BUCKET", BUCKET);
        command.env("S3_ACCESS_KEY", KEY).env("S3_SECRET_KEY", SECRET);
        Self { _process: Companion::start(command), port }
    }

    /// Whether it has any object with this name. The store allows anonymous listing.
    fn keeps(&self, name: &str) -> bool {
        let request = Request::new("GET", &format!("/{BUCKET}?list-type=2")).header("Host", "127.0.0.1");
        let listed = http::send(([127, 0, 0, 1], self.port).into(), &request).expect("the store answers");
        assert_eq!(listed.status, 200, "{}", listed.text());
        listed.text().contains(name)
    }
}

/// Configures a stopped instance to use a bucket of the store.
fn moves(server: &Server, bucket: &str, port: u16) {
    let old = fs::read_to_string(server.config()).expect("a configuration");
    let lines = old.lines().filter(|line| !line.starts_with("media")).map(|line| {
        if line == "[[instance]]" {
            format!(
                "{line}\nmedia = \"s3://{bucket}/some/where\"\nmedia_endpoint = \"http://127.0.0.1:{port}\"\n\
                 media_access_key = \"{KEY}\"\nmedia_secret_key = \"{SECRET}\""
            )
        } else {
            line.to_owned()
        }
    });
    let new: Vec<String> = lines.collect();
    fs::write(server.config(), new.join("\n")).expect("a configuration");
}

/// Uploads a file and waits until it can be attached.
fn uploads(who: &Person, file: &[u8]) -> Value {
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--b--\r\n"].concat();
    let request = who.request("POST", "/api/v1/media").body("multipart/form-data; boundary=b", body);
    let answer = who.send(&request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn fetches(home: &Instance, method: &str, url: &str, range: Option<&str>) -> Response {
    let path = url.split_once(&home.domain).expect("an address of the instance").1;
    let mut request = Request::new(method, path).header("Host", &home.domain);
    if let Some(range) = range {
        request = request.header("Range", range);
    }
    http::send(home.address(), &request).expect("an answer")
}

/// Builds an MP4 video large enough for a multipart upload, with a location in its metadata.
fn film() -> Vec<u8> {
    let part = |kind: &[u8; 4], body: &[u8]| {
        let size = u32::try_from(body.len() + 8).expect("a small film").to_be_bytes();
        [size.as_slice(), kind, body].concat()
    };
    let mut header = vec![0; 100];
    header[12..16].copy_from_slice(&1000_u32.to_be_bytes());
    header[16..20].copy_from_slice(&2500_u32.to_be_bytes());
    let place = part(b"udta", &part(b"loci", b"52.5200N 13.4050E"));
    let movie = part(b"moov", &[part(b"mvhd", &header), place].concat());
    let pictures: Vec<u8> = (0..20_000_000_u32).map(|at| (at % 251) as u8).collect();
    [part(b"ftyp", b"isom\0\0\0\0isom"), part(b"mdat", &pictures), movie].concat()
}

fn read_logs(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().ends_with(".log") {
            all.push_str(&fs::read_to_string(entry.path()).expect("a log"));
        }
    }
    all
}

#[test]
#[ignore = "needs Python and the package moto"]
fn media_lives_in_an_object_store() {
    let bucket = Bucket::start();
    let folder = TempDir::with_prefix("portico-scenario-").expect("a folder");
    let home = Instance::alone(Kind::Sqlite, folder.path(), "home", "closed");
    let server = home.server();
    assert!(server.stop());
    let own = server.config().parent().expect("a folder").to_owned();
    moves(server, "no-such-bucket", bucket.port);
    let doctor = || {
        let config = server.config().display().to_string();
        server::run(&own, &["--config", &config, "--json", "doctor"], "")
    };
    let broken = doctor();
    assert!(broken.code == Some(1) && broken.out.contains("cannot be used"), "{broken:?}");
    moves(server, BUCKET, bucket.port);
    server.start();
    let sound = doctor();
    assert!(sound.out.contains("can be written, read and deleted from"), "{sound:?}");
    assert!(!bucket.keeps("some/where"), "a probe leaves nothing");

    // A multipart upload: stored completely, without the location, and served in ranges.
    let alice = home.person("alice");
    let sent = film();
    let uploaded = uploads(&alice, &sent);
    let url = text(&uploaded, "url");
    let name = url.rsplit('/').next().expect("a name").to_owned();
    assert!(bucket.keeps(&name));
    let posted =
        alice.post_json("/api/v1/statuses", &json!({ "status": "Film", "media_ids": [uploaded["id"]] }));
    let whole = fetches(&home, "GET", &url, None);
    assert_eq!((whole.status, whole.body.len()), (200, sent.len()));
    assert_eq!(whole.header("Content-Type"), Some("video/mp4"));
    assert_eq!(whole.header("Content-Security-Policy"), Some("default-src 'none'; sandbox"));
    assert!(whole.body[..sent.len() / 2] == sent[..sent.len() / 2], "the pictures are as they were");
    assert!(!whole.body.windows(9).any(|window| window == b"52.5200N "), "the place is gone");
    let head = fetches(&home, "HEAD", &url, None);
    assert_eq!((head.status, head.header("Content-Length")), (200, Some(sent.len().to_string().as_str())));
    for (range, start, end) in [
        ("bytes=5-9", 5, 10),
        ("bytes=9000000-9000099", 9_000_000, 9_000_100),
        ("bytes=-7", sent.len() - 7, sent.len()),
    ] {
        let part = fetches(&home, "GET", &url, Some(range));
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.body, whole.body[start..end], "{range}");
        let content_range = format!("bytes {start}-{}/{}", end - 1, sent.len());
        assert_eq!(part.header("Content-Range"), Some(content_range.as_str()));
    }
    assert_eq!(fetches(&home, "GET", &url, Some("bytes=99000000-")).status, 416);
    let absent = url.replace(&name[..32], &"0".repeat(32));
    assert_eq!(fetches(&home, "GET", &absent, None).status, 404);

    // The file outlives the process.
    server.kill();
    server.start();
    assert_eq!(fetches(&home, "GET", &url, Some("bytes=5-9")).body, whole.body[5..10]);

    // The file is deleted with the post; cleanup runs at start-up.
    alice.delete(&posted);
    home.database
        .execute(&["UPDATE media_attachments SET loose_since = 0 WHERE status_id IS NULL".to_owned()]);
    home.database.execute(&["UPDATE media_trash SET created_at = 0".to_owned()]);
    server.kill();
    server.start();
    eventually("the file is gone from the store", || (!bucket.keeps(&name)).then_some(()));
    assert_eq!(fetches(&home, "GET", &url, None).status, 404);

    let said = format!("{}{}{}{}{}", read_logs(&own), broken.out, broken.err, sound.out, sound.err);
    assert!(!said.contains(SECRET) && !said.contains(KEY), "keys are never logged or shown");
    assert!(!server.has_panicked());
}
