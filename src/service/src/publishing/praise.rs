//! Praise: a post that praises colleagues also shows on their profiles, within its reach.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::event::Event;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::Tier;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::praise::{is_believed, is_shown, may_praise};
use portico_domain::policy::reach::scope;
use portico_store::{Reader, Tx};

/// Maximum number of accounts that a post may praise.
pub const MOST: usize = 10;

/// Validates the praised accounts and removes duplicates.
pub(crate) fn check(reader: &mut Reader<'_>, me: AccountId, wanted: &[AccountId]) -> Result<Vec<AccountId>> {
    let mut praised: Vec<AccountId> = Vec::new();
    for id in wanted {
        if praised.contains(id) {
            continue;
        }
        let account = reader.find_account(*id)?.filter(|account| {
            account.kind == ActorKind::Person && !account.is_instance_actor && account.suspended_at.is_none()
        });
        let account = account.ok_or_else(|| Error::invalid("Praise is for people who are known here"))?;
        let tier = reader.tier_of_account(&account)?;
        if tier.is_some_and(|tier| !is_believed(tier)) {
            return Err(Error::invalid("Praise is for people of the company and its partners"));
        }
        if may_praise(me, *id).is_err() {
            return Err(Error::invalid("You cannot praise yourself"));
        }
        praised.push(*id);
    }
    if praised.len() > MOST {
        return Err(Error::invalid(format!("One post can praise {MOST} people at most")));
    }
    Ok(praised)
}

/// Records the accounts that a new post praises.
pub(crate) fn begin(tx: &mut Tx<'_>, status: StatusId, praised: &[AccountId]) -> Result<()> {
    for account in praised {
        tx.insert_praise(status, *account)?;
    }
    Ok(())
}

/// Records the accounts that a new remote post praises; only those that it also mentions.
pub(crate) fn apply_remote(
    tx: &mut Tx<'_>,
    tier: Option<Tier>,
    author: AccountId,
    status: StatusId,
    said: &[String],
    named: &[AccountId],
) -> Result<()> {
    if !tier.is_some_and(is_believed) {
        return Ok(());
    }
    for uri in said.iter().take(MOST) {
        let Some(account) = tx.find_account_by_uri(uri)? else { continue };
        if named.contains(&account.id) && may_praise(author, account.id).is_ok() {
            tx.insert_praise(status, account.id)?;
        }
    }
    Ok(())
}

/// Lists the posts that praise an account, as far as the viewer may see them. Hidden ones show only to the
/// praised account.
pub async fn list(
    instance: &Instance,
    viewer: Viewer,
    id: AccountId,
    request: PageRequest,
) -> Result<Page<StatusView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            reader.find_account(id)?.ok_or(Error::NotFound("account"))?;
            let me = viewer.local_account();
            let hidden_too = is_shown(me, id, true);
            let page = reader.praise_page(me, &scope(&viewer, &setting), id, hidden_too, &request)?;
            let views = reader.status_views(me, &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}

/// Hides a post that praises the caller from the caller's profile, or shows it again.
///
/// # Errors
/// `NotFound` also if the post does not praise the caller.
pub async fn set_hidden(
    instance: &Instance,
    me: AccountId,
    id: StatusId,
    hidden: bool,
) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me);
            let status = lookup::find_visible_status(tx, &viewer, &setting, id)?;
            if tx.find_praise(status.id, me)?.is_none() {
                return Err(Error::NotFound("praise"));
            }
            if tx.set_praise_hidden(status.id, me, hidden)? {
                let at = tx.now();
                tx.emit(&Event::PraiseHidden { account: me, status: status.id, hidden, at })?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Applies a remote account's choice to hide praise of itself, or to show it again.
pub async fn receive_hidden(
    instance: &Instance,
    actor: &Account,
    status: StatusId,
    hidden: bool,
) -> Result<()> {
    let actor = actor.id;
    instance.store.write(move |tx| Ok(tx.set_praise_hidden(status, actor, hidden).map(drop)?)).await
}
