//! Hashtags: viewing, following, and featuring them on a profile.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::{FeaturedTagView, TagView};
use portico_domain::model::{AccountId, RelationId};
use portico_domain::policy::reach::{Scope, scope};
use portico_html::normalise_tag;
use portico_store::Reader;

/// Maximum number of hashtags that an account may feature.
pub const MAX_FEATURED: i64 = 10;
/// Maximum number of hashtags that an account may follow.
const MAX_FOLLOWED: i64 = 1_000;
/// Maximum length of a hashtag, in characters.
const MAX_NAME: usize = 200;

/// Normalises the typed name of a hashtag.
fn clean_name(name: &str) -> Result<String> {
    let name = normalise_tag(name.trim_start_matches('#'));
    let is_word = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if name.is_empty() || !is_word || name.chars().count() > MAX_NAME {
        return Err(Error::NotFound("tag"));
    }
    Ok(name)
}

fn load_view(
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    scope: &Scope,
    name: &str,
) -> Result<TagView> {
    let found = reader.tag_views(viewer, scope, &[name.to_owned()])?.pop();
    found.ok_or(Error::NotFound("tag"))
}

/// Returns a hashtag; any word is one, used or not.
///
/// # Errors
/// `NotFound` if the name is not a word.
pub async fn show(instance: &Instance, viewer: Viewer, name: &str) -> Result<TagView> {
    let name = clean_name(name)?;
    let scope = scope(&viewer, &setting(instance));
    instance.store.read(move |reader| load_view(reader, viewer.local_account(), &scope, &name)).await
}

/// Follows or unfollows a hashtag.
///
/// # Errors
/// `NotFound` if the name is not a word; `Invalid` at the maximum.
pub async fn follow(instance: &Instance, me: AccountId, name: &str, follows: bool) -> Result<TagView> {
    let name = clean_name(name)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .write(move |tx| {
            if follows && tx.count_tags_of(me)?.0 >= MAX_FOLLOWED {
                return Err(Error::invalid("You follow too many hashtags"));
            }
            tx.set_tag_follow(me, &name, follows)?;
            load_view(tx, Some(me), &scope, &name)
        })
        .await
}

/// Lists the hashtags that the account follows.
pub async fn followed(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<TagView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.followed_tag_page(me, &request)?;
            let views = reader.tag_views(Some(me), &scope, &names.items)?;
            Ok(names.with_items(views))
        })
        .await
}

/// Features a hashtag on the account's profile.
///
/// # Errors
/// `Invalid` if the name is not a word or already featured, or at the maximum.
pub async fn feature(instance: &Instance, me: AccountId, name: &str) -> Result<FeaturedTagView> {
    let name = clean_name(name).map_err(|_| Error::invalid("Name is not a hashtag"))?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .write(move |tx| {
            if tx.count_tags_of(me)?.1 >= MAX_FEATURED {
                return Err(Error::invalid("You have already featured the maximum number of hashtags"));
            }
            if !tx.insert_featured_tag(me, &name)? {
                return Err(Error::invalid("Name has already been taken"));
            }
            let all = tx.featured_tags_of(&scope, me)?;
            all.into_iter().find(|tag| tag.name == name).ok_or(Error::NotFound("tag"))
        })
        .await
}

/// Features or unfeatures a hashtag; idempotent.
///
/// # Errors
/// `NotFound` if the name is not a word; `Invalid` at the maximum.
pub async fn set_featured(instance: &Instance, me: AccountId, name: &str, featured: bool) -> Result<TagView> {
    let name = clean_name(name)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .write(move |tx| {
            if featured {
                if tx.count_tags_of(me)?.1 >= MAX_FEATURED {
                    return Err(Error::invalid("You have already featured the maximum number of hashtags"));
                }
                tx.insert_featured_tag(me, &name)?;
            } else {
                tx.delete_featured_tag_named(me, &name)?;
            }
            load_view(tx, Some(me), &scope, &name)
        })
        .await
}

/// Removes a featured hashtag by its id.
pub async fn unfeature(instance: &Instance, me: AccountId, id: RelationId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_featured_tag(me, id)? { Ok(()) } else { Err(Error::NotFound("tag")) })
        .await
}

/// Lists the hashtags that an account features.
pub async fn featured(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
) -> Result<Vec<FeaturedTagView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            lookup::find_visible_account(reader, &viewer, &setting, account)?;
            Ok(reader.featured_tags_of(&scope(&viewer, &setting), account)?)
        })
        .await
}

/// Suggests hashtags to feature: those the account uses most and does not feature yet.
pub async fn list_suggestions(instance: &Instance, me: AccountId) -> Result<Vec<TagView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.tags_to_feature(me, MAX_FEATURED)?;
            Ok(reader.tag_views(Some(me), &scope, &names)?)
        })
        .await
}

/// Lists the most used recent hashtags, as far as the viewer may see.
pub async fn trending(instance: &Instance, viewer: Viewer, limit: i64, offset: i64) -> Result<Vec<TagView>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.trending_tags(&scope, limit, offset)?;
            Ok(reader.tag_views(viewer.local_account(), &scope, &names)?)
        })
        .await
}
