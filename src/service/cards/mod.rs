//! Cards: what the pages behind links say of themselves. A post is looked at after its commit; a worker asks
//! for the page, and here is decided whether it may, and what becomes of the answer.

mod links;
#[cfg(not(any(test, fuzzing)))]
mod page;
#[cfg(any(test, fuzzing))]
pub mod page;

use url::Url;

use super::media::{self, CardPicture};
use super::{Error, Result, Viewer};
use crate::instance::{Instance, Rng};
use crate::model::card::{Card, CardImage, LinkPreviews, PageFacts};
use crate::model::status::Status;
use crate::model::{CardId, JobId, StatusId};
use crate::policy::previews;
use crate::store::Tx;

pub use page::{PageRead, read};

/// How long a card is good, in seconds; one that could not be made is tried again sooner.
const GOOD_FOR: i64 = 7 * 24 * 3600;
const BAD_FOR: i64 = 3600;
/// Within how many milliseconds a post from elsewhere is looked at: when it spreads, many servers have it at
/// the same moment, and the page's host is not to feel that.
const SPREAD: u32 = 60_000;
/// How long a card that no post has is kept, in seconds.
const UNUSED_LIFE: i64 = 24 * 3600;

/// What is needed to decide about a post's link when it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    allowed: LinkPreviews,
    delay: i64,
}

impl Wish {
    /// For a post of this instance.
    pub(super) const fn local(instance: &Instance) -> Self {
        Self { allowed: instance.settings.link_previews, delay: 0 }
    }

    /// For a post from elsewhere.
    pub(super) fn remote(instance: &Instance) -> Self {
        let delay = i64::from(spread(&instance.rng));
        Self { allowed: instance.settings.link_previews, delay }
    }
}

fn spread(rng: &Rng) -> u32 {
    rng.noise() % SPREAD
}

/// Has the link of a new post looked up, if it may be and there seems to be one. Answers whether.
pub(super) fn look_later(tx: &mut Tx<'_>, status: &Status, wish: Wish) -> Result<bool> {
    let sought = links::may_have_one(&status.content) && previews::may_look_up(wish.allowed, status.reach);
    if sought {
        tx.enqueue_card(status.id, tx.now().plus_millis(wish.delay))?;
    }
    Ok(sought)
}

/// Has the link of an edited post looked up anew. Until then the post keeps its card, if it may still have
/// one.
pub(super) fn look_again(tx: &mut Tx<'_>, edited: &Status, wish: Wish) -> Result<()> {
    if !look_later(tx, edited, wish)? {
        tx.set_status_card(edited.id, None)?;
    }
    Ok(())
}

/// What is to be done for a post.
#[derive(Debug)]
pub enum Look {
    /// It is known what its card is, if it has one.
    Known(Option<Url>, Option<CardId>),
    /// The page of its link is to be asked for; there may be an old card of it.
    Fetch(Url, Option<CardId>),
}

/// What is to be done for a post that a job names. None if it is gone, or may not be looked at.
pub async fn look(instance: &Instance, id: StatusId) -> Result<Option<Look>> {
    let (allowed, own) = (instance.settings.link_previews, instance.urls.origin().to_owned());
    instance
        .store
        .read(move |reader| {
            let Some(view) = reader.status_view(None, id)? else { return Ok(None) };
            if view.reblog.is_some() || !previews::may_look_up(allowed, view.status.reach) {
                return Ok(None);
            }
            let people: Vec<&str> =
                view.mentions.iter().flat_map(|person| [person.url.as_str(), &person.uri]).collect();
            let Some(link) = links::first(&view.status.content, &own, &people) else {
                return Ok(Some(Look::Known(None, None)));
            };
            let known = reader.find_card(link.as_str())?;
            let life = |card: &Card| if card.is_shown() { GOOD_FOR } else { BAD_FOR };
            let is_fresh = |card: &&Card| card.fetched_at.plus_seconds(life(card)) > reader.now();
            Ok(Some(match known.as_ref().filter(is_fresh).map(|card| card.id) {
                Some(card) => Look::Known(Some(link), Some(card)),
                None => Look::Fetch(link, known.map(|card| card.id)),
            }))
        })
        .await
}

