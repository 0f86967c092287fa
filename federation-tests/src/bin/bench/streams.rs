//! Measures two thousand open streams: their cost, and the time until an event reaches them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::http::Request;
use federation_tests::process::usage;
use federation_tests::world::Instance;
use tempfile::TempDir;

use crate::{Times, figure};

const PEOPLE: usize = 50;
/// Streams per person. Half of them are WebSockets, half server-sent events.
const EACH: usize = 40;
const POSTS: usize = 50;

/// The number of a word that arrived on a stream, and the time.
type Arrival = (usize, Instant);

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let people: Vec<Person> = (0..PEOPLE).map(|number| instance.person(&format!("person{number}"))).collect();
    let pid = instance.server().pid().expect("it runs");
    let before = usage(pid);

    // Half of each person's streams are of the home timeline, half of the local timeline.
    let (home, homes) = channel();
    let (local, locals) = channel();
    for person in &people {
        for number in 0..EACH {
            let arrivals = if number % 2 == 0 { home.clone() } else { local.clone() };
            let name = if number % 2 == 0 { "user" } else { "public:local" };
            listen(&instance, person, name, arrivals);
        }
    }
    let open = usage(pid);
    figure(
        &format!("memory before, and with {} open streams", PEOPLE * EACH),
        format!("{} / {} MB", before.memory, open.memory),
    );

    let author = &people[0];
    // A post reaches its author's home streams, and all streams of the local timeline.
    let (mut first, mut own, mut all) = (Times::default(), Times::default(), Times::default());
    for number in 0..POSTS {
        let start = Instant::now();
        author.post(&format!("arrival{number}e"), "public");
        let heard = collect(&homes, number, EACH / 2, start);
        first.0.extend(heard.iter().min());
        own.0.extend(heard);
        all.0.extend(collect(&locals, number, PEOPLE * EACH / 2, start));
    }
    first.print("POST to the first of the author's streams");
    own.print("POST to every stream of the author");
    all.print(&format!("POST to each of {} local streams", PEOPLE * EACH / 2));
    let end = usage(pid);
    figure("memory after that, and the most", format!("{} / {} MB", end.memory, end.peak));
    figure(
        "events/s per cpu second",
        format!("{:.0}", (POSTS * (PEOPLE + 1) * EACH / 2) as f64 / (end.cpu - open.cpu).max(0.01)),
    );
}

fn collect(arrivals: &Receiver<Arrival>, number: usize, wanted: usize, start: Instant) -> Vec<Duration> {
    let mut heard = Vec::new();
    while heard.len() < wanted {
        let (word, at) = arrivals.recv_timeout(Duration::from_secs(30)).expect("every stream hears of it");
        if word == number {
            heard.push(at - start);
        }
    }
    heard
}

/// Opens a stream and reads it on a separate thread until the server closes it.
fn listen(instance: &Instance, person: &Person, name: &str, arrivals: Sender<Arrival>) {
    let socket = name == "user";
    let request = if socket {
        person
            .request("GET", &format!("/api/v1/streaming?stream={name}"))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    } else {
        person.request("GET", &format!("/api/v1/streaming/{}", name.replace(':', "/")))
    };
    let mut stream = open(instance, &request, if socket { 101 } else { 200 });
    Builder::new()
        .stack_size(64 * 1024)
        .spawn(move || {
            while let Some(text) = if socket { frame(&mut stream) } else { line(&mut stream) } {
                let word = text.split("arrival").nth(1).and_then(|rest| rest.split('e').next()?.parse().ok());
                let is_event = text.contains("payload") || text.starts_with("data:");
                if let Some(word) = word.filter(|_| is_event)
                    && arrivals.send((word, Instant::now())).is_err()
                {
                    return;
                }
            }
        })
        .expect("a thread");
}

fn open(instance: &Instance, request: &Request, status: u16) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(instance.address()).expect("it listens");
    stream.write_all(&request.to_bytes()).expect("it reads");
    let mut stream = BufReader::with_capacity(4096, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).expect("an answer") > 0, "an answer");
    }
    assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
    stream
}

/// Reads the next text frame. Frames from a server are not masked.
fn frame(stream: &mut BufReader<TcpStream>) -> Option<String> {
    loop {
        let mut head = [0; 2];
        stream.read_exact(&mut head).ok()?;
        let mut wide = [0; 8];
        let length = match head[1] & 127 {
            126 => {
                stream.read_exact(&mut wide[6..]).ok()?;
                u64::from_be_bytes(wide)
            }
            127 => {
                stream.read_exact(&mut wide).ok()?;
                u64::from_be_bytes(wide)
            }
            short => u64::from(short),
        };
        let mut body = vec![0; usize::try_from(length).ok()?];
        stream.read_exact(&mut body).ok()?;
        if head[0] & 15 == 1 {
            return String::from_utf8(body).ok();
        }
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0).map(|_| line)
}
