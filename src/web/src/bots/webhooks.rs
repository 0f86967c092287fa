//! Incoming webhooks: `POST /hooks/{secret}` posts as a bot.
//!
//! Accepts Slack's format, `{"text": "…"}` with optional attachments, as JSON or as the form field `payload`;
//! and the client API's `{"status": "…"}`. The secret in the address is the only authentication, and every
//! invalid secret gets the same response.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;

use portico_domain::model::status::ContentType;
use portico_http::address::client_address;
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_http::problem::{ApiResult, Problem};
use portico_http::{CurrentInstance, Path};
use portico_service::Error;
use portico_service::access::bots::webhooks::{self, WebhookMessage};

/// Maximum size of a request body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Maximum number of attachments, and of fields in each. The rest is ignored.
const MOST_PARTS: usize = 20;

/// The request body. Unknown fields are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookRequest {
    /// Slack's format.
    text: Option<String>,
    attachments: Vec<WebhookAttachment>,
    /// The client API's format.
    status: Option<String>,
    spoiler_text: Option<String>,
    language: Option<String>,
    content_type: Option<String>,
    idempotency_key: Option<String>,
}

/// An attachment in Slack's format.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookAttachment {
    pretext: Option<String>,
    title: Option<String>,
    title_link: Option<String>,
    text: Option<String>,
    fallback: Option<String>,
    fields: Vec<WebhookField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookField {
    title: Option<String>,
    value: Option<String>,
}

/// The form that some programs send instead of JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookPayloadForm {
    payload: Option<String>,
    text: Option<String>,
    status: Option<String>,
}

/// Handles a webhook request: rate limit, lookup of the secret, post.
pub(crate) async fn receive(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = Subject::address(client_address(&parts, &here.network));
    let verdict = limits.count(here.urls.domain(), RateLimit::HOOKS, address, here.now());
    let named = Path::<String>::from_request_parts(&mut parts, &()).await;
    let answer = match named {
        _ if !verdict.allowed => Err(Problem::too_many(verdict.retry_after(here.now()))),
        Ok(Path(secret)) => answer(&here, &limits, &secret, &parts.headers, body).await,
        Err(problem) => Err(problem),
    };
    let mut response = answer.unwrap_or_else(|problem| problem.into_response());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(
    here: &CurrentInstance,
    limits: &Limits,
    secret: &str,
    headers: &HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let (hook, bot) = webhooks::find(here, secret).await.map_err(problem)?;
    let verdict = limits.count(here.urls.domain(), RateLimit::HOOK, Subject::Caller(hook.id.0), here.now());
    if !verdict.allowed {
        return Err(Problem::too_many(verdict.retry_after(here.now())));
    }
    let sent = read(headers, body).await?;
    let as_slack = sent.status.is_none();
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let message = message(sent, key)?;
    let posted = webhooks::post(here, &hook, &bot, message).await.map_err(problem)?;
    // Clients of Slack expect this body.
    if as_slack {
        return Ok("ok".into_response());
    }
    let status = &posted.status;
    Ok(Json(serde_json::json!({ "id": status.id, "url": status.url, "reach": status.reach })).into_response())
}

fn problem(error: Error) -> Problem {
    match error {
        Error::NotFound(_) | Error::Gone(_) => Problem::not_found(),
        Error::Refused(_) => Problem::forbidden("This action is not allowed"),
        Error::Invalid(faults) => Problem::invalid(&faults),
        Error::Conflict(what) => Problem::conflict(what),
        Error::TooMany { retry_after } => Problem::too_many(retry_after),
        Error::Internal(cause) if cause.is_temporary() => Problem::unavailable(&cause),
        error => Problem::internal(&error),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> ApiResult<WebhookRequest> {
    let bytes = match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Problem::too_large(MAX_BODY)),
        Err(_) => return Err(Problem::bad_request("The body could not be read")),
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form: WebhookPayloadForm = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| Problem::bad_request("The form could not be read"))?;
        return match form.payload {
            Some(payload) => json(payload.as_bytes()),
            None => Ok(WebhookRequest { text: form.text, status: form.status, ..WebhookRequest::default() }),
        };
    }
    json(&bytes)
}

fn json(bytes: &[u8]) -> ApiResult<WebhookRequest> {
    serde_json::from_slice(bytes)
        .map_err(|_| Problem::bad_request("The body must be a JSON object with text or status"))
}

/// Converts the request body to the message to post.
fn message(sent: WebhookRequest, key: Option<String>) -> ApiResult<WebhookMessage> {
    let key = key.or(sent.idempotency_key).filter(|key| !key.is_empty());
    let about = WebhookMessage {
        spoiler_text: sent.spoiler_text.unwrap_or_default(),
        language: sent.language,
        idempotency_key: key,
        ..WebhookMessage::default()
    };
    if let Some(text) = sent.status {
        let word = sent.content_type.unwrap_or_else(|| ContentType::Plain.as_str().to_owned());
        let fault = || {
            let known = ContentType::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
            Problem::invalid(&[format!("Content type must be one of {known}")])
        };
        return Ok(WebhookMessage {
            text,
            content_type: word.parse::<ContentType>().map_err(|_| fault())?,
            ..about
        });
    }
    let mut text = sent.text.as_deref().map(markdown).unwrap_or_default();
    for attachment in sent.attachments.iter().take(MOST_PARTS) {
        let part = below(attachment);
        if !part.is_empty() {
            let _ = write!(text, "{}{part}", if text.is_empty() { "" } else { "\n\n" });
        }
    }
    Ok(WebhookMessage { text, content_type: ContentType::Markdown, ..about })
}

