//! The buttons of a group's pages: join, leave, accept, invite, remove, set a role, pin, and others.

use axum::http::StatusCode;
use serde::Deserialize;

use super::{PAGE, members};
use portico_domain::model::group::GroupRole;
use portico_domain::model::page::PageRequest;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::social::groups;

use crate::ErrorPage;
use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::CsrfForm;
use crate::page::{PageResult, redirect};

/// An action in a group, as a button sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupActionForm {
    /// Name of the action: `join`, `leave`, `accept` …
    what: String,
    /// Id of the account it applies to.
    who: String,
    /// Handle of the account it applies to.
    handle: String,
    /// Id of the post it applies to.
    post: String,
    /// End of a guest's stay, as a `date` field writes it.
    until: String,
}

/// Performs an action in a group, and redirects to the page where the button was.
pub(crate) async fn act(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    CsrfForm(form): CsrfForm<GroupActionForm>,
) -> PageResult {
    let page = format!("/groups/{id}");
    let among = format!("/groups/{id}/members");
    let to = match form.what.as_str() {
        "join" | "pin" | "unpin" | "unpost" => page.as_str(),
        "leave" | "close" => "/groups",
        _ => among.as_str(),
    };
    match perform(&here, &who, id, &form).await {
        Ok(()) => redirect(StatusCode::SEE_OTHER, to),
        Err(error) => {
            let problem = match error {
                Error::NotFound(_) => "No such account or post was found.".to_owned(),
                error => form_error_text(error)?,
            };
            if to == among {
                return members::list(&here, &who, id, PageRequest::first(PAGE), Some(problem)).await;
            }
            Err(ErrorPage::bad_request(problem))
        }
    }
}

async fn perform(
    here: &CurrentInstance,
    who: &SignedIn,
    id: AccountId,
    form: &GroupActionForm,
) -> Result<(), Error> {
    let me = who.account.id;
    let account = || form.who.parse::<AccountId>().map_err(|_| Error::NotFound("account"));
    let post = || form.post.parse::<StatusId>().map_err(|_| Error::NotFound("status"));
    match form.what.as_str() {
        "join" => groups::join(here, &who.account, id).await.map(drop),
        "leave" => groups::leave(here, me, id).await,
        "accept" => groups::accept(here, me, id, account()?).await,
        "refuse" => groups::refuse(here, me, id, account()?).await,
        "uninvite" => groups::uninvite(here, me, id, account()?).await,
        "remove" => groups::remove(here, me, id, account()?).await,
        "ban" => groups::ban(here, me, id, account()?).await,
        "member" => groups::set_role(here, me, id, account()?, GroupRole::Member).await,
        "moderator" => groups::set_role(here, me, id, account()?, GroupRole::Moderator).await,
        "owner" => groups::set_role(here, me, id, account()?, GroupRole::Owner).await,
        "invite" => {
            let found = groups::look_up(here, &form.handle).await?;
            groups::invite(here, &who.account, id, found.id).await
        }
        "guest" => {
            let until = Timestamp::parse(form.until.trim());
            let until = until.ok_or_else(|| Error::invalid("\"Until\" is not a valid date"))?;
            groups::invite_guest(here, &who.account, id, &form.handle, until).await.map(drop)
        }
        "end" => groups::end_guest(here, me, id, account()?).await,
        "pin" => groups::pin(here, me, id, post()?).await,
        "unpin" => groups::unpin(here, me, id, post()?).await,
        "unpost" => groups::unpost(here, me, id, post()?).await,
        "close" => groups::close(here, me, id).await,
        _ => Err(Error::invalid("Unknown action")),
    }
}
