//! Mail digests: their recipients, their content, and that each is sent once.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::http::Method;
use portico_config::{MailSettings, NetworkSettings};
use portico_domain::model::digest::Period;
use portico_domain::model::moderation::Action;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::reach::{Viewer, may_see};
use portico_service::Error;
use portico_service::ports::{Mail, MailAccepted, MailError, Mailer};
use portico_service::reading::digests;
use portico_service::reading::digests::smtp::SmtpMailer;
use portico_store::{DigestMail, Payload as _};
use rand::SeedableRng as _;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use portico_testing::world::{execute, world};
use portico_testing::{Database, TestApp, TestUser};

const DAY: i64 = 24 * 3600;

/// A mailer that keeps mails, or fails.
#[derive(Default)]
struct Letters {
    taken: Mutex<Vec<Mail>>,
    fault: Mutex<Option<MailError>>,
}

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, mail: &Mail) -> Result<MailAccepted, MailError> {
        if let Some(fault) = self.fault.lock().unwrap().take() {
            return Err(fault);
        }
        self.taken.lock().unwrap().push(mail.clone());
        Ok(MailAccepted)
    }
}

fn settings(url: &str) -> MailSettings {
    MailSettings { url: url.into(), from: "Acme <noreply@acme.test>".into(), digest: Period::Weekly }
}

/// Starts an instance that sends its mail to a mailer in memory.
async fn posting(database: Database) -> (TestApp, Arc<Letters>) {
    let app = TestApp::with(database, |all| all.mail = Some(settings("smtp://127.0.0.1:1"))).await;
    let letters = Arc::new(Letters::default());
    assert!(app.instance.mailer.set(Arc::clone(&letters) as Arc<dyn Mailer>).is_ok());
    (app, letters)
}

/// Runs the waiting jobs like a worker; returns their outcomes.
async fn work(app: &TestApp) -> Vec<Result<(), Error>> {
    let jobs = app
        .instance
        .store
        .write(|tx| Ok::<_, Error>(tx.claim_jobs(DigestMail::QUEUE, 100, 1)?))
        .await
        .unwrap();
    let mut ended = Vec::new();
    for job in jobs {
        let DigestMail { id } = DigestMail::decode(&job.payload).unwrap();
        let outcome = digests::send(&app.instance, id).await;
        if outcome.is_ok() {
            app.instance.store.write(move |tx| Ok::<_, Error>(tx.finish_job(job.id)?)).await.unwrap();
        }
        ended.push(outcome);
    }
    ended
}

async fn follows(who: &TestUser, target: &TestUser) {
    who.submit(&format!("/api/v1/accounts/{}/follow", target.id()), "").await.ok();
}

macro_rules! both {
    ($($name:ident)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                runtime().block_on(super::bodies::$name(Database::Sqlite));
            }

            #[test]
            #[ignore = "needs PORTICO_TEST_POSTGRES"]
            fn postgres() {
                runtime().block_on(super::bodies::$name(Database::Postgres));
            }
        }
    )+};
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

both! {
    absent_readers_get_one_digest
    a_digest_contains_only_visible_posts
    a_mail_server_that_is_not_there_is_tried_again
    one_chooses_and_one_click_is_enough
    digests_contain_nothing_that_policy_refuses
}

mod bodies {
    use super::*;