/// Converts an attachment to Markdown.
fn below(attachment: &WebhookAttachment) -> String {
    let mut lines = Vec::new();
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    lines.extend(filled(&attachment.pretext).map(|text| markdown(&text)));
    match (filled(&attachment.title), filled(&attachment.title_link)) {
        (Some(title), Some(href)) => lines.push(format!("**{}**", link(&href, &title))),
        (Some(title), None) => lines.push(format!("**{}**", plain(&title))),
        (None, _) => {}
    }
    lines.extend(filled(&attachment.text).map(|text| markdown(&text)));
    for pair in attachment.fields.iter().take(MOST_PARTS) {
        let (title, value) =
            (filled(&pair.title).unwrap_or_default(), filled(&pair.value).unwrap_or_default());
        if !(title.is_empty() && value.is_empty()) {
            lines.push(format!("**{}** {}", plain(&title), markdown(&value)));
        }
    }
    if lines.is_empty() {
        lines.extend(filled(&attachment.fallback).map(|text| markdown(&text)));
    }
    lines.join("\n\n")
}

/// Converts Slack's markup to Markdown: `<https://x|label>` links, `*bold*`, `~struck~`, and its three
/// character references. Mentions (`<!here>`, `<@U1>`) notify no one here: only their label is kept.
fn markdown(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        output.push_str(&marks(before));
        match after.split_once('>') {
            Some((inside, after)) if !inside.contains(['<', '\n']) => {
                output.push_str(&reference(inside));
                rest = after;
            }
            _ => {
                output.push_str("&lt;");
                rest = after;
            }
        }
    }
    output.push_str(&marks(rest));
    output
}

/// Converts the text between `<` and `>`: a link or a mention.
fn reference(inside: &str) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    if ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return if label.is_empty() { format!("<{target}>") } else { link(target, label) };
    }
    match target.chars().next() {
        Some('!' | '@' | '#') if !label.is_empty() => plain(label),
        Some('!' | '@' | '#') => String::new(),
        _ => format!("&lt;{}&gt;", marks(inside)),
    }
}

fn link(href: &str, label: &str) -> String {
    let sound = (href.starts_with("https://") || href.starts_with("http://"))
        && !href.contains(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '(' | ')'));
    if sound { format!("[{}]({href})", plain(label)) } else { plain(label) }
}

/// Escapes a text so that Markdown renders it literally.
fn plain(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for letter in unescape(text).chars() {
        if letter.is_ascii_punctuation() {
            output.push('\\');
        }
        output.push(if letter == '\n' { ' ' } else { letter });
    }
    output
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Converts `*bold*` and `~struck~` to `**bold**` and `~~struck~~`, except in code.
fn marks(text: &str) -> String {
    let mut output = String::with_capacity(text.len() + 8);
    for (place, part) in text.split('`').enumerate() {
        if place > 0 {
            output.push('`');
        }
        if place % 2 == 1 {
            output.push_str(&unescape(part));
        } else {
            output.push_str(&doubled(&doubled(part, '*'), '~'));
        }
    }
    output
}

/// Doubles each single `mark` that opens or closes a word.
fn doubled(text: &str, mark: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut output = String::with_capacity(text.len() + 8);
    for (place, letter) in letters.iter().enumerate() {
        output.push(*letter);
        if *letter != mark {
            continue;
        }
        let before = place.checked_sub(1).and_then(|place| letters.get(place));
        let after = letters.get(place + 1);
        let is_lone = before != Some(&mark) && after != Some(&mark);
        let is_word = |letter: Option<&char>| letter.is_some_and(|letter| !letter.is_whitespace());
        if is_lone && (is_word(before) != is_word(after) || before.is_none() || after.is_none()) {
            output.push(mark);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slacks_marks_are_read() {
        for (sent, output) in [
            ("plain", "plain"),
            ("*bold* and ~gone~ and `*code*`", "**bold** and ~~gone~~ and `*code*`"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("<https://ci.example/1|Build #1>", "[Build \\#1](https://ci.example/1)"),
            ("<https://ci.example/1>", "<https://ci.example/1>"),
            ("<!here> <@U024|bob> hi", " bob hi"),
            ("a &lt; b &amp;&amp; c", "a &lt; b &amp;&amp; c"),
            ("a < b", "a &lt; b"),
            ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ] {
            assert_eq!(markdown(sent), output, "{sent}");
        }
    }

    #[test]
    fn attachments_are_appended_to_the_text() {
        let sent: WebhookRequest = serde_json::from_str(
            r#"{"text": "Build", "username": "ignored", "attachments": [{"title": "main", "title_link": "https://ci.example/",
                "text": "failed", "color": "danger", "fields": [{"title": "By", "value": "alice", "short": true}]}, {"fallback": "x"}]}"#,
        )
        .unwrap();
        let output = message(sent, None).unwrap();
        assert_eq!(output.text, "Build\n\n**[main](https://ci.example/)**\n\nfailed\n\n**By** alice\n\nx");
        assert_eq!(output.content_type, ContentType::Markdown);
    }

    #[test]
    fn labels_and_addresses_break_nothing() {
        assert_eq!(link("https://a.example/)x", "a]b"), "a\\]b");
        assert_eq!(plain("<b>&amp;"), "\\<b\\>\\&");
    }
}
