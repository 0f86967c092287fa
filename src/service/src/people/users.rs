//! Users: the accounts that can sign in here. Called by the command line.

use crate::access::passwords;
use crate::instance::Instance;
use crate::{Error, Result, moderation};
use portico_domain::model::account::Account;
use portico_domain::model::keys::KeyPair;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::user::{Role, User};
use portico_domain::model::{Timestamp, UserId};
use portico_store::Tx;

/// Reserved user names: they would look like the instance itself, or collide with a page.
const RESERVED: &[&str] = &[
    "abuse",
    "actor",
    "admin",
    "administrator",
    "all",
    "api",
    "assets",
    "auth",
    "channel",
    "collections",
    "company",
    "everyone",
    "federation",
    "fleet",
    "help",
    "here",
    "hostmaster",
    "inbox",
    "info",
    "instance",
    "mod",
    "moderator",
    "noreply",
    "oauth",
    "owner",
    "partners",
    "portico",
    "postmaster",
    "public",
    "root",
    "security",
    "staff",
    "support",
    "sysadmin",
    "system",
    "webmaster",
];

/// Maximum length of a user name.
const LONGEST_NAME: usize = 30;
/// Maximum length of a display name, in characters.
const LONGEST_DISPLAY_NAME: usize = 100;

/// The input of a new user. The caller supplies the key pair, because key generation belongs to federation
/// (`federation::signatures::keys::generate`).
#[derive(Clone)]
pub struct NewUser {
    /// The user name: `a` to `z`, digits and `_`.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The display name; the user name if empty.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The password; without one, the user cannot sign in until one is set.
    pub password: Option<String>,
    /// The account's public key: SPKI, PEM.
    pub public_pem: String,
    /// The account's private key: PKCS#8, PEM.
    pub private_pem: String,
}

/// Creates a user with a local account.
///
/// # Errors
/// `Invalid` with a sentence for each fault; `Conflict` if the name or the address is taken.
pub async fn create(instance: &Instance, new: NewUser) -> Result<(User, Account)> {
    create_as(instance, new, |_| {}, |_, _| Ok(())).await
}

