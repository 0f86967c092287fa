//! A random world of accounts, statuses, follows, blocks and agreements, written directly into the database.

use portico_config::DatabaseUrl;
use portico_domain::model::account::{Account, ActorKind, Endpoints};
use portico_domain::model::agreement_grants::{AgreementGrants, GrantSet};

use portico_domain::model::peer::Tier;
use portico_domain::model::reach::Partner;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, AgreementId, Reach, StatusId, Timestamp};

use portico_store::StoredGrants;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::{START, TestApp};

pub const WORLDS: u64 = 12;
pub const AUTHORS: i64 = 8;
pub const STATUSES: i64 = 90;
pub const GROUPS: i64 = 3;

pub fn account(id: i64, domain: Option<&str>) -> Account {
    let host = domain.unwrap_or("engineering.acme.test");
    let uri = format!("https://{host}/users/u{id}");
    Account {
        domain: domain.map(Into::into),
        endpoints: Endpoints { inbox: format!("{uri}/inbox"), ..Endpoints::default() },
        ..Account::new(AccountId(id), &format!("u{id}"), uri, Timestamp::from_millis(0))
    }
}

pub fn status(id: i64, author: &Account, reach: Reach) -> Status {
    Status {
        local: author.is_local(),
        listed: reach.is_organisational(),
        ..Status::new(
            StatusId(id),
            format!("{}/statuses/{id}", author.uri),
            author.id,
            reach,
            Timestamp::from_millis(id),
        )
    }
}

/// Runs plain SQL: relations between accounts are written directly, so that no service tidies the world.
pub fn execute(app: &TestApp, statements: &[String]) {
    use diesel::connection::{Connection as _, SimpleConnection as _};
    let sql = statements.join(";");
    match &app.instance.settings.database {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 120000; {sql}")).unwrap();
        }
        DatabaseUrl::Postgres(url) => {
            diesel::PgConnection::establish(url).unwrap().batch_execute(&sql).unwrap();
        }
    }
}

/// Fills the database with a random world. Returns its accounts and statuses.
pub async fn world(app: &TestApp, rng: &mut StdRng, base: i64) -> (Vec<Account>, Vec<(StatusId, AccountId)>) {
    world_with(app, rng, base, 0.2).await
}

/// Like `world`, with a given share of boosts.
pub async fn world_with(
    app: &TestApp,
    rng: &mut StdRng,
    base: i64,
    boosts: f64,
) -> (Vec<Account>, Vec<(StatusId, AccountId)>) {
    let tiers = [Tier::Company, Tier::Partner, Tier::Open, Tier::Limited, Tier::Blocked];
    let mut people = Vec::new();
    for n in 0..AUTHORS {
        let domain = match n {
            0..=2 => None,
            7 => Some("nobody-set-this.test".to_owned()),
            other => Some(format!("{}.test", tiers[usize::try_from(other).unwrap() % 5])),
        };
        people.push(account(base + n, domain.as_deref()));
    }
    // Two local groups and one of another company instance, which accounts follow like any other.
    let groups: Vec<Account> = (0..GROUPS)
        .map(|n| Account {
            kind: ActorKind::Group,
            ..account(base + 500 + n, (n == 2).then_some("company.test"))
        })
        .collect();
    let mut written: Vec<(Status, Vec<AccountId>)> = Vec::new();
    for n in 0..STATUSES {
        let author = &people[rng.random_range(0..people.len())];
        let reach = Reach::ALL[rng.random_range(0..7)];
        if reach == Reach::Instance && !author.is_local() {
            continue;
        }
        let named: Vec<AccountId> = people.iter().filter(|_| rng.random_bool(0.15)).map(|p| p.id).collect();
        let mut new = status(base + 1000 + n, author, reach);
        // Some group statuses have no group, as if it had been deleted.
        let group = rng.random_range(0..=groups.len());
        if reach == Reach::Group || rng.random_bool(0.1) {
            new.group = groups.get(group).map(|group| group.id);
        }
        if let Some((of, _)) = written.last().filter(|_| rng.random_bool(boosts))
            && of.boost_of.is_none()
            && (of.reach != Reach::Instance || author.is_local())
        {
            let (reach, partner) = (of.reach, of.partner.clone());
            new = Status { boost_of: Some(of.id), reach, partner, group: of.group, ..new };
        }
        if new.boost_of.is_none() && reach == Reach::Partners && rng.random_bool(0.6) {
            let domain =
                ["partner.test", "company.test", "somebody-else.test"][rng.random_range(0..3)].into();
            new.partner = Some(Partner { domain, alone: rng.random_bool(0.4) });
        }
        written.push((new, named));
    }
    people.extend(groups);
    let (accounts, statuses) = (people.clone(), written.clone());
    let grants = random_grants(rng, base);
    app.instance
        .store
        .write(move |tx| {
            for tier in tiers {
                tx.set_tier(&format!("{tier}.test"), tier, "")?;
            }
            match &grants {
                Some(grants) => tx.set_agreement_grants(grants)?,
                None => tx.delete_agreement_grants("partner.test")?,
            }
            for account in &accounts {
                tx.insert_account(account)?;
            }
            for (status, named) in &statuses {
                tx.insert_status(status, named)?;
            }
            Ok::<_, portico_store::Error>(())
        })
        .await
        .unwrap();
    let mut bonds = Vec::new();
    for a in &people {
        for b in people.iter().filter(|b| b.id != a.id) {
            let id = a.id.0 * 1_000 + b.id.0 % 1_000;
            if rng.random_bool(0.35) {
                let accepted = rng.random_bool(0.7);
                bonds.push(format!(
                    "INSERT INTO follows (id, account_id, target_id, uri, accepted, created_at) VALUES ({id}, {}, {}, '{id}', {}, 0)",
                    a.id, b.id, sql_bool(app, accepted)
                ));
            }
            if rng.random_bool(0.1) {
                bonds.push(format!(
                    "INSERT INTO blocks (id, account_id, target_id, uri, created_at) VALUES ({id}, {}, {}, '{id}', 0)",
                    a.id, b.id
                ));
            }
        }
        if rng.random_bool(0.1) {
            bonds.push(format!("UPDATE accounts SET suspended_at = 1 WHERE id = {}", a.id));
        }
    }
    execute(app, &bonds);
    (people, written.into_iter().map(|(status, _)| (status.id, status.account_id)).collect())
}

/// Creates a random agreement with the partner of a world: none, one in force, a past or future one, or a stopped
/// one.
pub fn random_grants(rng: &mut StdRng, id: i64) -> Option<StoredGrants> {
    let now = Timestamp::parse(START).unwrap();
    let moment = |rng: &mut StdRng| rng.random_bool(0.5).then(|| now.plus_seconds(rng.random_range(-2..=2)));
    rng.random_bool(0.85).then(|| StoredGrants {
        domain: "partner.test".to_owned(),
        agreement: AgreementId(id),
        starts_at: moment(rng),
        ends_at: moment(rng),
        stopped: rng.random_bool(0.1),
        grants: AgreementGrants {
            gives: GrantSet::from_bits(rng.random()),
            takes: GrantSet::from_bits(rng.random()),
        },
        follows_given: Vec::new(),
        follows_taken: Vec::new(),
        changed_at: now,
    })
}

pub fn sql_bool(app: &TestApp, value: bool) -> &'static str {
    match (&app.instance.settings.database, value) {
        (DatabaseUrl::Sqlite(_), true) => "1",
        (DatabaseUrl::Sqlite(_), false) => "0",
        (DatabaseUrl::Postgres(_), true) => "TRUE",
        (DatabaseUrl::Postgres(_), false) => "FALSE",
    }
}
