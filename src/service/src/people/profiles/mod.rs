//! The company's directory: profile attributes, the org chart and skills.
//!
//! `policy::profiles` decides which attributes a viewer gets, here and on the wire. The directory lists the
//! people of this instance and of the company's other instances.

mod change;
mod find;

use crate::lookup;
pub use change::{AttributesChange, change, change_as_operator};
pub use find::{PeopleSearch, list_departments, org_chart, search, who_knows};
use portico_html::profile;
pub use portico_html::profile::{faults, normalize};

use crate::instance::Instance;
use crate::{Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::GrantSet;
use portico_domain::model::profile::{Attributes, DirectoryEntry, FieldReaches, PersonView, Profile};
use portico_domain::model::question::Askers;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::peering::AccountFacts;
use portico_domain::policy::profiles::given;
use portico_domain::policy::reach::Setting;
use portico_store::Reader;

/// The settings of the instance that decide the visibility of profile attributes.
#[derive(Debug, Clone)]
pub struct ProfileVisibility {
    pub(crate) setting: Setting,
    pub(crate) reaches: FieldReaches,
}

impl ProfileVisibility {
    /// Returns the settings of an instance.
    pub fn for_instance(instance: &Instance) -> Self {
        Self { setting: setting(instance), reaches: instance.settings.profile_reaches.clone() }
    }
}

/// A user's own profile, for editing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnProfile {
    /// The profile with all attributes.
    pub person: PersonView,
    /// The attributes whose reach the user has narrowed.
    pub narrowed: FieldReaches,
    /// The maximum reach of each attribute, set by the operator.
    pub operator: FieldReaches,
    /// The people who may ask the user questions by skill.
    pub askers: Askers,
}

/// Returns the user's own profile.
pub async fn show_own(instance: &Instance, me: AccountId) -> Result<OwnProfile> {
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let viewer = Viewer::Local(me);
            let account = lookup::find_visible_account(reader, &viewer, &visibility.setting, me)?;
            let narrowed = reader.find_profile(me)?.narrowed;
            let person = load_person(reader, &viewer, &visibility, account)?;
            let askers = reader.askers_of(me)?;
            Ok(OwnProfile { person, narrowed, operator: visibility.reaches.clone(), askers })
        })
        .await
}

/// Returns an account with the profile attributes that the viewer may see.
pub async fn show(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<PersonView> {
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let account = lookup::find_visible_account(reader, &viewer, &visibility.setting, id)?;
            load_person(reader, &viewer, &visibility, account)
        })
        .await
}

/// Returns the attributes of a local account that a remote host or actor may see, for the wire.
pub fn attributes_for(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    account: &Account,
) -> Result<Attributes> {
    let facts = AccountFacts {
        tier: None,
        takes: GrantSet::ALL,
        suspended: account.suspended_at.is_some(),
        blocks_viewer: match viewer {
            Viewer::Actor { id, .. } => {
                reader.blocks_between(*id, &[account.id.0])?.1.contains(&account.id.0)
            }
            _ => false,
        },
        own: false,
    };
    let profile = reader.find_profile(account.id)?;
    let mut visible = given(viewer, &visibility.setting, &facts, &visibility.reaches, profile);
    let tier = match viewer {
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => Some(*tier),
        Viewer::Anonymous | Viewer::Local(_) => None,
    };
    // An account that shows no attributes cannot be found by skill.
    let found = !visible.filled().is_empty() && tier.is_some();
    visible.may_be_asked = found && reader.askers_of(account.id)?.include(tier);
    Ok(visible)
}

/// Returns the account as other hosts see it: suspended if its user may no longer sign in.
pub fn as_seen_remotely(reader: &mut Reader<'_>, account: Account) -> Result<Account> {
    if !account.is_local() || account.suspended_at.is_some() {
        return Ok(account);
    }
    let left = reader.find_user_by_account(account.id)?.and_then(|user| user.disabled_at);
    Ok(Account { suspended_at: left, ..account })
}

/// Lists changes in this instance's directory since a time, oldest first, with account ids for paging.
pub async fn directory_page(
    instance: &Instance,
    since: Timestamp,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<(AccountId, DirectoryEntry)>> {
    Ok(instance.store.read(move |reader| reader.directory_page(since, after, limit)).await?)
}

fn load_person(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    account: Account,
) -> Result<PersonView> {
    let mut found = with_profiles(reader, viewer, visibility, vec![account])?;
    found.pop().ok_or(crate::Error::NotFound("account"))
}

/// Adds to accounts the profile attributes that the viewer may see. Takes four queries for any number of
/// accounts.
pub(crate) fn with_profiles(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    accounts: Vec<Account>,
) -> Result<Vec<PersonView>> {
    let given = attributes_of(reader, viewer, visibility, &accounts)?;
    let mut uris: Vec<String> = given.iter().filter_map(|attributes| attributes.manager.clone()).collect();
    uris.sort_unstable();
    uris.dedup();
    let managers = reader.accounts_by_uri(&uris)?.into_values().collect();
    let mut managers = lookup::filter_visible_accounts(reader, viewer, &visibility.setting, managers)?;
    managers.retain(|manager| manager.suspended_at.is_none());
    let pair = |(account, attributes): (Account, Attributes)| {
        let manager = attributes.manager.as_ref();
        let manager = manager.and_then(|uri| managers.iter().find(|manager| manager.uri == *uri)).cloned();
        PersonView { account, attributes, manager }
    };
    Ok(accounts.into_iter().zip(given).map(pair).collect())
}

/// Returns the profile attributes that the viewer may see, in the order of the accounts.
fn attributes_of(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    accounts: &[Account],
) -> Result<Vec<Attributes>> {
    let ids: Vec<i64> = accounts.iter().map(|account| account.id.0).collect();
    let facts = lookup::account_facts(reader, viewer, accounts)?;
    let mut profiles = reader.profiles_of(&ids)?;
    let give = |(account, facts): (&Account, AccountFacts)| {
        let profile = profiles.remove(&account.id.0).unwrap_or_default();
        given(viewer, &visibility.setting, &facts, &visibility.reaches, profile)
    };
    Ok(accounts.iter().zip(facts).map(give).collect())
}

/// Adds the common profile attributes that the viewer may see as profile fields, for clients that support
/// nothing else.
pub(crate) fn with_profile_fields(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let given = attributes_of(reader, viewer, visibility, &accounts)?;
    let dressed = accounts.into_iter().zip(given).map(|(mut account, attributes)| {
        account.fields.extend(profile::rows(&attributes));
        account
    });
    Ok(dressed.collect())
}

/// Stores the profile attributes that a trusted host sent for one of its accounts.
pub(crate) fn receive(
    tx: &mut portico_store::Tx<'_>,
    account: &Account,
    attributes: Attributes,
) -> Result<()> {
    let known = tx.find_profile(account.id)?;
    let attributes = normalize(attributes);
    if known.attributes == attributes {
        return Ok(());
    }
    Ok(tx.set_profile(account, &Profile { attributes, narrowed: FieldReaches::default() })?)
}
