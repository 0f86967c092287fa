//! The rules for remote posts: whether the host and the agreement admit a post, its reach and group on this
//! instance, the recipients that count, and whether its media is accepted.

use super::{Arrival, PostAddressing, PostDelivery, RemotePost};
use crate::instance::Instance;
use crate::partners::peers::HostAccess;
use crate::publishing::statuses::may_say_direct;
use crate::social::groups::relay_copies;
use crate::{Error, Refusal, Result};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::{Grant, GrantSet, PeerStanding};
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::{AccountId, Reach, Timestamp};
use portico_domain::policy::audience_limits::inbound_limits;
use portico_domain::policy::reach::check_grant;
use portico_store::Reader;

/// The maximum number of recipients taken from one post.
const MOST_ADDRESSED: usize = 200;
/// The maximum number of ids that are looked up to find the group of a post.
const MOST_GROUPS: usize = 20;

/// A remote post that is admitted, with everything that the rules derive from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdmittedPost {
    /// The post: without media and emoji if these are not accepted, and as a reply to the original if it
    /// replies to a relay copy.
    pub post: RemotePost,
    /// When it was published, by its own statement; not later than now.
    pub published: Timestamp,
    /// The reach that its addressing has on this instance, and the one partner.
    pub limits: AudienceLimits,
    /// Whether it is public rather than unlisted.
    pub listed: bool,
    /// The limits to which an edit with this addressing narrows the post; `None` if they cannot be trusted.
    pub narrowed: Option<AudienceLimits>,
    /// The known accounts that it mentions.
    pub mentions: Vec<AccountId>,
    /// The known recipients that it does not mention.
    pub addressed: Vec<AccountId>,
    /// The group that it is addressed to.
    pub group: Option<AccountId>,
    /// Whether to accept it only as a post in a group: the author is the guest of a room, and nothing else is
    /// accepted from them.
    pub only_in_group: bool,
    /// Whether an activity delivered it: then it enters home timelines and notifies.
    pub delivered: bool,
    /// The activity that delivered it, if it carries a proof of the author.
    pub proven: Option<String>,
}

/// The host of an author, as policy sees it.
struct SenderHost {
    tier: Tier,
    /// The grants of the agreement for what comes from there.
    takes: GrantSet,
    access: HostAccess,
    accepts_media: bool,
}

/// The recipients of a post, by actor id.
#[derive(Debug, Default, PartialEq, Eq)]
struct RecipientIds {
    mentioned: Vec<String>,
    /// The recipients that are only addressed.
    addressed: Vec<String>,
}

/// Decides how a post is accepted.
///
/// # Errors
/// `Refused` if nothing is accepted from the author's host, or no post of this reach by the agreement.
pub(super) async fn admit(
    instance: &Instance,
    author: &Account,
    post: RemotePost,
    arrival: Arrival,
) -> Result<AdmittedPost> {
    let host = author.domain.clone().ok_or_else(|| Error::invalid("the author is a local account"))?;
    let (mode, now, author) = (instance.settings.federation, instance.now(), author.id);
    let (delivered, delivery) = match arrival {
        Arrival::Delivered(delivery) => (true, delivery),
        Arrival::Fetched => (false, PostDelivery::default()),
    };
    let decided = instance.store.read_inline(move |reader| {
        let host = SenderHost::load(reader, mode, &host)?;
        let outer = delivery.addressing.as_ref();
        let stated = &post.addressing.stated;
        let (limits, listed) = inbound_limits(stated, outer.map(|outer| &outer.stated), host.tier);
        let group = find_group(reader, &post.addressing)?;
        let only_in_group = check_agreement(reader, &host, author, limits.reach, group)?;
        let narrowed = narrowed_limits(&post.addressing, host.tier);
        let (mentions, addressed) = find_recipients(reader, &post, &delivery, limits.reach, host.tier)?;
        Ok::<_, Error>(AdmittedPost {
            published: post.published.unwrap_or(now).min(now),
            limits,
            listed,
            narrowed,
            mentions,
            addressed,
            group,
            only_in_group,
            delivered,
            proven: delivery.proven,
            post: accepted_parts(reader, &host, post)?,
        })
    });
    decided.await
}

impl SenderHost {
    /// Loads the standing of a host.
    ///
    /// # Errors
    /// `Refused` if the host is not federated with and has no guests here.
    fn load(reader: &mut Reader<'_>, mode: FederationMode, host: &str) -> Result<Self> {
        let PeerStanding { tier, grants } = reader.standing_of(host)?;
        let access = HostAccess::of(reader, mode, host, tier)?;
        if access == HostAccess::Nothing {
            return Err(Refusal::Host.into());
        }
        let rejects_media = reader.find_host(host)?.is_some_and(|host| host.reject_media);
        let accepts_media = !rejects_media && grants.takes.has(Grant::Media);
        Ok(Self { tier, takes: grants.takes, access, accepts_media })
    }
}