/// What asking for a page brought.
#[derive(Debug, Default)]
pub struct Brought {
    /// What the page says, if it could be read.
    pub facts: Option<PageFacts>,
    /// The bytes of its picture, if there is one.
    pub picture: Option<Vec<u8>>,
}

/// Keeps what a page said and gives it to the post, with the end of the job. A page that could not be read
/// leaves an old card as it is.
///
/// # Errors
/// Any error of the database or the media folder.
pub async fn keep(
    instance: &Instance,
    job: JobId,
    status: StatusId,
    link: Url,
    brought: Brought,
    old: Option<CardId>,
) -> Result<()> {
    let Some(facts) = brought.facts.filter(|facts| !facts.title.is_empty()) else {
        return settle(instance, job, status, Some(link), Found::Nothing(old)).await;
    };
    let picture = match brought.picture {
        Some(bytes) => media::card_picture(instance, bytes).await?,
        None => None,
    };
    let image = picture.map(|CardPicture { key, extent, blurhash }| CardImage { key, extent, blurhash });
    settle(instance, job, status, Some(link), Found::Page(Box::new(facts), image)).await
}

/// Gives a post the card that is known, with the end of the job.
pub async fn attach(
    instance: &Instance,
    job: JobId,
    status: StatusId,
    link: Option<Url>,
    card: Option<CardId>,
) -> Result<()> {
    settle(instance, job, status, link, Found::Known(card)).await
}

/// What a card is made of.
#[derive(Clone)]
enum Found {
    /// The card as it is.
    Known(Option<CardId>),
    /// Nothing new, of what may be known already.
    Nothing(Option<CardId>),
    /// A page.
    Page(Box<PageFacts>, Option<CardImage>),
}

async fn settle(
    instance: &Instance,
    job: JobId,
    id: StatusId,
    link: Option<Url>,
    found: Found,
) -> Result<()> {
    let own = instance.urls.origin().to_owned();
    instance
        .store
        .write(move |tx| {
            // Whoever removes the job does what it asks for.
            if !tx.finish_job(job)? {
                return Ok::<_, Error>(());
            }
            let card = match (&link, &found) {
                (Some(link), found) => keep_found(tx, link, found)?,
                (None, _) => None,
            };
            let Some(view) = tx.status_view(None, id)? else { return Ok(()) };
            let people: Vec<&str> =
                view.mentions.iter().flat_map(|person| [person.url.as_str(), &person.uri]).collect();
            // Edited meanwhile: another job is on its way.
            if links::first(&view.status.content, &own, &people) != link {
                return Ok(());
            }
            let before = view.card;
            tx.set_status_card(id, card)?;
            if tx.status_view(None, id)?.and_then(|view| view.card) != before {
                tx.publish(crate::model::live::Live::Edited { status: id })?;
            }
            Ok(())
        })
        .await
}

fn keep_found(tx: &mut Tx<'_>, link: &Url, found: &Found) -> Result<Option<CardId>> {
    let (facts, image) = match found {
        Found::Known(card) => return Ok(*card),
        Found::Nothing(Some(card)) => {
            tx.touch_card(*card)?;
            return Ok(Some(*card));
        }
        Found::Nothing(None) => (PageFacts { page_url: link.to_string(), ..PageFacts::default() }, None),
        Found::Page(facts, image) => (facts.as_ref().clone(), image.clone()),
    };
    let keys: Vec<String> = image.iter().map(|image| image.key.clone()).collect();
    let card = Card { id: tx.next_id(), url: link.to_string(), facts, image, fetched_at: tx.now() };
    let id = tx.keep_card(&card)?;
    tx.forget_trash(&keys)?;
    Ok(Some(id))
}

/// The card of a post.
///
/// # Errors
/// `NotFound` for what the viewer may not see.
pub async fn show(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<Option<Card>> {
    let view = super::statuses::show(instance, viewer, id).await?;
    Ok(view.reblog.map_or(view.card, |boosted| boosted.card))
}

/// A link as somebody asks for it, in the form that cards are kept by; none for what can have none.
pub(super) fn asked(url: &str) -> Option<String> {
    links::sought(url.trim(), "").map(Into::into)
}

/// Forgets cards that no post has any more; their pictures go to the trash.
pub(super) fn clean(tx: &mut Tx<'_>) -> Result<()> {
    tx.delete_unused_cards(tx.now().plus_seconds(-UNUSED_LIFE))?;
    Ok(())
}
