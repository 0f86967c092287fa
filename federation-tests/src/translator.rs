//! A fake translation service with the API of LibreTranslate. Its translation only names the target language.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread;

use serde_json::{Value, json};

use crate::http::{Connection, Request, Response};

/// Returns its address. One service is shared by all scenarios of the process.
pub fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream));
            }
        });
        format!("http://{address}")
    })
}

fn serve(stream: TcpStream) {
    let mut connection = Connection::accepted(stream);
    while let Ok(Some(request)) = connection.read_request() {
        if connection.answer(&answer(&request)).is_err() {
            return;
        }
    }
}

fn answer(request: &Request) -> Response {
    let body = match request.target.as_str() {
        "/languages" => json!([{ "code": "en", "name": "English", "targets": ["de", "en"] }]),
        _ => translated(&serde_json::from_slice(&request.body).unwrap_or_default()),
    };
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Response { status: 200, headers, body: body.to_string().into_bytes() }
}

fn translated(question: &Value) -> Value {
    let lines = question["q"].as_array().cloned().unwrap_or_default();
    let said = |line: &Value| format!("{} ({})", line.as_str().unwrap_or_default(), question["target"]);
    json!({
        "translatedText": lines.iter().map(said).collect::<Vec<_>>(),
        "detectedLanguage": lines.iter().map(|_| json!({ "language": "en", "confidence": 99 })).collect::<Vec<_>>(),
    })
}