/// Checks whether the agreement with the host includes posts of this reach. Returns whether the post is
/// accepted in a group only: a guest's post to their room needs no agreement, their other posts do.
///
/// # Errors
/// `Refused` if the author is no guest, and the agreement does not include it.
fn check_agreement(
    reader: &mut Reader<'_>,
    host: &SenderHost,
    author: AccountId,
    reach: Reach,
    group: Option<AccountId>,
) -> Result<bool> {
    if host.access == HostAccess::GuestsOnly {
        return Ok(true);
    }
    // A post addressed to a closed group is for the group's members.
    let closed = match group.filter(|_| reach == Reach::Direct) {
        Some(group) => reader.find_group(group)?.is_some_and(|group| group.visibility.is_closed()),
        None => false,
    };
    let granted = check_grant(host.takes, if closed { Reach::Group } else { reach }, false);
    if granted.is_err() && !reader.rooms_of_guest(author)?.is_empty() {
        return Ok(true);
    }
    granted?;
    Ok(false)
}

/// Returns the limits that the post's own addressing states, if an edit may narrow a post to them. Only hosts
/// that narrow posts themselves are believed that a post is direct now.
fn narrowed_limits(addressing: &PostAddressing, tier: Tier) -> Option<AudienceLimits> {
    let (limits, _) = inbound_limits(&addressing.stated, None, tier);
    let believed = limits.reach != Reach::Direct || may_say_direct(tier);
    Some(limits).filter(|_| believed && !addressing.is_empty())
}

/// Returns the group that a post is addressed to, if it is known: a local group in any addressing property, a
/// remote one only in `audience`.
fn find_group(reader: &mut Reader<'_>, addressing: &PostAddressing) -> Result<Option<AccountId>> {
    let direct = addressing.to.iter().chain(&addressing.cc).map(|uri| (uri, false));
    let named = addressing.audience.iter().map(|uri| (uri, true)).chain(direct);
    for (uri, is_audience) in named.take(MOST_GROUPS) {
        let Some(account) = reader.find_account_by_uri(uri)? else { continue };
        let counts = account.kind == ActorKind::Group && (is_audience || account.is_local());
        if counts && reader.find_group(account.id)?.is_some() {
            return Ok(Some(account.id));
        }
    }
    Ok(None)
}

/// Finds the known accounts among the recipients: the mentioned ones, and those that are only addressed. A
/// direct post without a known recipient is for the owner of the inbox.
fn find_recipients(
    reader: &mut Reader<'_>,
    post: &RemotePost,
    delivery: &PostDelivery,
    reach: Reach,
    tier: Tier,
) -> Result<(Vec<AccountId>, Vec<AccountId>)> {
    let ids = recipient_ids(post, delivery.addressing.as_ref(), reach, may_say_direct(tier));
    let mut mentions = find_accounts(reader, &ids.mentioned)?;
    let addressed = find_accounts(reader, &ids.addressed)?;
    if reach == Reach::Direct && mentions.is_empty() && addressed.is_empty() {
        mentions.extend(delivery.recipient);
    }
    Ok((mentions, addressed))
}

fn find_accounts(reader: &mut Reader<'_>, uris: &[String]) -> Result<Vec<AccountId>> {
    let mut found = Vec::new();
    for uri in uris {
        found.extend(reader.find_account_by_uri(uri)?.map(|account| account.id));
    }
    Ok(found)
}

/// Returns the mentioned and the addressed actor ids of a post: a Mention tag counts if its actor is also
/// addressed, and in a direct post every addressed actor counts.
///
/// Among instances that support circles, an addressed actor without a Mention in a direct post with several
/// recipients is a member of a circle, and is not mentioned; a single recipient is.
fn recipient_ids(
    post: &RemotePost,
    outer: Option<&PostAddressing>,
    reach: Reach,
    knows_circles: bool,
) -> RecipientIds {
    let is_addressed = |uri: &str| post.addressing.names(uri) || outer.is_some_and(|outer| outer.names(uri));
    let mut mentioned: Vec<String> = post.mentions.iter().filter(|uri| is_addressed(uri)).cloned().collect();
    let mut addressed = Vec::new();
    if reach == Reach::Direct {
        let also = post.addressing.to.iter().chain(&post.addressing.cc).take(MOST_ADDRESSED);
        addressed.extend(also.filter(|uri| !mentioned.contains(uri)).cloned());
    }
    addressed.sort_unstable();
    addressed.dedup();
    if !knows_circles || addressed.len() + mentioned.len() < 2 {
        mentioned.append(&mut addressed);
    }
    mentioned.sort_unstable();
    mentioned.dedup();
    RecipientIds { mentioned, addressed }
}

/// Removes media and emoji if these are not accepted, and replaces the parent by its original.
fn accepted_parts(reader: &mut Reader<'_>, host: &SenderHost, mut post: RemotePost) -> Result<RemotePost> {
    if !host.accepts_media {
        post.media.clear();
        post.emojis.clear();
    }
    if let Some(parent) = &post.in_reply_to
        && let Some(original) = relay_copies::original_of(reader, parent)?
    {
        post.in_reply_to = Some(original.uri);
    }
    Ok(post)
}
