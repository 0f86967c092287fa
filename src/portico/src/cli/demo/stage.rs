//! Creates the demo's sample data through the real services; everything between instances goes over signed
//! HTTP. Each step first checks whether it was done before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::cast::{
    ACCEPTED, AGREED, AGREEMENTS, BOOSTS, CastPost, DemoPerson, FAVOURITES, GROUP, HOUSES, LATER, Mark,
    PASSWORD, PEOPLE, POSTS, READ,
};
use crate::cli::account;
use crate::fleet::Fleet;
use portico_domain::model::account::Account;
use portico_domain::model::annotations::Require;
use portico_domain::model::group::GroupMembership;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::PageRequest;
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::RequestedReach;
use portico_service::instance::Instance;
use portico_service::partners::agreements::{self, AgreementDraft, AgreementHistory};
use portico_service::partners::peers;
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::people::{profiles, users};
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, submit_now};
use portico_service::publishing::{answers, boosts, favourites, must_reads};
use portico_service::reading::timelines;
use portico_service::social::groups::{self, NewGroup};
use portico_service::social::relationships::{self, FollowOptions};
use portico_service::{Error, Viewer, moderation};
use portico_store::AccountFilter;

/// The interval at which to check whether something has arrived.
const LOOK: Duration = Duration::from_millis(50);
/// The deadline of must-read posts, and the duration of agreements, in seconds.
const FORTNIGHT: i64 = 14 * 24 * 3600;
const YEAR: i64 = 365 * 24 * 3600;

/// The users of the demo on their instances.
pub(super) struct Stage {
    houses: HashMap<&'static str, Arc<Instance>>,
    port: u16,
}

impl Stage {
    pub(super) fn open(fleet: &Fleet, port: u16) -> anyhow::Result<Self> {
        let mut houses = HashMap::new();
        for house in HOUSES {
            let domain = format!("{}.localhost:{port}", house.name);
            let instance = fleet.find(&domain).with_context(|| format!("{domain} is not configured"))?;
            houses.insert(house.name, Arc::clone(instance));
        }
        Ok(Self { houses, port })
    }

    /// Creates everything that is missing, and waits for its delivery.
    pub(super) async fn play(&self) -> anyhow::Result<()> {
        for house in HOUSES {
            for (peer, tier) in house.peers {
                peers::set_tier(self.house(house.name)?, &self.domain(peer), *tier, "the demo's partner")
                    .await?;
            }
        }
        for person in PEOPLE {
            self.hire(person).await?;
        }
        for person in PEOPLE {
            for followed in person.follows {
                self.follow(person, followed)
                    .await
                    .with_context(|| format!("{} follows {followed}", person.username))?;
            }
        }
        let mut said: Vec<String> = Vec::new();
        for post in POSTS {
            let uri = self.say(post, &said).await.with_context(|| format!("{} posts", post.by))?;
            said.push(uri);
        }
        for (who, number) in BOOSTS {
            let (instance, account, id) = self.before(who, said.get(*number)).await?;
            boosts::add(instance, &account, id).await?;
        }
        for (who, number) in FAVOURITES {
            let (instance, account, id) = self.before(who, said.get(*number)).await?;
            favourites::add(instance, account.id, id).await?;
        }
        self.settled().await?;
        self.play_on().await?;
        self.settled().await
    }

    /// Creates everything besides posts: agreements, a group, must-read posts, answers and praise.
    async fn play_on(&self) -> anyhow::Result<()> {
        for (ours, theirs) in AGREEMENTS {
            self.agree(ours, theirs).await.with_context(|| format!("{ours} and {theirs} agree"))?;
        }
        self.gather().await.with_context(|| format!("the group {}", GROUP.name))?;
        let mut said: Vec<String> = Vec::new();
        for post in LATER {
            let uri = self.say(post, &said).await.with_context(|| format!("{} posts", post.by))?;
            said.push(uri);
        }
        for (who, number) in ACCEPTED {
            let (instance, account, id) = self.before(who, said.get(*number)).await?;
            answers::accept(instance, account.id, id).await?;
        }
        for (who, number) in READ {
            let (instance, account, id) = self.before(who, said.get(*number)).await?;
            must_reads::acknowledge(instance, account.id, id).await?;
        }
        Ok(())
    }

