//! Link preview cards, built from the pages that posts link to. A worker fetches the page after the post is
//! committed; this module decides whether a link may be fetched, and stores the result.

mod links;

use url::Url;

use crate::instance::Instance;
use crate::publishing::media::{self, CardPicture};
use crate::{Error, Result, Viewer};
use portico_domain::model::card::{Card, CardImage, LinkPreviews, PageFacts};
use portico_domain::model::random::Rng;
use portico_domain::model::status::Status;
use portico_domain::model::{CardId, JobId, StatusId};
use portico_domain::policy::previews;
use portico_store::Tx;

/// How long a card is fresh, in seconds; `BAD_FOR` for a page without usable facts.
const GOOD_FOR: i64 = 7 * 24 * 3600;
const BAD_FOR: i64 = 3600;
/// The maximum random delay before a remote post's link is fetched, in milliseconds. Many servers receive a
/// popular post at the same moment, and the delay spreads the load on the page's host.
const SPREAD: u32 = 60_000;
/// How long an unused card is kept, in seconds.
const UNUSED_LIFE: i64 = 24 * 3600;

/// The settings and the delay for the preview of a new post's link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CardSettings {
    allowed: LinkPreviews,
    delay: i64,
}

impl CardSettings {
    /// Returns the settings for a local post, without delay.
    pub(crate) const fn local(instance: &Instance) -> Self {
        Self { allowed: instance.settings.link_previews, delay: 0 }
    }

    /// Returns the settings for a remote post, with a random delay.
    pub(crate) fn remote(instance: &Instance) -> Self {
        let delay = i64::from(random_delay(&instance.rng));
        Self { allowed: instance.settings.link_previews, delay }
    }
}

fn random_delay(rng: &Rng) -> u32 {
    rng.noise() % SPREAD
}

/// Enqueues the link of a new post for a preview, if policy allows it and the post seems to have a link.
/// Returns whether it did.
pub(crate) fn enqueue(tx: &mut Tx<'_>, status: &Status, input: CardSettings) -> Result<bool> {
    let sought = links::may_have_link(&status.content) && previews::may_look_up(input.allowed, status.reach);
    if sought {
        tx.enqueue_card(status.id, tx.now().plus_millis(input.delay))?;
    }
    Ok(sought)
}

/// Enqueues the link of an edited post. Until then the post keeps its card, unless it may no longer have one.
pub(crate) fn enqueue_again(tx: &mut Tx<'_>, edited: &Status, input: CardSettings) -> Result<()> {
    if !enqueue(tx, edited, input)? {
        tx.set_status_card(edited.id, None)?;
    }
    Ok(())
}

/// The next step for a queued post.
#[derive(Debug)]
pub enum CardLookup {
    /// Its card is known, or it has none.
    Known(Option<Url>, Option<CardId>),
    /// The page must be fetched; an outdated card may exist.
    Fetch(Url, Option<CardId>),
}

/// Returns the next step for the post of a job. `None` if the post is deleted, or may not have a preview.
pub async fn look_up(instance: &Instance, id: StatusId) -> Result<Option<CardLookup>> {
    let (allowed, own) = (instance.settings.link_previews, instance.urls.origin().to_owned());
    instance
        .store
        .read(move |reader| {
            let Some(view) = reader.status_view(None, id)? else { return Ok(None) };
            if view.boosted.is_some() || !previews::may_look_up(allowed, view.status.reach) {
                return Ok(None);
            }
            let people: Vec<&str> =
                view.mentions.iter().flat_map(|person| [person.url.as_str(), &person.uri]).collect();
            let Some(link) = links::first_link(&view.status.content, &own, &people) else {
                return Ok(Some(CardLookup::Known(None, None)));
            };
            let known = reader.find_card(link.as_str())?;
            let life = |card: &Card| if card.is_shown() { GOOD_FOR } else { BAD_FOR };
            let is_fresh = |card: &&Card| card.fetched_at.plus_seconds(life(card)) > reader.now();
            Ok(Some(match known.as_ref().filter(is_fresh).map(|card| card.id) {
                Some(card) => CardLookup::Known(Some(link), Some(card)),
                None => CardLookup::Fetch(link, known.map(|card| card.id)),
            }))
        })
        .await
}

/// The result of fetching a page.
#[derive(Debug, Default)]
pub struct FetchedPage {
    /// The facts of the page, if it could be read.
    pub facts: Option<PageFacts>,
    /// The bytes of its image, if any.
    pub picture: Option<Vec<u8>>,
}