/// Creates a user. `dress` completes the account before it is written; `finish` runs in the same transaction.
///
/// # Errors
/// As [`create`], and any error of `finish`.
pub(crate) async fn create_as(
    instance: &Instance,
    new: NewUser,
    dress: impl FnOnce(&mut Account),
    finish: impl Fn(&mut Tx<'_>, &Account) -> Result<()> + Send + 'static,
) -> Result<(User, Account)> {
    let email = new.email.trim().to_lowercase();
    let display_name = new.display_name.trim();
    let mut faults = Vec::new();
    check_username(&new.username, &mut faults);
    check_email(&email, &mut faults);
    if display_name.chars().count() > LONGEST_DISPLAY_NAME || display_name.chars().any(char::is_control) {
        faults.push(format!("the display name must have at most {LONGEST_DISPLAY_NAME} characters"));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let password_hash = match &new.password {
        Some(password) => {
            passwords::check(password, &[&new.username, &email])?;
            Some(passwords::hash(instance, password).await?)
        }
        None => None,
    };

    let now = instance.now();
    let mut account = local_account(instance, &new.username, display_name, now);
    dress(&mut account);
    let user = User {
        id: instance.ids.next(now),
        account_id: account.id,
        email,
        password_hash,
        role: new.role,
        disabled_at: None,
        created_at: now,
        last_sign_in_at: None,
        default_reach: None,
        default_sensitive: false,
        default_language: None,
        default_quotable: QuoteAudience::Public,
    };
    let key = KeyPair {
        uri: instance.urls.key(&new.username),
        public_pem: new.public_pem,
        private_pem: new.private_pem,
    };
    instance
        .store
        .write(move |tx| {
            let faults = moderation::email_faults(tx, &user.email)?;
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            if tx.find_user_by_name(&account.username)?.is_some() {
                return Err(Error::Conflict("the user name is taken"));
            }
            if tx.find_user_by_name(&user.email)?.is_some() {
                return Err(Error::Conflict("the e-mail address is taken"));
            }
            // Accounts without a user have names, too, such as the instance actor.
            if !tx.insert_account(&account)? {
                return Err(Error::Conflict("the user name is taken"));
            }
            tx.insert_key_pair(account.id, &key)?;
            // The database's constraints resolve concurrent requests.
            tx.insert_user(&user).map_err(|error| match error {
                portico_store::Error::Conflict { .. } => Error::Conflict("the e-mail address is taken"),
                other => other.into(),
            })?;
            finish(tx, &account)?;
            Ok((user.clone(), account.clone()))
        })
        .await
}

/// Lists all users with their accounts, by name.
pub async fn list(instance: &Instance) -> Result<Vec<(User, Account)>> {
    instance.store.read(|reader| Ok(reader.list_users()?)).await
}

/// Finds a user by user name or e-mail address. Ignores letter case, a leading `@`, and this instance's
/// domain after a user name.
pub async fn find(instance: &Instance, name: &str) -> Result<(User, Account)> {
    let name = normalise_name(instance, name);
    instance
        .store
        .read(move |reader| reader.find_user_by_name(&name)?.ok_or(Error::NotFound("account")))
        .await
}

/// Returns a user and its account.
pub async fn get(instance: &Instance, id: UserId) -> Result<(User, Account)> {
    instance
        .store
        .read(move |reader| reader.find_user_and_account(id)?.ok_or(Error::NotFound("account")))
        .await
}

/// Sets a password and ends all sessions, so that anyone who knew the old password is signed out.
///
/// # Errors
/// `Invalid` if the password is not acceptable.
pub async fn set_password(instance: &Instance, id: UserId, password: &str) -> Result<()> {
    let (user, account) = get(instance, id).await?;
    passwords::check(password, &[&account.username, &user.email])?;
    let hash = passwords::hash(instance, password).await?;
    instance
        .store
        .write(move |tx| {
            require_found(tx.update_user_password(id, &hash)?)?;
            Ok(tx.delete_sessions_of(id)?)
        })
        .await
}

fn require_found(found: bool) -> Result<()> {
    if found { Ok(()) } else { Err(Error::NotFound("account")) }
}

/// Normalises a typed sign-in name: `alice` for `@alice` and `alice@this.domain`, anything else unchanged
/// except for letter case.
pub(crate) fn normalise_name(instance: &Instance, typed: &str) -> String {
    let name = typed.trim().trim_start_matches('@').to_lowercase();
    match name.split_once('@') {
        Some((user, domain)) if domain == instance.settings.domain && check_username_form(user) => {
            user.to_owned()
        }
        _ => name,
    }
}

fn check_username_form(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

pub(crate) fn check_username(name: &str, faults: &mut Vec<String>) {
    if !check_username_form(name) {
        faults.push(format!(
            "the user name must have 1 to {LONGEST_NAME} of the letters a to z, digits and underscores"
        ));
    } else if RESERVED.contains(&name) {
        faults.push(format!("the user name {name} is reserved"));
    }
}

fn check_email(email: &str, faults: &mut Vec<String>) {
    let well_formed = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if !well_formed {
        faults.push("the e-mail address must look like name@example.com".to_owned());
    }
}

pub(crate) fn local_account(
    instance: &Instance,
    username: &str,
    display_name: &str,
    now: Timestamp,
) -> Account {
    Account {
        url: Some(instance.urls.profile(username)),
        display_name: display_name.to_owned(),
        note_source: Some(String::new()),
        discoverable: Some(true),
        endpoints: instance.urls.endpoints(username),
        ..Account::new(instance.ids.next(now), username, instance.urls.actor(username), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_are_plain_and_not_reserved() {
        for good in ["a", "alice", "bob_2", "0", &"x".repeat(30)] {
            let mut faults = Vec::new();
            check_username(good, &mut faults);
            assert!(faults.is_empty(), "{good}: {faults:?}");
        }
        for bad in
            ["", "Alice", "al ice", "al-ice", "älice", "a.b", "admin", "instance", &"x".repeat(31), "a\n"]
        {
            let mut faults = Vec::new();
            check_username(bad, &mut faults);
            assert_eq!(faults.len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_one_at_with_something_around_it() {
        for good in ["a@b", "alice.w@acme.example"] {
            let mut faults = Vec::new();
            check_email(good, &mut faults);
            assert!(faults.is_empty(), "{good}");
        }
        for bad in ["", "alice", "@b", "a@", "a@b@c", "a b@c", "a@b\n"] {
            let mut faults = Vec::new();
            check_email(bad, &mut faults);
            assert_eq!(faults.len(), 1, "{bad:?}");
        }
    }
}
