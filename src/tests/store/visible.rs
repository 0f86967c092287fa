//! The visibility rule is implemented twice: in Rust for one status (`policy::reach::may_see`), and in SQL
//! for lists (`store/visible.rs`). In random worlds both agree for every viewer and status. The same holds
//! for the rule whose posts are listed publicly.

use std::collections::{HashMap, HashSet};

use portico::config::DatabaseUrl;
use portico::model::account::{Account, ActorKind, Endpoints};
use portico::model::pact::{Flow, Pact};
use portico::model::page::PageRequest;
use portico::model::peer::{FederationMode, Tier};
use portico::model::quote::{QuotePolicy, QuoteState};
use portico::model::reach::Partner;
use portico::model::status::Status;
use portico::model::{AccountId, AgreementId, Reach, StatusId, Timestamp};
use portico::policy::moderation::may_list;
use portico::policy::reach::{Setting, Viewer, may_see, scope};
use portico::store::{self, AccountFilter, Origin, PactRow};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::{START, TestApp, both_databases};

const WORLDS: u64 = 12;
const AUTHORS: i64 = 8;
const STATUSES: i64 = 90;
const GROUPS: i64 = 3;

fn account(id: i64, domain: Option<&str>) -> Account {
    let host = domain.unwrap_or("engineering.acme.test");
    let uri = format!("https://{host}/users/u{id}");
    Account {
        id: AccountId(id),
        username: format!("u{id}"),
        domain: domain.map(Into::into),
        url: None,
        kind: ActorKind::Person,
        is_instance_actor: false,
        display_name: String::new(),
        note: String::new(),
        note_source: None,
        fields: Vec::new(),
        avatar_url: None,
        header_url: None,
        locked: false,
        discoverable: None,
        indexable: false,
        hide_collections: false,
        attribution_domains: Vec::new(),
        endpoints: Endpoints { inbox: format!("{uri}/inbox"), ..Endpoints::default() },
        created_at: Timestamp::from_millis(0),
        fetched_at: None,
        suspended_at: None,
        suspended_by_origin: false,
        silenced_at: None,
        sensitized_at: None,
        last_status_at: None,
        statuses_count: 0,
        followers_count: 0,
        following_count: 0,
        emojis: Vec::new(),
        also_known_as: Vec::new(),
        moved_to: None,
        moved_at: None,
        uri,
    }
}

fn status(id: i64, author: &Account, reach: Reach) -> Status {
    Status {
        id: StatusId(id),
        uri: format!("{}/statuses/{id}", author.uri),
        url: None,
        account_id: author.id,
        local: author.is_local(),
        in_reply_to_id: None,
        in_reply_to_uri: None,
        in_reply_to_account_id: None,
        reblog_of: None,
        conversation_id: StatusId(id),
        content: String::new(),
        source: None,
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        reach,
        partner: None,
        addressed: false,
        group: None,
        listed: reach.is_organisational(),
        app_id: None,
        created_at: Timestamp::from_millis(id),
        edited_at: None,
        pinned_at: None,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        emojis: Vec::new(),
        quote_policy: QuotePolicy::default(),
    }
}

