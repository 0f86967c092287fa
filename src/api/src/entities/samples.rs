//! Sample data for the entity tests.

use portico_domain::model::account::{Account, ActorKind, Field};
use portico_domain::model::annotations::Annotations;
use portico_domain::model::card::{Card, CardImage, PageFacts};
use portico_domain::model::media::{Media, MediaFacts, MediaKind, MediaState};
use portico_domain::model::moderation::{LogEntry, ModeratedPerson};
use portico_domain::model::notification::{Notification, NotificationKind};
use portico_domain::model::peer::{Host, Tier};
use portico_domain::model::quote::{Consent, Quote, QuoteAudience, QuotePolicy, QuoteShown, QuoteState};
use portico_domain::model::report::{Category, FullReportView, Report, ReportView};
use portico_domain::model::status::Status;
use portico_domain::model::urls::Urls;
use portico_domain::model::user::{Role, User};
use portico_domain::model::view::{MentionView, NotificationView, QuoteView, StatusView, ViewerFlags};
use portico_domain::model::{
    AccountId, AppId, CardId, EntryId, LogId, MediaId, NotificationId, Reach, ReportId, StatusId, Timestamp,
    UserId,
};

pub fn urls() -> Urls {
    Urls::new("engineering.example", false)
}

pub fn moment() -> Timestamp {
    Timestamp::parse("2026-07-02T07:47:51.123Z").unwrap()
}

pub fn alice() -> Account {
    Account {
        url: Some("https://engineering.example/@alice".into()),
        display_name: "Alice Ampere".into(),
        note: "<p>Turbines.</p>".into(),
        note_source: Some("Turbines.".into()),
        fields: vec![Field { name: "Room".into(), value: "B-12".into() }],
        avatar_url: Some("https://engineering.example/media/alice.png".into()),
        locked: true,
        discoverable: Some(true),
        indexable: true,
        last_status_at: Some(moment()),
        statuses_count: 3,
        followers_count: 2,
        following_count: 1,
        ..Account::new(
            AccountId(3_700_000_000_000_000_001),
            "alice",
            "https://engineering.example/users/alice".into(),
            Timestamp::parse("2026-01-02T03:04:05Z").unwrap(),
        )
    }
}

pub fn erin() -> Account {
    Account {
        domain: Some("globex.example".into()),
        kind: ActorKind::Service,
        statuses_count: 3,
        followers_count: 2,
        following_count: 1,
        ..Account::new(
            AccountId(3_700_000_000_000_000_005),
            "erin",
            "https://globex.example/users/erin".into(),
            alice().created_at,
        )
    }
}

pub fn user() -> User {
    User {
        id: UserId(1),
        account_id: alice().id,
        email: "alice@acme.example".into(),
        password_hash: None,
        role: Role::Admin,
        disabled_at: None,
        created_at: moment(),
        last_sign_in_at: None,
        default_reach: None,
        default_sensitive: false,
        default_language: Some("en".into()),
        default_quotable: QuoteAudience::Public,
    }
}

pub fn status() -> StatusView {
    let alice = alice();
    StatusView {
        status: Status {
            url: Some("https://engineering.example/@alice/3731000000000000001".into()),
            local: true,
            content: "<p>Hello #Turbines</p>".into(),
            source: Some("Hello #Turbines".into()),
            language: Some("en".into()),
            listed: true,
            app_id: Some(AppId(9)),
            replies_count: 1,
            boosts_count: 2,
            favourites_count: 3,
            quote_policy: QuotePolicy::automatic_for(QuoteAudience::Public),
            ..Status::new(
                StatusId(3_731_000_000_000_000_001),
                "https://engineering.example/users/alice/statuses/3731000000000000001".into(),
                alice.id,
                Reach::Company,
                moment(),
            )
        },
        addressed: Vec::new(),
        circle: None,
        mentions: vec![MentionView {
            account_id: erin().id,
            username: "erin".into(),
            acct: "erin@globex.example".into(),
            uri: erin().uri,
            url: erin().uri,
        }],
        tags: vec!["turbines".into()],
        media: vec![media()],
        app: Some(("Phanpy".into(), None)),
        boosted: None,
        poll: None,
        card: Some(card()),
        quote: None,
        annotations: Annotations::default(),
        quotes_count: 4,
        quotable: Consent::Given,
        viewer: Some(ViewerFlags { favourited: true, ..ViewerFlags::default() }),
        filtered: Vec::new(),
        viewer_id: Some(alice.id),
        group: None,
        account: alice,
    }
}

pub fn card() -> Card {
    Card {
        id: CardId(3_731_000_000_000_000_007),
        url: "https://news.example/turbines?from=feed".into(),
        facts: PageFacts {
            page_url: "https://news.example/turbines".into(),
            title: "Turbines turn".into(),
            description: "And how they do.".into(),
            provider_name: "The News".into(),
            author_name: "Nina".into(),
            author_url: "https://news.example/nina".into(),
            language: Some("en".into()),
            published_at: Some(moment()),
            image_description: "A turbine".into(),
        },
        image: Some(CardImage {
            key: "aabbccddeeff00112233445566778899.jpg".into(),
            dimensions: (587, 391),
            blurhash: Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into()),
        }),
        fetched_at: moment(),
    }
}

