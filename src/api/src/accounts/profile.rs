//! The caller's own account.

use axum::Json;
use base64::Engine as _;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::CurrentUser;
use crate::statuses::circle;
use crate::{entities, scope};
use portico_domain::model::Reach;
use portico_domain::model::account::Account;
use portico_domain::model::user::User;
use portico_http::params::{ClearableText, Files, Upload};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::instance::Instance;
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::people::preferences::{self, PreferencesChange};
use portico_service::social::relationships;

/// The attributes of the caller's profile. Absent ones keep their value; empty texts are cleared.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ProfileParams {
    display_name: ClearableText,
    note: ClearableText,
    locked: Option<bool>,
    bot: Option<bool>,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    hide_collections: Option<bool>,
    /// Domains of websites that may credit the caller as an author.
    attribution_domains: Option<Vec<String>>,
    fields_attributes: Option<Vec<ProfileFieldParams>>,
    source: Option<PostingDefaultsParams>,
    /// The avatar: a file of a multipart body, or a base64 `data:` URL.
    avatar: Option<String>,
    /// The header image: a file of a multipart body, or a base64 `data:` URL.
    header: Option<String>,
}

impl ProfileParams {
    fn change(self, files: &[Upload]) -> ApiResult<ProfileChange> {
        let rows =
            |rows: Vec<ProfileFieldParams>| rows.into_iter().map(|row| (row.name, row.value)).collect();
        Ok(ProfileChange {
            avatar: picture(files, "avatar", self.avatar.as_deref())?,
            header: picture(files, "header", self.header.as_deref())?,
            display_name: self.display_name.0,
            note: self.note.0,
            locked: self.locked,
            bot: self.bot,
            discoverable: self.discoverable,
            indexable: self.indexable,
            hide_collections: self.hide_collections,
            attribution_domains: self.attribution_domains,
            fields: self.fields_attributes.map(rows),
        })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ProfileFieldParams {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PostingDefaultsParams {
    privacy: Option<String>,
    sensitive: Option<bool>,
    language: ClearableText,
    /// The accounts that may quote the caller's posts: `public`, `followers` or `nobody`.
    quote_policy: Option<String>,
}

impl PostingDefaultsParams {
    /// `public` and `unlisted` follow the instance's default reach; `private` and `direct` keep their
    /// meaning.
    fn change(self) -> ApiResult<PreferencesChange> {
        let reach = match self.privacy.as_deref() {
            None => None,
            Some("public" | "unlisted") => Some(None),
            Some("private") => Some(Some(Reach::Followers)),
            Some("direct") => Some(Some(Reach::Direct)),
            Some(_) => return Err(Problem::invalid(&["Privacy is not included in the list".to_owned()])),
        };
        let language = match self.language.0.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(tag) => {
                let known = portico_html::language(tag);
                Some(Some(known.ok_or_else(|| Problem::invalid(&["Language is invalid".to_owned()]))?))
            }
        };
        let quotable = circle(self.quote_policy.as_deref())?;
        Ok(PreferencesChange { reach, sensitive: self.sensitive, language, quotable })
    }
}

/// Returns the caller's own account.
pub(super) async fn verify(
    here: CurrentInstance,
    me: CurrentUser<scope::Profile>,
) -> ApiResult<Json<entities::CredentialAccount>> {
    render_credentials(&here, &me.account, &me.user).await
}

/// Changes the caller's profile and defaults. Everything is validated before anything is written.
pub(super) async fn update(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Files(files): Files,
    Params(profile): Params<ProfileParams>,
) -> ApiResult<Json<entities::CredentialAccount>> {
    let mut profile = profile;
    let defaults = profile.source.take().map(PostingDefaultsParams::change).transpose()?;
    let account = accounts::update_profile(&here, me.id, profile.change(&files)?).await?;
    let user = match defaults {
        Some(change) => preferences::set(&here, me.user.id, change).await?,
        None => me.user,
    };
    render_credentials(&here, &account, &user).await
}

/// Returns an image that was sent as a file or, by old clients, as a `data:` URL.
fn picture(files: &[Upload], name: &str, text: Option<&str>) -> ApiResult<Option<Vec<u8>>> {
    if let Some(file) = files.iter().find(|file| file.name == name && !file.bytes.is_empty()) {
        return Ok(Some(file.bytes.to_vec()));
    }
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let encoded = text.strip_prefix("data:").and_then(|url| url.split_once(";base64,"));
    let bytes =
        encoded.and_then(|(_, body)| base64::engine::general_purpose::STANDARD.decode(body.trim()).ok());
    let fault = || Problem::invalid(&[format!("{name} must be a file, or a data: URL with base64")]);
    bytes.filter(|bytes| !bytes.is_empty()).map(Some).ok_or_else(fault)
}

/// Removes the caller's avatar.
pub(super) async fn remove_avatar(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
) -> ApiResult<Json<entities::CredentialAccount>> {
    let change = ProfileChange { avatar: Some(Vec::new()), ..ProfileChange::default() };
    let account = accounts::update_profile(&here, me.id, change).await?;
    render_credentials(&here, &account, &me.user).await
}

/// Removes the caller's header image.
pub(super) async fn remove_header(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
) -> ApiResult<Json<entities::CredentialAccount>> {
    let change = ProfileChange { header: Some(Vec::new()), ..ProfileChange::default() };
    let account = accounts::update_profile(&here, me.id, change).await?;
    render_credentials(&here, &account, &me.user).await
}

/// Returns the caller's profile for editing.
pub(super) async fn show(me: CurrentUser<scope::Profile>, here: CurrentInstance) -> Json<entities::Profile> {
    Json(entities::Profile::render(&me.account, &here.urls))
}

/// Changes the caller's profile; returns it for editing.
pub(super) async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Files(files): Files,
    Params(profile): Params<ProfileParams>,
) -> ApiResult<Json<entities::Profile>> {
    let account = accounts::update_profile(&here, me.id, profile.change(&files)?).await?;
    Ok(Json(entities::Profile::render(&account, &here.urls)))
}

async fn render_credentials(
    instance: &Instance,
    account: &Account,
    user: &User,
) -> ApiResult<Json<entities::CredentialAccount>> {
    let requests = relationships::count_follow_requests(instance, account.id).await?;
    Ok(Json(entities::CredentialAccount::render(account, user, requests, &instance.urls)))
}
