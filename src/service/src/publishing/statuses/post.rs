//! Posting a status: validation, reach, audience and the transaction that writes it.

use super::attach::{attach, attachable};
use super::compose::{ComposedText, compose};
use crate::access::bots;
use crate::instance::Instance;
use crate::people::departments;
use crate::publishing::polls::NewPoll;
use crate::publishing::quotes::{self, QuotedStatus};
use crate::publishing::{annotations, cards, drafts, fan_out};
use crate::social::{circles, groups};
use crate::{Error, Refusal, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::annotations::{Announcers, Require};
use portico_domain::model::department::{DepartmentMention, DepartmentMentioners};
use portico_domain::model::event::Event;
use portico_domain::model::media::Media;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::peer::Tier;
use portico_domain::model::poll::Poll;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::reach::{AudienceLimits, Ceilings, Partner};
use portico_domain::model::status::{ContentType, Status};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, AppId, CircleId, DraftId, MediaId, Reach, ScheduledId, StatusId};
use portico_domain::policy::reach::{self, ReachFacts, RequestedReach, Setting};
use portico_domain::policy::{audience_limits, interaction};
use portico_store::{Reader, Tx};

/// Lifetime of an idempotency key, in seconds.
const KEY_LIFE: i64 = 3600;
/// Maximum length of an idempotency key, in characters; longer ones are cut.
const MAX_KEY: usize = 255;

const SAME_KEY: &str = "a post with this Idempotency-Key is under way";

/// The input of a new post. Drafts and scheduled posts store it in the database as JSON, so a new field needs
/// a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct NewStatus {
    /// The text as typed.
    pub text: String,
    /// The format of the text.
    pub content_type: ContentType,
    /// The content warning.
    pub spoiler_text: String,
    /// Whether media is hidden until clicked.
    pub sensitive: bool,
    /// BCP 47 language tag; `None` for the author's default.
    pub language: Option<String>,
    /// The poll.
    pub poll: Option<NewPoll>,
    /// The status that this replies to.
    pub in_reply_to: Option<StatusId>,
    /// The requested reach; `None` for the author's default, then the instance's.
    pub asked: Option<RequestedReach>,
    /// The only partner that receives it, for a post with reach `partners`.
    pub partner: Option<String>,
    /// The circle that it is addressed to: only its members and mentioned accounts receive it.
    pub circle: Option<CircleId>,
    /// For a reply: also addresses all unmentioned addressees of the parent.
    pub to_addressed: bool,
    /// The group to post in. Mentioning a group that the author is a member of has the same effect.
    pub group: Option<AccountId>,
    /// The uploads to attach, in this order.
    pub media: Vec<MediaId>,
    /// The status that this quotes.
    pub quoted: Option<StatusId>,
    /// The people who may quote it; `None` for the author's default.
    pub quotable: Option<QuoteAudience>,
    /// The app that created it.
    pub app: Option<AppId>,
    /// Marks it as a must-read, with readers and a deadline.
    pub must_read: Option<Require>,
    /// The accounts that it praises; all of them are also mentioned.
    pub praise: Vec<AccountId>,
    /// The delegate who posts it in the author's name.
    pub posted_by: Option<AccountId>,
    /// The idempotency key: a second post with the same key within an hour returns the first.
    pub idempotency_key: Option<String>,
    /// The accounts asked because of their skills, counted against the daily limit of questions.
    #[serde(skip)]
    pub asking: Vec<AccountId>,
    /// The scheduled post that is now being published.
    #[serde(skip)]
    pub scheduled: Option<ScheduledId>,
    /// The draft that this post was made from; posting deletes it.
    #[serde(skip)]
    pub draft: Option<DraftId>,
}

impl NewStatus {
    /// Whether it is addressed to accounts that it does not mention.
    pub(super) const fn is_addressed(&self) -> bool {
        self.circle.is_some() || self.to_addressed
    }

    /// Returns the acting account: a delegate, or the author `me`. Uploads, idempotency keys and the returned
    /// view belong to it.
    pub(crate) fn acting_account(&self, me: AccountId) -> AccountId {
        self.posted_by.unwrap_or(me)
    }
}

