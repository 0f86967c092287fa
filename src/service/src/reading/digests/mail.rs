//! Renders a digest as plain text and as HTML.

use std::fmt::Write as _;

use super::DigestContent;
use crate::instance::Instance;
use crate::ports::Mail;
use portico_domain::model::DigestId;
use portico_domain::model::account::Account;
use portico_domain::model::user::User;
use portico_domain::model::view::StatusView;
use portico_html::{clean_line, escape, plain_text};

/// The maximum length of an excerpt, in characters.
const EXCERPT: usize = 280;

/// Renders a digest.
pub(super) fn build_mail(
    instance: &Instance,
    user: &User,
    account: &Account,
    missed: &DigestContent,
    id: DigestId,
    secret: &str,
) -> Mail {
    let urls = &instance.urls;
    let site = &instance.settings.title;
    let (home, stop, settings) = (urls.at("/"), urls.digest(secret), urls.at("/settings/mail"));
    let name = account.name();
    let subject = clean_line(&format!("{site}: what you missed"), 200);
    let mut text = format!("Hello {name},\n\nyou have not visited {site} for a while.\n");
    let mut html =
        format!("<p>Hello {},</p><p>you have not visited {} for a while.</p>", escape(name), escape(site));
    if let Some(line) = unread(missed.unread) {
        let _ = writeln!(text, "\n{line}\n{home}");
        let _ = write!(html, "<p><a href=\"{}\">{line}</a></p>", escape(&home));
    }
    if !missed.posts.is_empty() {
        text.push_str("\nFrom the people you follow:\n");
        html.push_str("<p>From the people you follow:</p><ul>");
        for view in &missed.posts {
            let (who, words, page) = render_status(view, instance);
            let _ = write!(text, "\n{who}: {words}\n{page}\n");
            let _ = write!(
                html,
                "<li><p><strong>{}</strong>: {}<br><a href=\"{}\">Open</a></p></li>",
                escape(&who),
                escape(&words),
                escape(&page)
            );
        }
        html.push_str("</ul>");
    }
    let _ = write!(
        text,
        "\n-- \nYou get this because you have an account at {home} and have not visited it lately.\nSettings: {settings}\nUnsubscribe: {stop}\n"
    );
    let _ = write!(
        html,
        "<hr><p><small>You get this because you have an account at <a href=\"{0}\">{0}</a> and have not visited it lately. <a href=\"{1}\">Settings</a> · <a href=\"{2}\">Unsubscribe</a></small></p>",
        escape(&home),
        escape(&settings),
        escape(&stop)
    );
    Mail {
        to: user.email.clone(),
        name: name.to_owned(),
        subject,
        text,
        html: format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><body>{html}</body></html>"),
        id: format!("<digest-{id}@{}>", instance.settings.domain.split(':').next().unwrap_or_default()),
        stop,
        sent_at: instance.now(),
    }
}

fn unread(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("You have 1 unread notification.".to_owned()),
        count if i64::try_from(count).is_ok_and(|count| count >= super::COUNTED) => {
            Some(format!("You have {} or more unread notifications.", super::COUNTED))
        }
        count => Some(format!("You have {count} unread notifications.")),
    }
}

/// Returns a post's author, excerpt and page URL. A post with a content warning shows only the warning.
fn render_status(view: &StatusView, instance: &Instance) -> (String, String, String) {
    let status = &view.status;
    let words = if status.spoiler_text.is_empty() {
        let line = clean_line(&plain_text(&status.content), usize::MAX);
        match (line.is_empty(), view.media.len()) {
            (true, 1) => "(a picture or file)".to_owned(),
            (true, _) => "(pictures or files)".to_owned(),
            (false, _) => shorten(line),
        }
    } else {
        format!("[{}]", shorten(status.spoiler_text.clone()))
    };
    let page = instance.urls.at(&format!("/@{}/{}", view.account.acct(), status.id));
    (clean_line(view.account.name(), 100), words, page)
}

fn shorten(line: String) -> String {
    if line.chars().count() <= EXCERPT {
        return line;
    }
    let cut: String = line.chars().take(EXCERPT).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words))
}