    pub async fn absent_readers_get_one_digest(database: Database) {
        let (app, letters) = posting(database).await;
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follows(&alice, &bob).await;
        app.advance(8 * DAY);
        bob.posts("News of the week").await;
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 1, "bob has just visited");
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 0, "once");
        assert!(work(&app).await.iter().all(Result::is_ok));
        assert!(work(&app).await.is_empty());
        {
            let taken = letters.taken.lock().unwrap();
            assert_eq!(taken.len(), 1);
            assert_eq!(taken[0].to, "alice@acme.test");
            assert!(taken[0].text.contains("BOB: News of the week"), "{}", taken[0].text);
            assert!(taken[0].html.contains("News of the week"), "{}", taken[0].html);
        }
        // Not within the same week, though the reader has not looked yet; but again in the next.
        app.advance(DAY);
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 0);
        app.advance(7 * DAY);
        bob.posts("More news").await;
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 1);
        assert!(work(&app).await.iter().all(Result::is_ok));
        let taken = letters.taken.lock().unwrap();
        assert_eq!(taken.len(), 2);
        assert!(!taken[1].text.contains("News of the week"), "old content is repeated: {}", taken[1].text);
    }

    pub async fn a_digest_contains_only_visible_posts(database: Database) {
        let (app, letters) = posting(database).await;
        let (alice, bob, carol) =
            (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        follows(&alice, &bob).await;
        app.advance(8 * DAY);
        bob.says("@alice for your eyes", Reach::Direct).await;
        bob.says("For followers", Reach::Followers).await;
        bob.post("/api/v1/statuses", json!({"status": "who did it", "spoiler_text": "The plot"})).await.ok();
        let gone = bob.posts("Soon gone").await;
        carol.posts("Of somebody else").await;
        digests::begin_round(&app.instance).await.unwrap();
        let path = format!("/api/v1/statuses/{}", gone["id"].as_str().unwrap());
        bob.call(Method::DELETE, &path, None).await.ok();
        work(&app).await;
        let taken = letters.taken.lock().unwrap().pop().unwrap();
        let content = format!("{} {}", taken.text, taken.html);
        assert!(content.contains("For followers") && content.contains("[The plot]"), "{content}");
        for secret in ["for your eyes", "who did it", "Soon gone", "somebody else"] {
            assert!(!content.contains(secret), "{secret}: {content}");
        }
        assert!(content.contains("1 unread notification"), "the message is counted: {content}");
        // A user whose sign-in is disabled gets no mail.
        app.advance(8 * DAY);
        bob.posts("Later").await;
        assert!(digests::begin_round(&app.instance).await.unwrap() >= 1);
        app.act(alice.account.id, Action::Disable).await.unwrap();
        work(&app).await;
        assert!(letters.taken.lock().unwrap().iter().all(|mail| mail.to != "alice@acme.test"));
    }

    pub async fn a_mail_server_that_is_not_there_is_tried_again(database: Database) {
        let (app, letters) = posting(database).await;
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follows(&alice, &bob).await;
        app.advance(8 * DAY);
        bob.posts("News").await;
        digests::begin_round(&app.instance).await.unwrap();
        *letters.fault.lock().unwrap() = Some(MailError::NotNow("it is away".into()));
        assert!(work(&app).await[0].is_err());
        app.advance(60);
        assert!(work(&app).await[0].is_ok());
        assert_eq!(letters.taken.lock().unwrap().len(), 1);
        // A mail that may have arrived is not sent again.
        app.advance(8 * DAY);
        bob.posts("More").await;
        digests::begin_round(&app.instance).await.unwrap();
        *letters.fault.lock().unwrap() = Some(MailError::Unsure("cut off".into()));
        assert!(work(&app).await[0].is_ok());
        app.advance(3600);
        assert!(work(&app).await.is_empty());
        assert_eq!(letters.taken.lock().unwrap().len(), 1);
    }

    pub async fn digests_contain_nothing_that_policy_refuses(database: Database) {
        let (app, letters) = posting(database).await;
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let (mut shown, mut kept) = (0, 0);
        for number in 0..6 {
            let base = 1_000_000 * (number + 1);
            let (people, statuses) = world(&app, &mut rng, base).await;
            let now = app.instance.now().millis();
            let mut rows =
                vec![format!("UPDATE statuses SET created_at = {} WHERE id >= {base}", now + 6 * DAY * 1000)];
            for me in people.iter().filter(|person| person.is_local()).map(|person| person.id) {
                rows.push(format!(
                    "INSERT INTO users (id, account_id, email, role, created_at) VALUES ({me}, {me}, 'u{me}@x.test', 'member', 0)"
                ));
                // Inserted without any check.
                rows.extend(statuses.iter().map(|(status, author)| {
                    format!("INSERT INTO home_timeline (account_id, status_id, author_id) VALUES ({me}, {status}, {author})")
                }));
            }
            execute(&app, &rows);
            app.advance(8 * DAY);
            digests::begin_round(&app.instance).await.unwrap();
            assert!(work(&app).await.iter().all(Result::is_ok));
            let taken = std::mem::take(&mut *letters.taken.lock().unwrap());
            for mail in taken {
                let me =
                    AccountId(mail.to.trim_start_matches('u').split('@').next().unwrap().parse().unwrap());
                for line in mail.text.lines().filter(|line| line.contains("/@u")) {
                    let id = StatusId(line.rsplit('/').next().unwrap().parse().unwrap());
                    assert!(allowed(&app, me, id).await, "{me}: {line}");
                    shown += 1;
                }
                for (status, _) in &statuses {
                    kept += usize::from(!allowed(&app, me, *status).await);
                }
            }
        }
        assert!(shown > 20 && kept > 100, "the worlds have too little variety: {shown} shown, {kept} kept");
    }

    pub async fn one_chooses_and_one_click_is_enough(database: Database) {
        let (app, letters) = posting(database).await;
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follows(&alice, &bob).await;
        assert_eq!(
            alice.get("/api/portico/v1/digest").await.ok(),
            json!({"period": "weekly", "available": true})
        );
        alice
            .call(Method::PUT, "/api/portico/v1/digest", Some(json!({"period": "hourly"})))
            .await
            .problem(422);
        let daily =
            alice.call(Method::PUT, "/api/portico/v1/digest", Some(json!({"period": "daily"}))).await.ok();
        assert_eq!(daily["period"], "daily");
        app.advance(DAY + 3600);
        bob.posts("Yesterday").await;
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 1);
        work(&app).await;
        let mail = letters.taken.lock().unwrap().pop().unwrap();
        let path = mail.stop.strip_prefix("https://engineering.acme.test").unwrap().to_owned();
        assert!(app.get(&path).await.body.contains("Unsubscribe"));
        assert_eq!(
            alice.get("/api/portico/v1/digest").await.ok()["period"],
            "daily",
            "to look is not to click"
        );
        let stopped = app.submit(&path, "List-Unsubscribe=One-Click").await;
        assert!(stopped.status == 200 && stopped.body.contains("will not get this mail"), "{}", stopped.body);
        assert_eq!(alice.get("/api/portico/v1/digest").await.ok()["period"], "off");
        app.advance(30 * DAY);
        bob.posts("Later").await;
        assert_eq!(digests::begin_round(&app.instance).await.unwrap(), 0);
        assert_eq!(app.submit("/digest/nonsense", "").await.status, 404);
    }
}