/// The extent of a new status, its group, the mentioned accounts and the departments called.
type StatusAudience = (AudienceLimits, Option<AccountId>, Vec<AccountId>, Vec<DepartmentMention>);

/// A validated [`NewStatus`] with everything derived from it before the transaction.
pub(crate) struct ValidatedStatus {
    /// The normalised input.
    pub new: NewStatus,
    me: Account,
    composed: ComposedText,
    poll: Option<Poll>,
    setting: Setting,
    urls: Urls,
    default_reach: Reach,
    callers: DepartmentMentioners,
    announcers: Announcers,
    ceilings: Ceilings,
}

impl ValidatedStatus {
    /// Checks inside a transaction that the post is allowed now, and returns its uploads.
    ///
    /// # Errors
    /// As [`post`].
    pub(crate) fn in_transaction(&self, tx: &mut Tx<'_>) -> Result<Vec<Media>> {
        let quoted = self.load_quoted(tx)?;
        let status = draft(tx, self, quoted.as_ref())?;
        self.check_annotations(tx, status.reach)?;
        attachable(tx, self.new.acting_account(self.me.id), None, &self.new.media)
    }

    /// Computes the audience that the post would have now.
    ///
    /// # Errors
    /// As [`post`].
    pub(super) fn compute_audience(&self, tx: &mut Tx<'_>) -> Result<StatusAudience> {
        let quoted = self.load_quoted(tx)?;
        let status = draft(tx, self, quoted.as_ref())?;
        let marks = self.check_annotations(tx, status.reach)?;
        let calls = self.calls(tx, status.reach)?;
        let mut all = self.list_mentioned(&marks.praised);
        let addressed = self.list_addressed(tx)?;
        all.extend(addressed.into_iter().filter(|id| !self.composed.mentions.contains(id)));
        let named = filter_mentions(tx, &status, &all)?;
        Ok((status.audience_limits(), status.group, named, calls))
    }

    /// Returns the departments and divisions that the text calls.
    fn calls(&self, tx: &mut Tx<'_>, reach: Reach) -> Result<Vec<DepartmentMention>> {
        departments::check_calls(tx, self.callers, self.me.id, reach, &self.composed.departments)
    }

    /// Checks the annotations (must-read, praise and so on) for this reach.
    fn check_annotations(&self, tx: &mut Tx<'_>, reach: Reach) -> Result<annotations::ValidatedAnnotations> {
        annotations::check(tx, &self.setting, &self.announcers, &self.me, &self.new, reach)
    }

    /// Returns the mentioned accounts: from the text and from praise.
    fn list_mentioned(&self, praised: &[AccountId]) -> Vec<AccountId> {
        let mut named = self.composed.mentions.clone();
        named.extend(praised.iter().filter(|id| !self.composed.mentions.contains(id)));
        named
    }