/// Runs plain SQL: relations between accounts are written directly, so that no service tidies the world.
pub(crate) fn execute(app: &TestApp, statements: &[String]) {
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
pub(crate) async fn world(
    app: &TestApp,
    rng: &mut StdRng,
    base: i64,
) -> (Vec<Account>, Vec<(StatusId, AccountId)>) {
    world_with(app, rng, base, 0.2).await
}

/// Like `world`, with a given share of boosts.
async fn world_with(
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
            && of.reblog_of.is_none()
            && (of.reach != Reach::Instance || author.is_local())
        {
            let (reach, partner) = (of.reach, of.partner.clone());
            new = Status { reblog_of: Some(of.id), reach, partner, group: of.group, ..new };
        }
        if new.reblog_of.is_none() && reach == Reach::Partners && rng.random_bool(0.6) {
            let domain =
                ["partner.test", "company.test", "somebody-else.test"][rng.random_range(0..3)].into();
            new.partner = Some(Partner { domain, alone: rng.random_bool(0.4) });
        }
        written.push((new, named));
    }
    people.extend(groups);
    let (accounts, statuses) = (people.clone(), written.clone());
    let pact = random_pact(rng, base);
    app.instance
        .store
        .write(move |tx| {
            for tier in tiers {
                tx.set_tier(&format!("{tier}.test"), tier, "")?;
            }
            match &pact {
                Some(pact) => tx.set_pact(pact)?,
                None => tx.delete_pact("partner.test")?,
            }
            for account in &accounts {
                tx.insert_account(account)?;
            }
            for (status, named) in &statuses {
                tx.insert_status(status, named)?;
            }
            Ok::<_, store::Error>(())
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

/// Creates a random pact with the partner of a world: none, one in force, a past or future one, or a stopped
/// one.
fn random_pact(rng: &mut StdRng, id: i64) -> Option<PactRow> {
    let now = Timestamp::parse(START).unwrap();
    let moment = |rng: &mut StdRng| rng.random_bool(0.5).then(|| now.plus_seconds(rng.random_range(-2..=2)));
    rng.random_bool(0.85).then(|| PactRow {
        domain: "partner.test".to_owned(),
        agreement: AgreementId(id),
        starts_at: moment(rng),
        ends_at: moment(rng),
        stopped: rng.random_bool(0.1),
        pact: Pact { gives: Flow::from_bits(rng.random()), takes: Flow::from_bits(rng.random()) },
        follows_given: Vec::new(),
        follows_taken: Vec::new(),
        changed_at: now,
    })
}

fn sql_bool(app: &TestApp, value: bool) -> &'static str {
    match (&app.instance.settings.database, value) {
        (DatabaseUrl::Sqlite(_), true) => "1",
        (DatabaseUrl::Sqlite(_), false) => "0",
        (DatabaseUrl::Postgres(_), true) => "TRUE",
        (DatabaseUrl::Postgres(_), false) => "FALSE",
    }
}

/// Returns all possible viewers: visitors, local users, and remote actors.
async fn viewers(app: &TestApp, people: &[Account]) -> Vec<Viewer> {
    let people = people.to_vec();
    let read = app.instance.store.read(move |reader| {
        let mut viewers = vec![Viewer::Anonymous];
        for person in &people {
            viewers.push(reader.viewer_of(person)?);
        }
        Ok::<_, store::Error>(viewers)
    });
    read.await.unwrap()
}

both_databases! {
    async fn rust_and_sql_agree_on_who_may_see_what(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(20_261_102);
        let (mut seen, mut hidden) = (0, 0);
        for number in 0..WORLDS {
            let base = 1_000_000 * i64::try_from(number + 1).unwrap();
            let (people, statuses) = world(&app, &mut rng, base).await;
            for mode in [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open] {
                let setting = Setting { mode, public_pages: rng.random() };
                for viewer in viewers(&app, &people).await {
                    let (authors, all) = (people.clone(), statuses.clone());
                    let told = viewer.clone();
                    let (by_rust, by_sql) = app.instance.store.read(move |reader| {
                        let mut by_rust = Vec::new();
                        for (id, _) in &all {
                            let facts = reader.reach_facts(&told, *id)?.unwrap();
                            // A boost is listed only together with the boosted status.
                            let whole = match reader.find_status(*id)?.unwrap().reblog_of {
                                Some(of) => {
                                    let facts = reader.reach_facts(&told, of)?.unwrap();
                                    may_see(&told, &setting, &facts).is_ok()
                                }
                                None => true,
                            };
                            if whole && may_see(&told, &setting, &facts).is_ok() {
                                by_rust.push(*id);
                            }
                        }
                        let scope = scope(&told, &setting);
                        let mut by_sql = Vec::new();
                        for author in &authors {
                            let page = PageRequest::first(1000);
                            let filter = AccountFilter::default();
                            by_sql.extend(reader.account_page(&scope, author.id, &filter, &page)?.items);
                        }
                        by_sql.sort_unstable();
                        Ok::<_, store::Error>((by_rust, by_sql))
                    }).await.unwrap();
                    assert_eq!(by_rust, by_sql, "world {number}, {viewer:?}, {setting:?}");
                    seen += by_rust.len();
                    hidden += statuses.len() - by_rust.len();
                }
            }
        }
        assert!(seen > 1000 && hidden > 1000, "the worlds have too little variety: {seen} seen, {hidden} hidden");
    }

    async fn rust_and_sql_agree_on_what_is_listed(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(20_261_124);
        let (mut listed, mut kept) = (0, 0);
        for number in 0..WORLDS / 2 {
            let base = 1_000_000 * i64::try_from(number + 1).unwrap();
            let (people, statuses) = world(&app, &mut rng, base).await;
            let setting = Setting { mode: FederationMode::Open, public_pages: true };
            let authors: HashMap<StatusId, AccountId> = statuses.into_iter().collect();
            let mut silenced = HashSet::new();
            let mut before = Vec::new();
            for hand in [false, true] {
                if hand {
                    silenced = people.iter().filter(|_| rng.random_bool(0.5)).map(|person| person.id).collect();
                    let silence = |id: &AccountId| format!("UPDATE accounts SET silenced_at = 1 WHERE id = {id}");
                    execute(&app, &silenced.iter().map(silence).collect::<Vec<_>>());
                }
                // Timelines are for local users and visitors.
                let lookers = viewers(&app, &people).await.into_iter();
                let lookers = lookers.filter(|viewer| !matches!(viewer, Viewer::Actor { .. }));
                for (place, viewer) in lookers.enumerate() {
                    let me = viewer.staff();
                    let crowd: Vec<AccountId> = people.iter().map(|person| person.id).collect();
                    let (page, following) = app.instance.store.read(move |reader| {
                        let page = PageRequest { min_id: Some(base), max_id: Some(base + 999_999), ..PageRequest::first(1000) };
                        let page = reader.public_page(me, &scope(&viewer, &setting), Origin::Any, false, &page)?;
                        let mut following = HashSet::new();
                        for author in crowd {
                            let asked = me.into_iter().collect::<Vec<_>>();
                            if !reader.those_following(author, &asked)?.is_empty() {
                                following.insert(author);
                            }
                        }
                        Ok::<_, store::Error>((page.items, following))
                    }).await.unwrap();
                    let page: HashSet<StatusId> = page.into_iter().collect();
                    if !hand {
                        before.push(page);
                        continue;
                    }
                    let allowed = |id: &&StatusId| {
                        let author = authors[*id];
                        may_list(silenced.contains(&author), following.contains(&author), me == Some(author))
                    };
                    let by_rust: HashSet<StatusId> = before[place].iter().filter(allowed).copied().collect();
                    assert_eq!(by_rust, page, "world {number}, {me:?}, silenced {silenced:?}");
                    listed += page.len();
                    kept += before[place].len() - page.len();
                }
            }
        }
        assert!(listed > 100 && kept > 100, "the worlds have too little variety: {listed} listed, {kept} kept");
    }

    async fn a_quote_is_never_a_way_around(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(44);
        let (mut shown, mut kept) = (0, 0);
        for number in 0..WORLDS / 4 {
            let base = 1_000_000 * i64::try_from(number + 1).unwrap();
            let (people, statuses) = world_with(&app, &mut rng, base, 0.0).await;
            // Any status quotes any other, with an approval that ignores visibility.
            let pairs: Vec<(StatusId, StatusId)> =
                statuses.iter().map(|(id, _)| (*id, statuses[rng.random_range(0..statuses.len())].0)).collect();
            let written = pairs.clone();
            app.instance.store.write(move |tx| {
                for (status, quoted) in &written {
                    tx.replace_quote(*status, (Some(*quoted), "https://x.test/"), QuoteState::Accepted, None)?;
                }
                Ok::<_, store::Error>(())
            }).await.unwrap();
            let staff: Vec<AccountId> = people.iter().filter(|person| person.is_local()).map(|person| person.id).collect();
            for viewer in staff.iter().copied().map(Viewer::Staff).chain([Viewer::Anonymous]) {
                let setting = Setting { mode: FederationMode::Open, public_pages: true };
                let (told, all, crowd) = (viewer.clone(), pairs.clone(), staff.clone());
                let found = app.instance.store.read(move |reader| {
                    let mut found = Vec::new();
                    let ids: Vec<StatusId> = all.iter().map(|(id, _)| *id).collect();
                    for view in reader.status_views(told.staff(), &ids)? {
                        let quote = view.quote.clone().unwrap();
                        let facts = reader.reach_facts(&told, quote.quote.quoted_id.unwrap())?.unwrap();
                        let allowed = may_see(&told, &setting, &facts).is_ok();
                        assert_eq!(quote.status.is_some(), allowed, "{told:?} {:?}", view.status.id);
                        if let Some(inner) = quote.status.as_ref().and_then(|status| status.quote.clone()) {
                            assert_eq!(inner.status, None, "one level");
                            let facts = reader.reach_facts(&told, inner.quote.quoted_id.unwrap())?.unwrap();
                            assert_eq!(inner.shown.is_open(), may_see(&told, &setting, &facts).is_ok());
                        }
                        // Streams agree.
                        if let Some(me) = told.staff() {
                            let streamed = reader.status_views_for(view.status.id, &crowd)?;
                            assert_eq!(streamed[&me].quote, Some(quote));
                        }
                        found.push(allowed);
                    }
                    Ok::<_, store::Error>(found)
                }).await.unwrap();
                shown += found.iter().filter(|allowed| **allowed).count();
                kept += found.iter().filter(|allowed| !**allowed).count();
            }
        }
        assert!(shown > 150 && kept > 150, "the worlds have too little variety: {shown} shown, {kept} kept");
    }
}
