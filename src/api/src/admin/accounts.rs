//! Accounts, for moderators.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use portico_domain::model::moderation::Action;
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, ReportId};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::moderation::{self, ActionInput, PersonFilter, PersonState};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/admin/accounts", get(old_list))
        .endpoint("/api/v2/admin/accounts", get(list))
        .endpoint("/api/v1/admin/accounts/{id}", get(show).delete(erase))
        .endpoint("/api/v1/admin/accounts/{id}/approve", post(decide))
        .endpoint("/api/v1/admin/accounts/{id}/reject", post(decide))
        .endpoint("/api/v1/admin/accounts/{id}/action", post(act))
        .endpoint("/api/v1/admin/accounts/{id}/enable", post(enable))
        .endpoint("/api/v1/admin/accounts/{id}/unsilence", post(unsilence))
        .endpoint("/api/v1/admin/accounts/{id}/unsuspend", post(unsuspend))
        .endpoint("/api/v1/admin/accounts/{id}/unsensitive", post(unsensitive))
}

/// The filters of both versions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountNameFilters {
    /// Only user names that begin with this text.
    username: Option<String>,
    /// Only display names that contain this text.
    display_name: Option<String>,
    /// Only accounts of this host.
    by_domain: Option<String>,
    /// Only e-mail addresses that contain this text.
    email: Option<String>,
    /// The last IP address. Addresses are not stored, so this finds no account.
    ip: Option<String>,
}

impl AccountNameFilters {
    fn filter(self) -> PersonFilter {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        PersonFilter {
            username: said(self.username),
            display_name: said(self.display_name),
            domain: said(self.by_domain),
            email: said(self.email),
            nobody: said(self.ip).is_some(),
            ..PersonFilter::default()
        }
    }
}

/// The filters of v1, one flag each.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountStateFilters {
    local: bool,
    remote: bool,
    active: bool,
    pending: bool,
    disabled: bool,
    silenced: bool,
    suspended: bool,
    sensitized: bool,
    /// Only moderators and administrators.
    staff: bool,
}

/// The filters of v2.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountsV2Query {
    /// `local` or `remote`.
    origin: Option<String>,
    /// `active`, `pending`, `disabled`, `silenced`, `suspended` or `sensitized`.
    status: Option<String>,
    /// `staff` for only moderators and administrators.
    permissions: Option<String>,
    role_ids: Vec<String>,
    /// Portico has no invitations, so this finds no account.
    invited_by: Option<String>,
}

const STAFF: [Role; 2] = [Role::Moderator, Role::Admin];

async fn old_list(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadAccounts>,
    paging: AdminPaging,
    Params(named): Params<AccountNameFilters>,
    Params(flags): Params<AccountStateFilters>,
) -> ApiResult<Paged<entities::AdminAccount>> {
    let state = [
        (flags.active, PersonState::Active),
        (flags.disabled, PersonState::Disabled),
        (flags.silenced, PersonState::Silenced),
        (flags.suspended, PersonState::Suspended),
        (flags.sensitized, PersonState::Sensitized),
    ];
    let mut filter = named.filter();
    filter.local = match (flags.local, flags.remote) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) | (false, false) => None,
    };
    filter.state = state.into_iter().find(|(asked, _)| *asked).map(|(_, state)| state);
    filter.roles = flags.staff.then(|| STAFF.to_vec());
    // The operator creates accounts: none is pending.
    filter.nobody |= flags.pending;
    answer(&here, &me, &paging, filter).await
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadAccounts>,
    paging: AdminPaging,
    Params(named): Params<AccountNameFilters>,
    Params(words): Params<AccountsV2Query>,
) -> ApiResult<Paged<entities::AdminAccount>> {
    let mut filter = named.filter();
    let unknown = |name: &str| Problem::bad_request(format!("{name} has an unknown value"));
    filter.local = match words.origin.as_deref() {
        None | Some("") => None,
        Some("local") => Some(true),
        Some("remote") => Some(false),
        Some(_) => return Err(unknown("origin")),
    };
    filter.state = match words.status.as_deref() {
        None | Some("" | "pending") => None,
        Some("active") => Some(PersonState::Active),
        Some("disabled") => Some(PersonState::Disabled),
        Some("silenced") => Some(PersonState::Silenced),
        Some("suspended") => Some(PersonState::Suspended),
        Some("sensitized") => Some(PersonState::Sensitized),
        Some(_) => return Err(unknown("status")),
    };
    let roles: Vec<Role> = words.role_ids.iter().filter_map(|id| entities::role_of(id)).collect();
    filter.roles = match words.permissions.as_deref() {
        Some("staff") => Some(STAFF.to_vec()),
        _ if !words.role_ids.is_empty() => Some(roles),
        _ => None,
    };
    filter.nobody |= words.status.as_deref() == Some("pending") || words.invited_by.is_some();
    answer(&here, &me, &paging, filter).await
}

async fn answer(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminReadAccounts>,
    paging: &AdminPaging,
    filter: PersonFilter,
) -> ApiResult<Paged<entities::AdminAccount>> {
    let page = moderation::list(here, &moderator(me), filter, paging.request).await?;
    Ok(paged(here, paging, &page, |person| entities::AdminAccount::render(person, &here.urls)))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    let person = moderation::show(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminAccount::render(&person, &here.urls)))
}

async fn erase(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    let person = moderation::erase(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminAccount::render(&person, &here.urls)))
}

/// Always refused: the operator creates accounts, so none is pending.
async fn decide(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    moderation::show(&here, &moderator(&me), id).await?;
    Err(Problem::forbidden("This action is not allowed"))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AccountActionParams {
    /// `none` (only sends a message), `sensitive`, `disable`, `silence` or `suspend`.
    #[serde(rename = "type")]
    kind: String,
    /// The report that this action resolves.
    #[serde(default)]
    report_id: Option<ReportId>,
    /// The message to the account's owner.
    #[serde(default)]
    text: String,
}

async fn act(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
    Params(measure): Params<AccountActionParams>,
) -> ApiResult<Json<entities::Empty>> {
    let action = match measure.kind.as_str() {
        "none" => Action::Warn,
        "sensitive" => Action::Sensitize,
        "disable" => Action::Disable,
        "silence" => Action::Silence,
        "suspend" => Action::Suspend,
        _ => return Err(Problem::invalid(&["Type is not included in the list".to_owned()])),
    };
    let order = ActionInput { action, note: measure.text, report: measure.report_id };
    moderation::act(&here, &moderator(&me), id, order).await?;
    Ok(Json(entities::Empty {}))
}

async fn lift(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminWriteAccounts>,
    id: AccountId,
    action: Action,
) -> ApiResult<Json<entities::AdminAccount>> {
    let person = moderation::act(here, &moderator(me), id, ActionInput::plain(action)).await?;
    Ok(Json(entities::AdminAccount::render(&person, &here.urls)))
}

async fn enable(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    lift(&here, &me, id, Action::Enable).await
}

async fn unsilence(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    lift(&here, &me, id, Action::Unsilence).await
}

async fn unsuspend(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    lift(&here, &me, id, Action::Unsuspend).await
}

async fn unsensitive(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::AdminAccount>> {
    lift(&here, &me, id, Action::Unsensitize).await
}
