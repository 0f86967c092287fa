//! Feeds and digests in random worlds: never contain more than policy lets their reader see, and never posts
//! that are addressed to chosen accounts only.

use portico_domain::model::feed::FeedKind;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::reach::{Viewer, may_see};
use portico_service::reading::feeds::{self, FeedEntry, FeedInput};
use portico_service::{Error, setting};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use portico_testing::world::{execute, world};
use portico_testing::{TestApp, both_databases};

const WORLDS: u64 = 4;

/// Creates a user, and inserts every post into their home timeline without any check.
fn settle(app: &TestApp, me: AccountId, statuses: &[(StatusId, AccountId)]) {
    let mut rows = vec![format!(
        "INSERT INTO users (id, account_id, email, role, created_at) VALUES ({me}, {me}, 'u{me}@x.test', 'member', 0)"
    )];
    rows.extend(statuses.iter().map(|(status, author)| {
        format!(
            "INSERT INTO home_timeline (account_id, status_id, author_id) VALUES ({me}, {status}, {author})"
        )
    }));
    execute(app, &rows);
}

/// Returns whether a status may be sent to an account, by the rule for one status.
async fn allowed(app: &TestApp, me: AccountId, id: StatusId) -> bool {
    let setting = setting(&app.instance);
    let facts = app.instance.store.read(move |reader| {
        let viewer = Viewer::Local(me);
        let facts = reader.reach_facts(&viewer, id)?.unwrap();
        Ok::<_, Error>(may_see(&viewer, &setting, &facts).is_ok() && facts.reach != Reach::Direct)
    });
    facts.await.unwrap()
}

both_databases! {
    async fn feeds_carry_nothing_that_policy_refuses(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(20_261_125);
        let (mut shown, mut kept) = (0, 0);
        for number in 0..WORLDS {
            let base = 1_000_000 * i64::try_from(number + 1).unwrap();
            let (people, statuses) = world(&app, &mut rng, base).await;
            let staff = people.iter().filter(|one| one.is_local() && one.suspended_at.is_none());
            for me in staff.map(|one| one.id) {
                settle(&app, me, &statuses);
                let mut kinds = vec![FeedKind::Home];
                kinds.extend(people.iter().map(|person| FeedKind::Account(person.id)));
                for kind in kinds {
                    let word = kind.as_str();
                    let Ok((_, secret)) = feeds::create(&app.instance, me, FeedInput::Kind(kind)).await else { continue };
                    let Ok(opened) = feeds::open(&app.instance, &secret, word).await else { continue };
                    for entry in &opened.entries {
                        let FeedEntry::Post(view) = entry else { panic!("{entry:?}") };
                        assert!(allowed(&app, me, view.status.id).await, "world {number}, {me}: {view:?}");
                    }
                    shown += opened.entries.len();
                }
                for (status, _) in &statuses {
                    kept += usize::from(!allowed(&app, me, *status).await);
                }
            }
        }
        assert!(shown > 100 && kept > 100, "the worlds have too little variety: {shown} shown, {kept} kept");
    }
}