/// Returns whether a status may be sent to an account by mail, by the rule for one status.
async fn allowed(app: &TestApp, me: AccountId, id: StatusId) -> bool {
    let setting = portico_service::setting(&app.instance);
    let facts = app.instance.store.read(move |reader| {
        let viewer = Viewer::Local(me);
        let facts = reader.reach_facts(&viewer, id)?.unwrap();
        Ok::<_, Error>(may_see(&viewer, &setting, &facts).is_ok() && facts.reach != Reach::Direct)
    });
    facts.await.unwrap()
}

/// A mail server that accepts everything, until it has received a text.
async fn receive(listener: tokio::net::TcpListener) -> String {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        if let Some(text) = update_conversations(BufReader::new(stream)).await {
            return text;
        }
    }
}

async fn update_conversations(mut stream: BufReader<tokio::net::TcpStream>) -> Option<String> {
    stream.get_mut().write_all(b"220 mail.test\r\n").await.unwrap();
    let (mut text, mut line, mut in_text) = (String::new(), String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return None;
        }
        if in_text && line != ".\r\n" {
            text.push_str(&line);
            continue;
        }
        let said = match line.split_whitespace().next().unwrap_or_default() {
            "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        in_text = line.starts_with("DATA");
        stream.get_mut().write_all(said.as_bytes()).await.unwrap();
        if line == ".\r\n" {
            return Some(text);
        }
    }
}