/// Stores the facts of a page as a card, attaches it to the post, and finishes the job. If the page could not
/// be read, an existing card stays.
///
/// # Errors
/// Fails also if the media store does.
pub async fn store(
    instance: &Instance,
    job: JobId,
    status: StatusId,
    link: Url,
    brought: FetchedPage,
    old: Option<CardId>,
) -> Result<()> {
    let Some(facts) = brought.facts.filter(|facts| !facts.title.is_empty()) else {
        return finish(instance, job, status, Some(link), CardSource::Nothing(old)).await;
    };
    let picture = match brought.picture {
        Some(bytes) => media::card_picture(instance, bytes).await?,
        None => None,
    };
    let image =
        picture.map(|CardPicture { key, dimensions, blurhash }| CardImage { key, dimensions, blurhash });
    finish(instance, job, status, Some(link), CardSource::Page(Box::new(facts), image)).await
}

/// Attaches a known card to a post and finishes the job.
pub async fn attach(
    instance: &Instance,
    job: JobId,
    status: StatusId,
    link: Option<Url>,
    card: Option<CardId>,
) -> Result<()> {
    finish(instance, job, status, link, CardSource::Known(card)).await
}

/// The source of a card.
#[derive(Clone)]
enum CardSource {
    /// An existing card.
    Known(Option<CardId>),
    /// An unreadable page, with the old card if any.
    Nothing(Option<CardId>),
    /// A page that was read.
    Page(Box<PageFacts>, Option<CardImage>),
}

async fn finish(
    instance: &Instance,
    job: JobId,
    id: StatusId,
    link: Option<Url>,
    found: CardSource,
) -> Result<()> {
    let own = instance.urls.origin().to_owned();
    instance
        .store
        .write(move |tx| {
            // Only the worker that removes the job applies its result.
            if !tx.finish_job(job)? {
                return Ok::<_, Error>(());
            }
            let card = match (&link, &found) {
                (Some(link), found) => store_card(tx, link, found)?,
                (None, _) => None,
            };
            let Some(view) = tx.status_view(None, id)? else { return Ok(()) };
            let people: Vec<&str> =
                view.mentions.iter().flat_map(|person| [person.url.as_str(), &person.uri]).collect();
            // The post was edited meanwhile, and another job is queued.
            if links::first_link(&view.status.content, &own, &people) != link {
                return Ok(());
            }
            let before = view.card;
            tx.set_status_card(id, card)?;
            if tx.status_view(None, id)?.and_then(|view| view.card) != before {
                tx.publish(portico_domain::model::live::Live::Edited { status: id })?;
            }
            Ok(())
        })
        .await
}

fn store_card(tx: &mut Tx<'_>, link: &Url, found: &CardSource) -> Result<Option<CardId>> {
    let (facts, image) = match found {
        CardSource::Known(card) => return Ok(*card),
        CardSource::Nothing(Some(card)) => {
            tx.touch_card(*card)?;
            return Ok(Some(*card));
        }
        CardSource::Nothing(None) => (PageFacts { page_url: link.to_string(), ..PageFacts::default() }, None),
        CardSource::Page(facts, image) => (facts.as_ref().clone(), image.clone()),
    };
    let keys: Vec<String> = image.iter().map(|image| image.key.clone()).collect();
    let card = Card { id: tx.next_id(), url: link.to_string(), facts, image, fetched_at: tx.now() };
    let id = tx.save_card(&card)?;
    tx.forget_trash(&keys)?;
    Ok(Some(id))
}

/// Returns the card of a post.
///
/// # Errors
/// `NotFound` for a post that the viewer may not see.
pub async fn show(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<Option<Card>> {
    let view = crate::publishing::statuses::show(instance, viewer, id).await?;
    Ok(view.boosted.map_or(view.card, |boosted| boosted.card))
}

/// Returns the normalised form of a link, by which cards are stored. `None` for a URL that cannot have a
/// card.
pub(crate) fn normalise_link(url: &str) -> Option<String> {
    links::parse_link(url.trim(), "").map(Into::into)
}

/// Deletes cards that no post uses any more. Their images go to the trash.
pub(crate) fn clean(tx: &mut Tx<'_>) -> Result<()> {
    tx.delete_unused_cards(tx.now().plus_seconds(-UNUSED_LIFE))?;
    Ok(())
}
