//! A small HTTP/1.1 client and server, so that a scenario controls every byte. Loopback only.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::wait::PATIENCE;

/// A request, as sent or as received.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method: GET, POST …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// Status: 200, 404 …
    pub status: u16,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// Body, with chunked encoding removed.
    pub body: Vec<u8>,
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Request {
    /// Creates a request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body and its content type.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Returns the first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Serializes the request. Adds `Content-Length` if it is missing.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.get("Content-Length").is_none() && (self.method != "GET" || !self.body.is_empty()) {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Response {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON; `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} -\r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A persistent connection, as client or as server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to a loopback address.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        assert!(address.ip().is_loopback(), "tests talk to this machine only");
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self::accepted(stream))
    }

    /// Wraps an accepted connection.
    pub fn accepted(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a request and reads the response.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        self.send_bytes(&request.to_bytes())
    }

    /// Sends a serialized request and reads the response. A server may respond and close before it has read
    /// everything (an oversized body): then the response counts, not the broken pipe.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<Response> {
        let sent = self.stream.get_mut().write_all(bytes);
        match self.read_response(bytes.starts_with(b"HEAD ")) {
            Ok(response) => Ok(response),
            Err(error) => Err(sent.err().unwrap_or(error)),
        }
    }

    /// Sends serialized requests with pipelining (RFC 9112 section 9.3.2), then reads their responses.
    pub fn send_in_a_row(&mut self, requests: &[Vec<u8>]) -> io::Result<Vec<Response>> {
        self.stream.get_mut().write_all(&requests.concat())?;
        requests.iter().map(|_| self.read_response(false)).collect()
    }

    /// Reads a request; `None` if the client has closed the connection.
    pub fn read_request(&mut self) -> io::Result<Option<Request>> {
        let Some(first) = self.line()? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(broken("request line"));
        };
        let (method, target) = (method.to_owned(), target.to_owned());
        let headers = self.headers()?;
        let body = self.body(&headers, false)?;
        Ok(Some(Request { method, target, headers, body }))
    }

    /// Sends a response.
    pub fn answer(&mut self, response: &Response) -> io::Result<()> {
        self.stream.get_mut().write_all(&response.to_bytes())
    }

    fn read_response(&mut self, headers_only: bool) -> io::Result<Response> {
        let first = self.line()?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let status = first.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| broken("status"))?;
        let headers = self.headers()?;
        let body =
            if headers_only { Vec::new() } else { self.body(&headers, status != 204 && status != 304)? };
        Ok(Response { status, headers, body })
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn headers(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut headers = Vec::new();
        loop {
            let line = self.line()?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken("header"))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, headers: &[(String, String)], to_the_end: bool) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if find(headers, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = self.line()?.ok_or_else(|| broken("chunk"))?;
                let size = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16)
                    .map_err(|_| broken("chunk size"))?;
                let start = body.len();
                body.resize(start + size, 0);
                self.stream.read_exact(&mut body[start..])?;
                self.line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match find(headers, "content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => {
                body.resize(length, 0);
                self.stream.read_exact(&mut body)?;
            }
            Some(Err(_)) => return Err(broken("content-length")),
            None if to_the_end => {
                self.stream.read_to_end(&mut body)?;
            }
            None => {}
        }
        Ok(body)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what}"))
}

/// Sends a request on a new connection.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    Connection::open(address)?.send(&request.clone().header("Connection", "close"))
}

/// Percent-encodes a query or form value.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