#[test]
fn a_mail_server_is_spoken_to() {
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(receive(listener));
        let mailer = SmtpMailer::open(&settings(&url), &NetworkSettings::default()).unwrap();
        let mail = Mail {
            to: "alice@acme.test".into(),
            name: "Alice".into(),
            subject: "Grüße".into(),
            text: "plain".into(),
            html: "<p>rich</p>".into(),
            id: "<digest-1@acme.test>".into(),
            stop: "https://engineering.acme.test/digest/secret".into(),
            sent_at: portico_domain::model::Timestamp::from_millis(1_800_000_000_000),
        };
        mailer.send(&mail).await.unwrap();
        let text = server.await.unwrap();
        for part in [
            "From: Acme <noreply@acme.test>",
            "To: Alice <alice@acme.test>",
            "Message-ID: <digest-1@acme.test>",
            "List-Unsubscribe: <https://engineering.acme.test/digest/secret>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Auto-Submitted: auto-generated",
            "text/plain",
            "<p>rich</p>",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // No server: to be retried later.
        let gone = SmtpMailer::open(&settings("smtp://127.0.0.1:1"), &NetworkSettings::default()).unwrap();
        assert!(matches!(gone.send(&mail).await, Err(MailError::NotNow(_))));
        let wrong = Mail { to: "nobody".into(), ..mail };
        assert!(matches!(gone.send(&wrong).await, Err(MailError::Refused(_))));
    });
}

/// A mail server that asks for a password and sends this answer to it.
async fn ask_for_password(listener: tokio::net::TcpListener, answer: &'static str) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"220 mail.test\r\n").await.unwrap();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let said = match line.split_whitespace().next().unwrap_or_default() {
            "EHLO" => "250-mail.test\r\n250 AUTH PLAIN\r\n",
            "AUTH" => answer,
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        if stream.get_mut().write_all(said.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[test]
fn a_mail_server_is_tried_without_a_mail() {
    runtime().block_on(async {
        for (answer, lets_in) in [("235 welcome\r\n", true), ("535 wrong password\r\n", false)] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("smtp://user:secret@{}", listener.local_addr().unwrap());
            let server = tokio::spawn(ask_for_password(listener, answer));
            let tried = SmtpMailer::open(&settings(&url), &NetworkSettings::default()).unwrap().probe().await;
            assert_eq!(tried.is_ok(), lets_in, "{tried:?}");
            assert!(!format!("{tried:?}").contains("secret"), "{tried:?}");
            server.abort();
        }
    });
}

#[test]
fn mail_trusts_the_configured_authorities() {
    let trusting = |authority: &str| NetworkSettings {
        authorities: vec![authority.as_bytes().to_vec()],
        ..NetworkSettings::default()
    };
    let (sound, broken) = (
        include_str!("data/authority.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    for url in ["smtps://mail.acme.test", "smtp://mail.acme.test:587?tls=required"] {
        assert!(SmtpMailer::open(&settings(url), &trusting(sound)).is_ok(), "{url}");
        assert!(
            SmtpMailer::open(&settings(url), &trusting(broken)).is_err(),
            "{url}: it is among those that are trusted"
        );
    }
    let unencrypted = SmtpMailer::open(&settings("smtp://127.0.0.1:25"), &trusting(broken));
    assert!(unencrypted.is_ok(), "certificates are not read without TLS");
}
