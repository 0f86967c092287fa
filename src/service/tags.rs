//! Hashtags: looking at them, following them, showing them on one's profile.

use super::accounts;
use super::text::normalise_tag;
use super::{Error, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::page::{Page, PageRequest};
use crate::model::view::{FeaturedTagView, TagView};
use crate::model::{AccountId, RelationId};
use crate::policy::reach::{Scope, scope};
use crate::store::Reader;

/// How many hashtags an account may show on its profile.
pub const MAX_FEATURED: i64 = 10;
/// How many an account may follow.
const MAX_FOLLOWED: i64 = 1_000;
/// How long a hashtag may be, in characters.
const MAX_NAME: usize = 200;

/// The normalised name of a hashtag that somebody typed.
fn named(name: &str) -> Result<String> {
    let name = normalise_tag(name.trim_start_matches('#'));
    let is_word = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if name.is_empty() || !is_word || name.chars().count() > MAX_NAME {
        return Err(Error::NotFound("tag"));
    }
    Ok(name)
}

fn one(reader: &mut Reader<'_>, viewer: Option<AccountId>, scope: &Scope, name: &str) -> Result<TagView> {
    let found = reader.tag_views(viewer, scope, &[name.to_owned()])?.pop();
    found.ok_or(Error::NotFound("tag"))
}

/// A hashtag; any word is one.
///
/// # Errors
/// `NotFound` for what is no word.
pub async fn show(instance: &Instance, viewer: Viewer, name: &str) -> Result<TagView> {
    let name = named(name)?;
    let scope = scope(&viewer, &setting(instance));
    instance.store.read(move |reader| one(reader, viewer.staff(), &scope, &name)).await
}

/// Follows a hashtag, or no longer.
///
/// # Errors
/// `NotFound` for what is no word; `Invalid` when there are enough.
pub async fn follow(instance: &Instance, me: AccountId, name: &str, follows: bool) -> Result<TagView> {
    let name = named(name)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .write(move |tx| {
            if follows && tx.count_tags_of(me)?.0 >= MAX_FOLLOWED {
                return Err(Error::invalid("You follow too many hashtags"));
            }
            tx.set_tag_follow(me, &name, follows)?;
            one(tx, Some(me), &scope, &name)
        })
        .await
}

/// The hashtags that one follows.
pub async fn followed(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<TagView>> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.followed_tag_page(me, &request)?;
            let views = reader.tag_views(Some(me), &scope, &names.items)?;
            Ok(names.with_items(views))
        })
        .await
}

/// Shows a hashtag on one's profile.
///
/// # Errors
/// `NotFound` for what is no word; `Invalid` when it is there already or there are enough.
pub async fn feature(instance: &Instance, me: AccountId, name: &str) -> Result<FeaturedTagView> {
    let name = named(name).map_err(|_| Error::invalid("Name is not a hashtag"))?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
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

/// Shows a hashtag on one's profile, or no longer; doing it twice is the same as once.
///
/// # Errors
/// `NotFound` for what is no word; `Invalid` when there are enough.
pub async fn set_featured(instance: &Instance, me: AccountId, name: &str, featured: bool) -> Result<TagView> {
    let name = named(name)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
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
            one(tx, Some(me), &scope, &name)
        })
        .await
}

/// Takes a hashtag off one's profile.
///
/// # Errors
/// `NotFound` if it is not there.
pub async fn unfeature(instance: &Instance, me: AccountId, id: RelationId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_featured_tag(me, id)? { Ok(()) } else { Err(Error::NotFound("tag")) })
        .await
}

/// The hashtags that an account shows on its profile.
///
/// # Errors
/// `NotFound` for an account that the viewer may not know.
pub async fn featured(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
) -> Result<Vec<FeaturedTagView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            accounts::seen(reader, &viewer, &setting, account)?;
            Ok(reader.featured_tags_of(&scope(&viewer, &setting), account)?)
        })
        .await
}

/// Hashtags that one used most and does not show yet.
pub async fn to_feature(instance: &Instance, me: AccountId) -> Result<Vec<TagView>> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.tags_to_feature(me, MAX_FEATURED)?;
            Ok(reader.tag_views(Some(me), &scope, &names)?)
        })
        .await
}

/// The hashtags that most people used lately, as far as the viewer may see.
pub async fn trending(instance: &Instance, viewer: Viewer, limit: i64, offset: i64) -> Result<Vec<TagView>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.trending_tags(&scope, limit, offset)?;
            Ok(reader.tag_views(viewer.staff(), &scope, &names)?)
        })
        .await
}