    /// Waits until the queues of every instance are empty.
    async fn settled(&self) -> anyhow::Result<()> {
        // A job of one instance may cause deliveries to another that was checked before.
        while self.is_busy().await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn is_busy(&self) -> anyhow::Result<bool> {
        for instance in self.houses.values() {
            let depths = instance.store.read(|reader| reader.queue_depths()).await;
            let depths = depths.map_err(|error: portico_store::Error| error)?;
            if depths.iter().any(|(_, state, depth)| *state == "waiting" && *depth > 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the administrator of an instance.
    async fn head_of(&self, house: &str) -> anyhow::Result<Moderator> {
        let is_head = |person: &&DemoPerson| person.house == house && person.role == Role::Admin;
        let head = PEOPLE.iter().find(is_head).with_context(|| format!("{house} has no administrator"))?;
        let (user, account) = users::find(self.house(house)?, head.username).await?;
        Ok(Moderator::from_user(&user, &account))
    }

    /// Concludes an agreement as administrators do: one proposes, the other reads and accepts.
    async fn agree(&self, ours: &str, theirs: &str) -> anyhow::Result<()> {
        let (here, there) = (self.house(ours)?, self.house(theirs)?);
        let (we, they) = (self.head_of(ours).await?, self.head_of(theirs).await?);
        let (our_domain, their_domain) = (self.domain(ours), self.domain(theirs));
        let known = dealings(here, &we, &their_domain).await?;
        if !known.as_ref().is_some_and(|known| known.open.is_some() || known.current.is_some()) {
            let draft = AgreementDraft {
                contact: Some(format!("it@{ours}.example")),
                their_contact: Some(format!("it@{theirs}.example")),
                ends: Some(here.now().plus_seconds(YEAR).date()),
                note: AGREED.to_owned(),
                ..AgreementDraft::default()
            };
            agreements::propose(here, &we, &their_domain, draft).await?;
        }
        loop {
            let mine = dealings(here, &we, &their_domain).await?;
            let yours = dealings(there, &they, &our_domain).await?;
            let in_force =
                |side: &Option<AgreementHistory>| side.as_ref().is_some_and(|side| side.current.is_some());
            if in_force(&mine) && in_force(&yours) {
                return Ok(());
            }
            if let Some(proposal) = yours.and_then(|side| side.open).filter(|open| !open.by_us) {
                agreements::accept(there, &they, &our_domain, &proposal.digest).await?;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Creates the group, and waits until every member has joined, on any instance.
    async fn gather(&self) -> anyhow::Result<()> {
        let (home, owner) = self.at_home(GROUP.owner).await?;
        if groups::find(home, owner.id, GROUP.name).await.is_err() {
            let draft = groups::GroupInput {
                display_name: Some(GROUP.display_name.into()),
                note: Some(GROUP.note.into()),
                ..groups::GroupInput::default()
            };
            let new = NewGroup { name: GROUP.name.into(), draft, room: false, keys: None };
            groups::create(home, owner.id, new).await?;
        }
        for member in GROUP.members {
            let (instance, me) = self.at_home(member).await?;
            let id = self.group_at(instance).await?;
            groups::join(instance, &me, id).await?;
            while groups::show(instance, me.id, id).await?.standing != GroupMembership::Member {
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }

    /// Returns the group's account on an instance.
    async fn group_at(&self, instance: &Instance) -> anyhow::Result<AccountId> {
        self.address_at(instance, GROUP.name, Self::person(GROUP.owner)?.house).await
    }

    fn domain(&self, house: &str) -> String {
        format!("{house}.localhost:{}", self.port)
    }

    fn house(&self, name: &str) -> anyhow::Result<&Instance> {
        self.houses
            .get(name)
            .map(|instance| &**instance)
            .with_context(|| format!("there is no instance {name}"))
    }

    fn person(username: &str) -> anyhow::Result<&'static DemoPerson> {
        PEOPLE
            .iter()
            .find(|person| person.username == username)
            .with_context(|| format!("there is no user {username}"))
    }

    /// Returns the instance of a user and the user's account on it.
    async fn at_home(&self, username: &str) -> anyhow::Result<(&Instance, Account)> {
        let instance = self.house(Self::person(username)?.house)?;
        let (_, account) = users::find(instance, username).await?;
        Ok((instance, account))
    }

    async fn hire(&self, person: &DemoPerson) -> anyhow::Result<()> {
        let instance = self.house(person.house)?;
        if let Ok((user, _)) = users::find(instance, person.username).await {
            if user.role < person.role {
                moderation::set_role(instance, &Moderator::console(), user.id, person.role).await?;
            }
            return Ok(());
        }
        let email = format!("{}@{}.example", person.username, person.house);
        let name = person.display_name;
        let (_, account) =
            account::create(instance, person.username, &email, name, person.role, PASSWORD).await?;
        let change = ProfileChange {
            note: Some(person.note.into()),
            fields: Some(
                person.fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ),
            discoverable: Some(true),
            ..ProfileChange::default()
        };
        accounts::update_profile(instance, account.id, change).await?;
        let [title, department, location, skills] = person.work;
        let profile = profiles::AttributesChange {
            job_title: Some(title.into()),
            department: Some(department.into()),
            division: Some(instance.settings.title.clone()),
            manager: person.manager.map(Into::into),
            location: Some(location.into()),
            skills: Some(skills.split(", ").map(Into::into).collect()),
            ..profiles::AttributesChange::default()
        };
        profiles::change_as_operator(instance, account.id, profile).await?;
        Ok(())
    }

    /// Returns a user's account on another instance, looked up over federation if unknown.
    async fn known_at(&self, instance: &Instance, username: &str) -> anyhow::Result<AccountId> {
        self.address_at(instance, username, Self::person(username)?.house).await
    }

    async fn address_at(&self, instance: &Instance, username: &str, home: &str) -> anyhow::Result<AccountId> {
        let address = format!("{username}@{}", self.domain(home));
        if let Ok(account) = accounts::lookup(instance, Viewer::Local(instance.actor_id), &address).await {
            return Ok(account.id);
        }
        let remote = instance.remote.get().context("federation is not running")?;
        Ok(remote.account_by_handle(username, &self.domain(home)).await?)
    }

    async fn follow(&self, person: &DemoPerson, followed: &str) -> anyhow::Result<()> {
        let (instance, me) = self.at_home(person.username).await?;
        let target = self.known_at(instance, followed).await?;
        relationships::follow(instance, &me, target, FollowOptions::default()).await?;
        loop {
            let between = relationships::between(instance, me.id, vec![target]).await?;
            if between.first().is_some_and(|relationship| relationship.following) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Publishes a post, unless it was published before. Returns its object id.
    async fn say(&self, post: &CastPost, said: &[String]) -> anyhow::Result<String> {
        let (instance, me) = self.at_home(post.by).await?;
        let text = self.with_addresses(post.text);
        if let Some(uri) = said_before(instance, &me, &text).await? {
            return Ok(uri);
        }
        let in_reply_to = match post.answers {
            Some(number) => {
                Some(self.arrived(instance, said.get(number).context("no post to reply to")?).await?)
            }
            None => None,
        };
        let mut new = NewStatus {
            text,
            in_reply_to,
            asked: Some(RequestedReach::Reach(post.reach)),
            language: Some("en".into()),
            ..NewStatus::default()
        };
        match post.mark {
            Mark::Plain => {}
            Mark::Group => new.group = Some(self.group_at(instance).await?),
            Mark::MustRead => {
                let acknowledge_by = Some(instance.now().plus_seconds(FORTNIGHT));
                new.must_read = Some(Require { acknowledge_by, ..Require::default() });
            }
            Mark::Praise(people) => {
                for person in people {
                    new.praise.push(self.known_at(instance, person).await?);
                }
            }
        }
        Ok(submit_now(instance, PostAuthor::own(&me), new).await?.status.uri)
    }

    fn with_addresses(&self, text: &str) -> String {
        PEOPLE.iter().fold(text.to_owned(), |text, person| {
            let address = format!("@{}@{}", person.username, self.domain(person.house));
            text.replace(&format!("{{{}}}", person.username), &address)
        })
    }

    /// Waits until a status is stored on an instance.
    async fn arrived(&self, instance: &Instance, uri: &str) -> anyhow::Result<StatusId> {
        loop {
            let looked_for = uri.to_owned();
            let found = instance.store.read(move |reader| reader.find_status_by_uri(&looked_for)).await;
            if let Some(status) = found.map_err(portico_service::Error::from)? {
                return Ok(status.id);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Returns the instance of a user, the user's account, and the id of a status there.
    async fn before(
        &self,
        who: &str,
        uri: Option<&String>,
    ) -> anyhow::Result<(&Instance, Account, StatusId)> {
        let (instance, me) = self.at_home(who).await?;
        let id = self.arrived(instance, uri.context("there is no such post")?).await?;
        Ok((instance, me, id))
    }
}

/// Returns the agreements with a partner, if there are any.
async fn dealings(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
) -> anyhow::Result<Option<AgreementHistory>> {
    match agreements::show(instance, by, domain).await {
        Ok(dealings) => Ok(Some(dealings)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the object id of a user's post with this text, if there is one.
async fn said_before(instance: &Instance, me: &Account, text: &str) -> anyhow::Result<Option<String>> {
    let (viewer, request) = (Viewer::Local(me.id), PageRequest::first(40));
    let mut request = request;
    loop {
        let filter = AccountFilter { exclude_boosts: true, ..AccountFilter::default() };
        let page = timelines::of_account(instance, viewer.clone(), me.id, filter, request).await?;
        let same = page.items.iter().find(|view| view.status.source.as_deref() == Some(text));
        if let Some(view) = same {
            return Ok(Some(view.status.uri.clone()));
        }
        if !page.full {
            return Ok(None);
        }
        request.max_id = page.oldest;
    }
}
