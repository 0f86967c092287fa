//! The visibility rule is implemented twice: in Rust for one status (`policy::reach::may_see`), and in SQL
//! for lists (`store/visible.rs`). In random worlds both agree for every viewer and status. The same holds
//! for the rule whose posts are listed publicly.

use std::collections::{HashMap, HashSet};

use portico_domain::model::account::Account;

use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::quote::QuoteState;

use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::moderation::may_list;
use portico_domain::policy::reach::{Setting, Viewer, may_see, scope};
use portico_store::{AccountFilter, Origin};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use portico_testing::world::*;
use portico_testing::{TestApp, both_databases};

/// Returns all possible viewers: visitors, local users, and remote actors.
async fn viewers(app: &TestApp, people: &[Account]) -> Vec<Viewer> {
    let people = people.to_vec();
    let read = app.instance.store.read(move |reader| {
        let mut viewers = vec![Viewer::Anonymous];
        for person in &people {
            viewers.push(reader.viewer_of(person)?);
        }
        Ok::<_, portico_store::Error>(viewers)
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
                    let asker = viewer.clone();
                    let (by_rust, by_sql) = app.instance.store.read(move |reader| {
                        let mut by_rust = Vec::new();
                        for (id, _) in &all {
                            let facts = reader.reach_facts(&asker, *id)?.unwrap();
                            // A boost is listed only together with the boosted status.
                            let whole = match reader.find_status(*id)?.unwrap().boost_of {
                                Some(of) => {
                                    let facts = reader.reach_facts(&asker, of)?.unwrap();
                                    may_see(&asker, &setting, &facts).is_ok()
                                }
                                None => true,
                            };
                            if whole && may_see(&asker, &setting, &facts).is_ok() {
                                by_rust.push(*id);
                            }
                        }
                        let scope = scope(&asker, &setting);
                        let mut by_sql = Vec::new();
                        for author in &authors {
                            let page = PageRequest::first(1000);
                            let filter = AccountFilter::default();
                            by_sql.extend(reader.account_page(&scope, author.id, &filter, &page)?.items);
                        }
                        by_sql.sort_unstable();
                        Ok::<_, portico_store::Error>((by_rust, by_sql))
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
                    let me = viewer.local_account();
                    let crowd: Vec<AccountId> = people.iter().map(|person| person.id).collect();
                    let (page, following) = app.instance.store.read(move |reader| {
                        let page = PageRequest { min_id: Some(base), max_id: Some(base + 999_999), ..PageRequest::first(1000) };
                        let page = reader.public_page(me, &scope(&viewer, &setting), Origin::Any, false, &page)?;
                        let mut following = HashSet::new();
                        for author in crowd {
                            let asked = me.into_iter().collect::<Vec<_>>();
                            if !reader.filter_following(author, &asked)?.is_empty() {
                                following.insert(author);
                            }
                        }
                        Ok::<_, portico_store::Error>((page.items, following))
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
                Ok::<_, portico_store::Error>(())
            }).await.unwrap();
            let staff: Vec<AccountId> = people.iter().filter(|person| person.is_local()).map(|person| person.id).collect();
            for viewer in staff.iter().copied().map(Viewer::Local).chain([Viewer::Anonymous]) {
                let setting = Setting { mode: FederationMode::Open, public_pages: true };
                let (asker, all, crowd) = (viewer.clone(), pairs.clone(), staff.clone());
                let found = app.instance.store.read(move |reader| {
                    let mut found = Vec::new();
                    let ids: Vec<StatusId> = all.iter().map(|(id, _)| *id).collect();
                    for view in reader.status_views(asker.local_account(), &ids)? {
                        let quote = view.quote.clone().unwrap();
                        let facts = reader.reach_facts(&asker, quote.quote.quoted_id.unwrap())?.unwrap();
                        let allowed = may_see(&asker, &setting, &facts).is_ok();
                        assert_eq!(quote.status.is_some(), allowed, "{asker:?} {:?}", view.status.id);
                        if let Some(inner) = quote.status.as_ref().and_then(|status| status.quote.clone()) {
                            assert_eq!(inner.status, None, "one level");
                            let facts = reader.reach_facts(&asker, inner.quote.quoted_id.unwrap())?.unwrap();
                            assert_eq!(inner.shown.is_open(), may_see(&asker, &setting, &facts).is_ok());
                        }
                        // Streams agree.
                        if let Some(me) = asker.local_account() {
                            let streamed = reader.status_views_for(view.status.id, &crowd)?;
                            assert_eq!(streamed[&me].quote, Some(quote));
                        }
                        found.push(allowed);
                    }
                    Ok::<_, portico_store::Error>(found)
                }).await.unwrap();
                shown += found.iter().filter(|allowed| **allowed).count();
                kept += found.iter().filter(|allowed| !**allowed).count();
            }
        }
        assert!(shown > 150 && kept > 150, "the worlds have too little variety: {shown} shown, {kept} kept");
    }
}
