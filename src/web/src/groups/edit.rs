//! The forms that create a group and change one.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{audience, door};
use portico_domain::model::AccountId;
use portico_domain::model::group::{GroupRule, GroupVisibility, JoinPolicy};
use portico_domain::policy::groups as policy;
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::social::groups::{self, GroupInput, NewGroup};

use crate::ErrorPage;
use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::{Choice, CsrfForm};
use crate::icons;
use crate::page::{PageResult, Shell, redirect, render_page, render_with};

#[derive(Template)]
#[template(path = "group_edit.html")]
struct EditGroupPage {
    shell: Shell,
    title: String,
    action: String,
    /// The handle to choose, for a new group.
    handle: Option<String>,
    room: bool,
    display_name: String,
    note: String,
    rule: String,
    doors: Vec<Choice>,
    audiences: Vec<Choice>,
    problem: Option<String>,
    close: Option<String>,
}

/// The form of a new or existing group.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupForm {
    handle: String,
    display_name: String,
    note: String,
    join: String,
    visibility: String,
    rule: String,
    room: String,
}

impl GroupForm {
    fn draft(&self) -> Result<GroupInput, Error> {
        let rule = match self.rule.trim() {
            "" => None,
            text => Some(text.parse::<GroupRule>().map_err(|why| Error::invalid(format!("Rule {why}")))?),
        };
        Ok(GroupInput {
            display_name: Some(self.display_name.clone()),
            note: Some(self.note.replace("\r\n", "\n")),
            join: self.join.parse().ok(),
            visibility: self.visibility.parse().ok(),
            rule: Some(rule),
        })
    }
}

fn doors(chosen: JoinPolicy) -> Vec<Choice> {
    let choice = |join: JoinPolicy| Choice::new(join.as_str(), door(join), join == chosen);
    JoinPolicy::ALL.iter().copied().map(choice).collect()
}

fn audiences(chosen: GroupVisibility, fits: impl Fn(GroupVisibility) -> bool) -> Vec<Choice> {
    let choice = |visibility: GroupVisibility| {
        Choice::new(visibility.as_str(), audience(visibility), visibility == chosen)
    };
    GroupVisibility::ALL.into_iter().filter(|visibility| fits(*visibility)).map(choice).collect()
}

/// Renders the form of a new group.
pub(crate) async fn new(here: CurrentInstance, who: SignedIn) -> PageResult {
    let form = GroupForm {
        join: JoinPolicy::Open.as_str().to_owned(),
        visibility: GroupVisibility::Within(portico_domain::model::Reach::Company).as_str().to_owned(),
        ..GroupForm::default()
    };
    render_page(&blank(&here, &who, form, None))
}

fn blank(here: &CurrentInstance, who: &SignedIn, form: GroupForm, problem: Option<String>) -> EditGroupPage {
    let join = form.join.parse().unwrap_or(JoinPolicy::Open);
    let visibility = form.visibility.parse().unwrap_or(GroupVisibility::Members);
    EditGroupPage {
        shell: Shell::new(here, Some(who)),
        title: "New group".to_owned(),
        action: "/groups/new".to_owned(),
        handle: Some(form.handle),
        room: !form.room.is_empty(),
        display_name: form.display_name,
        note: form.note,
        rule: form.rule,
        doors: doors(join),
        audiences: audiences(visibility, |_| true),
        problem,
        close: None,
    }
}

/// Creates a group.
pub(crate) async fn create(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<GroupForm>,
) -> PageResult {
    let name = form.handle.trim().trim_start_matches('@').to_lowercase();
    let made = match form.draft() {
        Ok(draft) => {
            let room = !form.room.is_empty();
            let draft =
                if room { GroupInput { join: None, visibility: None, rule: None, ..draft } } else { draft };
            let new = NewGroup { name, draft, room, keys: None };
            groups::create(&here, who.account.id, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(view) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{}", view.account.id)),
        Err(Error::Conflict(_)) => {
            let problem = Some("That handle is taken.".to_owned());
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, &who, form, problem))
        }
        Err(error) => {
            let problem = Some(form_error_text(error)?);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, &who, form, problem))
        }
    }
}

/// Renders the form of an existing group.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, Path(id): Path<AccountId>) -> PageResult {
    render_page(&filled(&here, &who, id, None).await?)
}

async fn filled(
    here: &CurrentInstance,
    who: &SignedIn,
    id: AccountId,
    problem: Option<String>,
) -> Result<EditGroupPage, ErrorPage> {
    let view = groups::show(here, who.account.id, id).await?;
    if !view.account.is_local() || policy::may_own(view.role).is_err() {
        return Err(ErrorPage::forbidden("Only an owner of the group can change it."));
    }
    let (account, group) = (view.account, view.group);
    let closed = group.visibility.is_closed();
    Ok(EditGroupPage {
        shell: Shell::new(here, Some(who)),
        title: account.name().to_owned(),
        action: format!("/groups/{id}/edit"),
        handle: None,
        room: false,
        display_name: account.display_name.clone(),
        note: account.note_source.clone().unwrap_or_default(),
        rule: group.rule.as_ref().map(GroupRule::to_string).unwrap_or_default(),
        doors: doors(group.join),
        audiences: audiences(group.visibility, |visibility| visibility.is_closed() == closed),
        problem,
        close: Some(format!("/groups/{id}/do")),
    })
}

/// Saves the changes to a group.
pub(crate) async fn save(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    CsrfForm(form): CsrfForm<GroupForm>,
) -> PageResult {
    let saved = match form.draft() {
        Ok(draft) => groups::change(&here, who.account.id, id, draft).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{id}")),
        Err(error @ portico_service::Error::NotFound(_)) => Err(error.into()),
        Err(error) => {
            let page = filled(&here, &who, id, Some(form_error_text(error)?)).await?;
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
