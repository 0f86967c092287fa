//! Plays the demo's story through the real services; what crosses instances goes over signed HTTP. Each
//! step first looks whether it was done before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::cast::{BOOSTS, FAVOURITES, HOUSES, PASSWORD, PEOPLE, POSTS, Person, Post};
use crate::cli::account;
use crate::fleet::Fleet;
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::page::PageRequest;
use crate::model::user::Role;
use crate::model::{AccountId, StatusId};
use crate::policy::reach::Asked;
use crate::service::accounts::{self, ProfileChange};
use crate::service::relationships::{self, FollowOptions};
use crate::service::statuses::{self, NewStatus};
use crate::service::{Viewer, boosts, favourites, peers, people, timelines, users};
use crate::store::AccountFilter;

/// How often it is looked whether something has arrived.
const LOOK: Duration = Duration::from_millis(50);

/// The cast on its instances.
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

    /// Plays everything that was not played before, and waits until it has arrived.
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
        self.settled().await
    }

    /// Waits until nothing is on its way any more.
    async fn settled(&self) -> anyhow::Result<()> {
        for instance in self.houses.values() {
            while instance
                .store
                .read(|reader| reader.queue_depths())
                .await
                .map_err(|error: crate::store::Error| error)?
                .iter()
                .any(|(_, state, depth)| *state == "waiting" && *depth > 0)
            {
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }

    fn domain(&self, house: &str) -> String {
        format!("{house}.localhost:{}", self.port)
    }

    fn house(&self, name: &str) -> anyhow::Result<&Instance> {
        self.houses.get(name).map(|instance| &**instance).with_context(|| format!("there is no {name}"))
    }

    fn person(username: &str) -> anyhow::Result<&'static Person> {
        PEOPLE
            .iter()
            .find(|person| person.username == username)
            .with_context(|| format!("nobody is called {username}"))
    }

    /// Somebody's instance and account there.
    async fn at_home(&self, username: &str) -> anyhow::Result<(&Instance, Account)> {
        let instance = self.house(Self::person(username)?.house)?;
        let (_, account) = users::find(instance, username).await?;
        Ok((instance, account))
    }

    async fn hire(&self, person: &Person) -> anyhow::Result<()> {
        let instance = self.house(person.house)?;
        if users::find(instance, person.username).await.is_ok() {
            return Ok(());
        }
        let email = format!("{}@{}.example", person.username, person.house);
        let name = person.display_name;
        let (_, account) =
            account::create(instance, person.username, &email, name, Role::Member, PASSWORD).await?;
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
        let told = people::Change {
            job_title: Some(title.into()),
            department: Some(department.into()),
            division: Some(instance.settings.title.clone()),
            manager: person.manager.map(Into::into),
            location: Some(location.into()),
            skills: Some(skills.split(", ").map(Into::into).collect()),
            ..people::Change::default()
        };
        people::change_as_operator(instance, account.id, told).await?;
        Ok(())
    }

    /// Somebody's account as another instance knows it; looked up over federation if it does not yet.
    async fn known_at(&self, instance: &Instance, username: &str) -> anyhow::Result<AccountId> {
        let home = Self::person(username)?.house;
        let address = format!("{username}@{}", self.domain(home));
        if let Ok(account) = accounts::lookup(instance, Viewer::Staff(instance.actor_id), &address).await {
            return Ok(account.id);
        }
        let remote = instance.remote.get().context("federation is not running")?;
        Ok(remote.account_by_handle(username, &self.domain(home)).await?)
    }

    async fn follow(&self, person: &Person, followed: &str) -> anyhow::Result<()> {
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

    /// Posts something, unless it was posted before. Answers its object id.
    async fn say(&self, post: &Post, said: &[String]) -> anyhow::Result<String> {
        let (instance, me) = self.at_home(post.by).await?;
        let text = self.with_addresses(post.text);
        if let Some(uri) = said_before(instance, &me, &text).await? {
            return Ok(uri);
        }
        let in_reply_to = match post.answers {
            Some(number) => {
                Some(self.arrived(instance, said.get(number).context("nothing to answer")?).await?)
            }
            None => None,
        };
        let new = NewStatus {
            text,
            in_reply_to,
            asked: Some(Asked::Reach(post.reach)),
            language: Some("en".into()),
            ..NewStatus::default()
        };
        Ok(statuses::post(instance, &me, new).await?.status.uri)
    }

    fn with_addresses(&self, text: &str) -> String {
        PEOPLE.iter().fold(text.to_owned(), |text, person| {
            let address = format!("@{}@{}", person.username, self.domain(person.house));
            text.replace(&format!("{{{}}}", person.username), &address)
        })
    }

    /// Waits until a status is on an instance.
    async fn arrived(&self, instance: &Instance, uri: &str) -> anyhow::Result<StatusId> {
        loop {
            let looked_for = uri.to_owned();
            let found = instance.store.read(move |reader| reader.find_status_by_uri(&looked_for)).await;
            if let Some(status) = found.map_err(crate::service::Error::from)? {
                return Ok(status.id);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Somebody before a status: where they are, who they are, and the status there.
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

/// The object id of somebody's post with this text, if there is one.
async fn said_before(instance: &Instance, me: &Account, text: &str) -> anyhow::Result<Option<String>> {
    let (viewer, request) = (Viewer::Staff(me.id), PageRequest::first(40));
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
