//! Direct posts that a group or the instance itself writes: invitations, join requests, and notices to
//! administrators. Since they are ordinary posts, they reach every recipient in every client app and on every
//! server.

use crate::Result;
use crate::instance::Instance;
use crate::publishing::fan_out;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::urls::Urls;
use portico_domain::model::{Reach, StatusId};
use portico_html::AccountHandle;
use portico_store::Tx;

/// The dependencies of a writer.
#[derive(Clone)]
pub(crate) struct MessageWriter {
    urls: Urls,
}

impl MessageWriter {
    pub(crate) fn new(instance: &Instance) -> Self {
        Self { urls: instance.urls.clone() }
    }

    /// Returns the URL of a page of this instance; `path` starts with a slash.
    pub(crate) fn page_url(&self, path: &str) -> String {
        self.urls.at(path)
    }
}

/// Writes a direct post to an account in the name of `from`, a group or the instance actor. The handles of
/// `people` become mentions in `words`.
pub(crate) fn write_message(
    tx: &mut Tx<'_>,
    writer: &MessageWriter,
    from: &Account,
    to: &Account,
    words: &str,
    people: &[&Account],
) -> Result<StatusId> {
    let known: Vec<(AccountHandle, Account)> = people
        .iter()
        .copied()
        .chain(std::iter::once(to))
        .map(|account| (handle(account), account.clone()))
        .collect();
    let typed = format!("{} {words}", mention(to));
    let id: StatusId = tx.next_id();
    let status = Status {
        url: Some(writer.urls.status_page(&from.username, id)),
        local: true,
        content: portico_html::format(&typed, &known, &writer.urls),
        source: Some(typed),
        language: Some("en".to_owned()),
        ..Status::new(id, writer.urls.status(&from.username, id), from.id, Reach::Direct, tx.now())
    };
    tx.insert_status(&status, &[to.id])?;
    fan_out::begin(tx, &status)?;
    tx.update_conversations(&status, &[to.id])?;
    tx.notify(to.id, NotificationKind::Mention, from.id, Some(id))?;
    if !to.is_local() {
        tx.emit(&Event::StatusPosted { status: id })?;
    }
    Ok(id)
}

fn handle(account: &Account) -> AccountHandle {
    AccountHandle { username: account.username.clone(), domain: account.domain.clone() }
}

/// Returns an account's address with a leading @.
pub(crate) fn mention(account: &Account) -> String {
    format!("@{}", account.acct())
}