    /// Returns the accounts addressed without a mention: the members of the circle, or the unmentioned
    /// addressees of the parent.
    fn list_addressed(&self, tx: &mut Tx<'_>) -> Result<Vec<AccountId>> {
        let (me, mode) = (self.me.id, self.setting.mode);
        match (self.new.circle, self.new.in_reply_to) {
            (Some(id), _) => circles::list_addressees(tx, mode, me, id),
            (None, Some(answered)) if self.new.to_addressed => {
                circles::list_reply_addressees(tx, mode, me, answered, &self.list_mentioned(&self.new.praise))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Loads the quoted status, if the author may quote it and every recipient named may see it.
    fn load_quoted(&self, tx: &mut Tx<'_>) -> Result<Option<QuotedStatus>> {
        let Some(id) = self.new.quoted else { return Ok(None) };
        let quoted = quotes::load_quotable(tx, self.me.id, &self.setting, id)?;
        let mut named = self.list_addressed(tx)?;
        named.extend(self.list_mentioned(&self.new.praise));
        quotes::check_named(tx, &self.setting, quoted.id(), &named)?;
        Ok(Some(quoted))
    }
}

/// Refuses media together with a poll.
pub(super) fn check_parts(media: &[MediaId], poll: Option<&NewPoll>) -> Result<()> {
    if media.is_empty() || poll.is_none() {
        return Ok(());
    }
    Err(Error::invalid("A post can have media or a poll, not both"))
}

/// Validates a new post as far as possible without a transaction.
pub(crate) async fn check(instance: &Instance, me: &Account, new: NewStatus) -> Result<ValidatedStatus> {
    let mut new = normalise(new);
    check_parts(&new.media, new.poll.as_ref())?;
    let may_be_empty = !new.media.is_empty() || new.quoted.is_some();
    let composed = compose(instance, &new.text, new.content_type, &new.spoiler_text, may_be_empty).await?;
    let poll = new.poll.as_ref().map(|poll| poll.checked(instance.now())).transpose()?;
    if new.language.is_none() {
        new.language = portico_html::detect(&portico_html::plain_text(&composed.content));
    }
    Ok(ValidatedStatus {
        me: me.clone(),
        composed,
        poll,
        setting: setting(instance),
        urls: instance.urls.clone(),
        default_reach: instance.settings.default_reach,
        callers: instance.settings.department_mentions,
        announcers: instance.settings.announcers.clone(),
        ceilings: instance.settings.ceilings,
        new,
    })
}

/// Posts a status as `me`.
///
/// # Errors
/// `NotFound` for a parent or a quoted status that the author may not see; `Refused` if the author may not
/// reply to it or quote it.
pub(crate) async fn post(instance: &Instance, me: &Account, new: NewStatus) -> Result<StatusView> {
    let new = normalise(new);
    let hand = new.acting_account(me.id);
    if let Some(first) = find_by_idempotency_key(instance, hand, new.idempotency_key.clone()).await? {
        return Ok(first);
    }
    let checked = check(instance, me, new).await?;
    let (key, input) = (checked.new.idempotency_key.clone(), cards::CardSettings::local(instance));
    let written = instance
        .store
        .write(move |tx| {
            let (new, me, composed) = (&checked.new, &checked.me, &checked.composed);
            let since = tx.now().plus_seconds(-KEY_LIFE);
            if let Some(key) = &new.idempotency_key
                && let Some(id) = tx.find_idempotent(hand, key, since)?
            {
                return tx.status_view(Some(hand), id)?.ok_or(Error::Gone("status"));
            }
            if let Some(id) = new.scheduled
                && !tx.take_scheduled(id)?
            {
                return Err(Error::Gone("scheduled post"));
            }
            drafts::delete_posted(tx, me.id, new.draft)?;
            let quoted = checked.load_quoted(tx)?;
            let status = draft(tx, &checked, quoted.as_ref())?;
            let calls = checked.calls(tx, status.reach)?;
            let marks = checked.check_annotations(tx, status.reach)?;
            let named = filter_mentions(tx, &status, &checked.list_mentioned(&marks.praised))?;
            if !tx.insert_status(&status, &named)? {
                // A remote status already has this id: nothing was written, and a retry takes another id.
                return Err(portico_store::Error::Busy.into());
            }
            if status.addressed {
                let addressed = checked.list_addressed(tx)?;
                tx.insert_addressed(status.id, &addressed)?;
            }
            if let Some(circle) = new.circle {
                tx.set_circle(status.id, circle)?;
            }
            if new.content_type != ContentType::Plain {
                tx.set_content_type(status.id, new.content_type)?;
            }
            tx.insert_askings(status.id, &new.asking)?;
            tx.replace_tags(status.id, &composed.tags)?;
            attach(tx, hand, status.id, &new.media)?;
            transfer_media(tx, me.id, status.id)?;
            tx.replace_poll(status.id, checked.poll.as_ref())?;
            annotations::insert(tx, &status, new, marks)?;
            if let Some(quoted) = &quoted {
                quotes::begin(tx, me, &checked.setting, &checked.urls, &status, quoted)?;
            }
            if let Some(key) = &new.idempotency_key
                && !tx.insert_idempotent(hand, key, status.id)?
            {
                return Err(Error::Conflict(SAME_KEY));
            }
            cards::enqueue(tx, &status, input)?;
            departments::notify_called(tx, &status, &calls, &named)?;
            distribute(tx, me, &status, &named)?;
            groups::relay(tx, &checked.urls, &status, None)?;
            tx.status_view(Some(hand), status.id)?.ok_or(Error::NotFound("status"))
        })
        .await;
    match written {
        // Another request posted with this key between our lookup and our write. It has committed by now,
        // because the database made this write wait for it.
        Err(Error::Conflict(SAME_KEY)) => {
            find_by_idempotency_key(instance, hand, key).await?.ok_or(Error::Conflict(SAME_KEY))
        }
        written => written,
    }
}

fn normalise(mut new: NewStatus) -> NewStatus {
    new.text = new.text.replace("\r\n", "\n");
    new.spoiler_text = portico_html::clean_line(&new.spoiler_text, usize::MAX);
    new.language = new.language.and_then(|tag| portico_html::language(&tag));
    new.idempotency_key = new.idempotency_key.map(|key| key.chars().take(MAX_KEY).collect());
    new
}

async fn find_by_idempotency_key(
    instance: &Instance,
    me: AccountId,
    key: Option<String>,
) -> Result<Option<StatusView>> {
    let Some(key) = key else { return Ok(None) };
    instance
        .store
        .read(move |reader| {
            let since = reader.now().plus_seconds(-KEY_LIFE);
            match reader.find_idempotent(me, &key, since)? {
                Some(id) => Ok(reader.status_view(Some(me), id)?),
                None => Ok(None),
            }
        })
        .await
}

/// Builds the row of the new status: its reach, group, partner and all other fields.
fn draft(tx: &mut Tx<'_>, checked: &ValidatedStatus, quoted: Option<&QuotedStatus>) -> Result<Status> {
    let ValidatedStatus { new, me, composed, setting, urls, default_reach, ceilings, .. } = checked;
    let defaults = tx.find_posting_defaults(me.id)?.ok_or(Error::NotFound("user"))?;
    let viewer = Viewer::Local(me.id);
    let ceiling = ceilings.of(defaults.role);
    let asked = new.asked.unwrap_or(match defaults.reach {
        Some(reach) => RequestedReach::Reach(reach::lowered(reach, ceiling)),
        None => RequestedReach::Public,
    });
    let asked = match new.is_addressed() {
        true => {
            check_addressed(new)?;
            RequestedReach::Direct
        }
        false => asked,
    };
    let (reach, listed) =
        reach::asked_within(asked, *default_reach, ceiling).map_err(|_| ceiling_error(ceiling))?;
    let mut limits = match &new.partner {
        Some(domain) if is_for_same_partner(tx, new, domain)? => {
            AudienceLimits::new(reach, Some(Partner::named(domain)))
        }
        Some(domain) => for_partner(tx, reach, domain)?,
        None => reach.into(),
    };
    let parent = match new.in_reply_to {
        Some(id) => {
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_reply(&viewer, setting, &facts)?;
            let parent = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            limits = reply_limits(tx, &parent, &facts, &limits)?;
            Some((parent, facts))
        }
        None => None,
    };
    let (mut limits, mut group) = place_in_group(tx, checked, parent.as_ref(), ceiling, limits)?;
    if let Some(quoted) = quoted {
        let narrowed = quoted.narrow(tx, &limits)?;
        group = group.filter(|_| narrowed.reach == limits.reach);
        limits = narrowed;
    }
    let reach = bots::limit_reach(tx, me, limits.reach, &composed.mentions)?;
    group = group.filter(|_| reach == Reach::Group || reach.is_organisational());
    // Reach "group" without a group reaches only the mentioned accounts.
    let reach = if reach == Reach::Group && group.is_none() { Reach::Direct } else { reach };
    let parent = parent.map(|(parent, _)| parent);
    let id: StatusId = tx.next_id();
    Ok(Status {
        url: Some(urls.status_page(&me.username, id)),
        local: true,
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_uri: parent.as_ref().map(|parent| parent.uri.clone()),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        conversation_id: parent.map_or(id, |parent| parent.conversation_id),
        content: composed.content.clone(),
        source: Some(new.text.clone()),
        spoiler_text: new.spoiler_text.clone(),
        sensitive: new.sensitive || defaults.sensitive || !new.spoiler_text.is_empty(),
        language: new.language.clone().or(defaults.language),
        partner: limits.partner.filter(|_| reach == Reach::Partners),
        addressed: new.is_addressed(),
        group,
        listed: listed && reach.is_organisational(),
        app_id: new.app,
        emojis: composed.emojis.clone(),
        quote_policy: quotes::policy_of(reach, new.quotable.unwrap_or(defaults.quotable)),
        ..Status::new(id, urls.status(&me.username, id), me.id, reach, tx.now())
    })
}

/// Refuses options that contradict addressing chosen accounts.
fn check_addressed(new: &NewStatus) -> Result<()> {
    let fault =
        if !matches!(new.asked, None | Some(RequestedReach::Direct | RequestedReach::Reach(Reach::Direct))) {
            "A post to a circle is for the people in it alone"
        } else if new.group.is_some() {
            "A post goes to a circle or to a group, not to both"
        } else if new.to_addressed && new.circle.is_some() {
            "A reply goes to a circle or to everybody who got the post it replies to, not to both"
        } else if new.to_addressed && new.in_reply_to.is_none() {
            "Only a reply can go to everybody who got the post it replies to"
        } else {
            return Ok(());
        };
    Err(Error::invalid(fault))
}

/// Determines the group of a new status and limits its extent to that of the group.
fn place_in_group(
    tx: &mut Tx<'_>,
    ValidatedStatus { new, me, composed, .. }: &ValidatedStatus,
    parent: Option<&(Status, ReachFacts)>,
    ceiling: Reach,
    mut limits: AudienceLimits,
) -> Result<(AudienceLimits, Option<AccountId>)> {
    let mut group =
        parent.and_then(|(parent, _)| reach::answered_in(parent.group, parent.reach, limits.reach));
    if group.is_none()
        && let Some(place) = groups::choose_group(tx, me.id, new.group, &composed.mentions)?
    {
        // If the post names the group explicitly and no reach, it gets the reach that the group implies.
        let wanted = if new.group.is_some() && new.asked.is_none() { None } else { Some(limits.reach) };
        let (narrowed, within) = reach::posted_to(place.visibility, wanted);
        let narrowed = reach::lowered(narrowed, ceiling);
        // A post for one partner keeps that restriction if the group's extent is "partners".
        let Some(fits) = for_partner_of(&place, AudienceLimits::new(narrowed, limits.partner.clone())) else {
            return match new.group {
                Some(_) => Err(Error::invalid("A post to a group must have a reach that fits the group")),
                None => Ok((limits, None)),
            };
        };
        let narrowed = fits.reach;
        limits = fits;
        if let Some((parent, facts)) = parent {
            limits = reply_limits(tx, parent, facts, &limits)?;
        }
        group = Some(place.group).filter(|_| within && limits.reach == narrowed);
        if group.is_none() && new.group.is_some() {
            return Err(Error::invalid("A post to a group must have a reach that fits the group"));
        }
    } else if let Some(id) = group {
        let place = groups::choose_group(tx, me.id, None, &[id])?;
        // Non-members may reply in an open group, but cannot post to it.
        if place.is_none() && limits.reach == Reach::Group {
            return Err(Refusal::Hidden.into());
        }
        match place.and_then(|place| for_partner_of(&place, limits.clone())) {
            Some(fits) => limits = fits,
            None => group = None,
        }
    }
    Ok((limits, group))
}

/// Restricts the extent of a post to a partner's group to that partner alone. Returns `None` if the post is
/// for another partner.
fn for_partner_of(place: &groups::GroupPlacement, limits: AudienceLimits) -> Option<AudienceLimits> {
    let Some(partner) = &place.partner else { return Some(limits) };
    match (limits.reach, &limits.partner) {
        (Reach::Partners, Some(chosen)) => (chosen.domain == partner.domain).then_some(limits),
        (Reach::Partners | Reach::Public, _) => {
            Some(AudienceLimits::new(Reach::Partners, Some(partner.clone())))
        }
        _ => None,
    }
}

/// Transfers media uploaded by a delegate to the author, who may edit it later.
fn transfer_media(tx: &mut Tx<'_>, author: AccountId, status: StatusId) -> Result<()> {
    for mut media in tx.media_of(status)?.into_iter().filter(|media| media.account_id != author) {
        media.account_id = author;
        tx.update_media(&media)?;
    }
    Ok(())
}

/// Whether the parent or the quoted status is for the same partner, which may be known only to another instance
/// of the company.
fn is_for_same_partner(reader: &mut Reader<'_>, new: &NewStatus, domain: &str) -> Result<bool> {
    for id in new.in_reply_to.into_iter().chain(new.quoted) {
        let partner = reader.find_status(id)?.and_then(|status| status.partner);
        if partner.is_some_and(|partner| partner.domain == domain) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The error for a reach above the author's ceiling.
fn ceiling_error(ceiling: Reach) -> Error {
    Error::invalid(format!("Reach is too wide: your posts here may reach at most {ceiling}"))
}

/// Builds the extent of a post for one partner.
///
/// # Errors
/// `Invalid` if the reach is not `partners`, or the host is not a partner of this instance.
pub(super) fn for_partner(tx: &mut Reader<'_>, reach: Reach, domain: &str) -> Result<AudienceLimits> {
    if reach != Reach::Partners {
        return Err(Error::invalid("Only a post for partners can be for one of them"));
    }
    let domain = domain.trim().to_lowercase();
    match tx.find_host(&domain)? {
        Some(host) if host.tier == Tier::Partner => Ok(to_partner(&domain)),
        _ => Err(Error::invalid(format!(
            "{} is no partner of this instance",
            portico_html::clean_line(&domain, 255)
        ))),
    }
}

/// The extent "company and this one partner".
pub(super) fn to_partner(domain: &str) -> AudienceLimits {
    AudienceLimits::new(Reach::Partners, Some(Partner::named(domain)))
}

fn reply_limits(
    tx: &mut Tx<'_>,
    parent: &Status,
    facts: &ReachFacts,
    asked: &AudienceLimits,
) -> Result<AudienceLimits> {
    let host = tx.find_account(parent.account_id)?.and_then(|author| author.domain);
    let by = facts.author_tier.zip(host.as_deref());
    audience_limits::reply_limits(&parent.audience_limits(), by, asked)
        .map_err(|_| Error::invalid("The post that this replies to is for another partner"))
}

/// Filters the mentions of a status: a post for a group's members mentions only members and the group itself.
pub(super) fn filter_mentions(
    tx: &mut Tx<'_>,
    status: &Status,
    mentions: &[AccountId],
) -> Result<Vec<AccountId>> {
    let Some(group) = status.group.filter(|_| status.reach == Reach::Group) else {
        return Ok(mentions.to_vec());
    };
    let members = tx.members_among(group, mentions)?;
    Ok(mentions.iter().copied().filter(|id| *id == group || members.contains(id)).collect())
}

/// Distributes a new local status: home timelines, conversations, notifications and the outgoing event.
fn distribute(tx: &mut Tx<'_>, me: &Account, status: &Status, mentions: &[AccountId]) -> Result<()> {
    fan_out::begin(tx, status)?;
    // A post to a circle starts no conversation unless it mentions an account.
    if !status.addressed || !mentions.is_empty() {
        tx.update_conversations(status, mentions)?;
    }
    for mentioned in mentions {
        tx.notify(*mentioned, NotificationKind::Mention, me.id, Some(status.id))?;
    }
    tx.notify_subscribers(status)?;
    if status.reach != Reach::Instance {
        tx.emit(&Event::StatusPosted { status: status.id })?;
    }
    Ok(())
}