pub fn media() -> Media {
    Media {
        id: MediaId(3_731_000_000_000_000_005),
        account_id: alice().id,
        status_id: Some(StatusId(3_731_000_000_000_000_001)),
        position: 0,
        loose_since: moment(),
        state: MediaState::Ready,
        facts: MediaFacts {
            kind: MediaKind::Image,
            mime: "image/png".into(),
            size: Some(1234),
            dimensions: Some((1200, 800)),
            preview_dimensions: Some((587, 391)),
            blurhash: Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into()),
            ..MediaFacts::default()
        },
        file_key: Some("00112233445566778899aabbccddeeff.png".into()),
        preview_key: Some("ff112233445566778899aabbccddeeff.png".into()),
        remote_url: None,
        focus: Some((-5000, 2500)),
        description: Some("A turbine in the evening".into()),
        created_at: moment(),
    }
}

pub fn boost() -> StatusView {
    let original = status();
    let erin = erin();
    StatusView {
        status: Status {
            id: StatusId(3_731_000_000_000_000_009),
            uri: "https://globex.example/users/erin/boosts/1".into(),
            url: None,
            account_id: erin.id,
            local: false,
            boost_of: Some(original.status.id),
            content: String::new(),
            source: None,
            language: None,
            app_id: None,
            replies_count: 0,
            boosts_count: 0,
            favourites_count: 0,
            emojis: Vec::new(),
            ..original.status.clone()
        },
        account: erin,
        addressed: Vec::new(),
        circle: None,
        mentions: Vec::new(),
        tags: Vec::new(),
        media: Vec::new(),
        app: None,
        poll: None,
        card: None,
        quote: None,
        annotations: Annotations::default(),
        quotes_count: 4,
        quotable: Consent::Denied,
        boosted: Some(Box::new(StatusView { viewer: None, viewer_id: None, ..original })),
        viewer: None,
        filtered: Vec::new(),
        viewer_id: None,
        group: None,
    }
}

/// A status by alice that quotes another of her own.
pub fn quoting() -> StatusView {
    let quoted = status();
    let id = StatusId(3_731_000_000_000_000_011);
    StatusView {
        status: Status {
            id,
            uri: format!("https://engineering.example/users/alice/statuses/{id}"),
            url: Some(format!("https://engineering.example/@alice/{id}")),
            content: "<p>As I said</p>".into(),
            quote_policy: QuotePolicy { automatic: QuoteAudience::Followers, manual: QuoteAudience::Others },
            ..quoted.status.clone()
        },
        addressed: Vec::new(),
        circle: None,
        mentions: Vec::new(),
        tags: Vec::new(),
        media: Vec::new(),
        quote: Some(QuoteView {
            quote: Quote {
                status_id: id,
                quoted_id: Some(quoted.status.id),
                quoted_uri: quoted.status.uri.clone(),
                quoted_url: quoted.status.url.clone(),
                quoted_author: Some(quoted.account.id),
                state: QuoteState::Accepted,
                stamp: Some(urls().quote_stamp("alice", id)),
            },
            shown: QuoteShown::As(QuoteState::Accepted),
            status: Some(Box::new(quoted.clone())),
        }),
        quotes_count: 0,
        ..quoted
    }
}

pub fn notification() -> NotificationView {
    NotificationView {
        notification: Notification {
            id: NotificationId(3_650_000_000_000_001),
            account_id: alice().id,
            kind: NotificationKind::Favourite,
            from_id: erin().id,
            status_id: Some(status().status.id),
            report_id: None,
            warning_id: None,
            severance_id: None,
            created_at: moment(),
        },
        account: erin(),
        status: Some(status()),
        report: None,
        warning: None,
        severance: None,
    }
}

pub fn report() -> ReportView {
    ReportView {
        report: Report {
            id: ReportId(3_731_000_000_000_000_011),
            account_id: alice().id,
            target_id: erin().id,
            uri: None,
            comment: "Not about turbines".into(),
            category: Category::Violation,
            rule_ids: vec!["1".into()],
            forwarded: true,
            assigned_id: Some(alice().id),
            resolved_at: None,
            resolved_by: None,
            created_at: moment(),
            updated_at: moment(),
            status_ids: vec![status().status.id],
        },
        target: erin(),
    }
}

pub fn warning() -> LogEntry {
    LogEntry {
        id: LogId(3_731_000_000_000_000_013),
        actor_id: None,
        actor: "(command line)".into(),
        action: "silence".into(),
        target_id: Some(alice().id),
        target: "alice".into(),
        note: "Too many turbines".into(),
        created_at: moment(),
    }
}

pub fn full_report() -> FullReportView {
    let view = report();
    let person = |account: Account| ModeratedPerson { account, user: None };
    FullReportView {
        account: ModeratedPerson { account: alice(), user: Some(user()) },
        target: person(view.target),
        assigned: Some(ModeratedPerson { account: alice(), user: Some(user()) }),
        resolver: None,
        statuses: Vec::new(),
        report: view.report,
    }
}

pub fn host() -> Host {
    Host {
        domain: "globex.example".into(),
        tier: Tier::Limited,
        note: "Too loud".into(),
        created_at: moment(),
        id: EntryId(3_731_000_000_000_000_015),
        public_note: String::new(),
        reject_media: true,
        reject_reports: false,
        obfuscate: false,
    }
}
