//! `portico doctor`: checks the setup, and suggests what to do about each problem.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::context::CliContext;
use super::output;
use crate::fleet;
use portico_config::{DatabaseUrl, InstanceSettings, MediaPlace, Settings};
use portico_domain::model::random::Rng;
use portico_domain::model::time::Clock;
use portico_http_signatures::keys::SigningKey;
use portico_media::MediaStore;
use portico_service::instance::Instance;
use portico_service::reading::digests::smtp::SmtpMailer;

/// The time limit of a connection attempt.
const LOOKUP_TIME: Duration = Duration::from_secs(5);
/// The time limit of signing in to the mail server.
const MAIL_TIME: Duration = Duration::from_secs(30);
/// The clock difference from which peers reject signatures, in seconds.
const CLOCK_OFF: i64 = 120;

/// The free space in megabytes below which writing is about to fail.
const FULL: u64 = 100;
/// The free space in megabytes below which a warning is due.
const TIGHT: u64 = 1024;

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Warning,
    Fault,
}

/// The finding of one check: the subject, the result, and a text with advice.
struct Finding {
    subject: String,
    verdict: Verdict,
    text: String,
}

/// Collects findings.
struct Report(Vec<Finding>);

impl Report {
    fn note(&mut self, subject: &str, verdict: Verdict, text: impl Into<String>) {
        self.0.push(Finding { subject: subject.to_owned(), verdict, text: text.into() });
    }
}

/// Runs every check. Fails if one found an error.
pub(super) async fn run(context: &CliContext) -> anyhow::Result<()> {
    let mut report = Report(Vec::new());
    match context.settings() {
        Ok(settings) => {
            check_configuration(&mut report, &context.common.config);
            check_proxies(&mut report, &settings);
            check_clock(&mut report, &settings);
            for instance in &settings.instances {
                check_instance(&mut report, &settings, instance).await;
            }
        }
        Err(error) => report.note("configuration", Verdict::Fault, format!("{error:#}")),
    }
    print(context, &report)?;
    let faults = report.0.iter().filter(|finding| finding.verdict == Verdict::Fault).count();
    anyhow::ensure!(faults == 0, "{faults} of {} checks failed", report.0.len());
    Ok(())
}

fn print(context: &CliContext, report: &Report) -> anyhow::Result<()> {
    let word = |verdict| match verdict {
        Verdict::Fine => "ok",
        Verdict::Warning => "warning",
        Verdict::Fault => "FAULT",
    };
    if context.json() {
        let rows: Vec<_> = report
            .0
            .iter()
            .map(|f| json!({ "subject": f.subject, "verdict": word(f.verdict).to_lowercase(), "text": f.text }))
            .collect();
        return output::json(&rows);
    }
    for finding in &report.0 {
        output::line(format!("{:8} {}: {}", word(finding.verdict), finding.subject, finding.text));
    }
    Ok(())
}

/// Checks the permissions of the configuration file, which was loaded successfully.
fn check_configuration(report: &mut Report, file: &Path) {
    let mode = std::fs::metadata(file).map(|data| data.permissions().mode()).unwrap_or(0o600);
    if mode & 0o044 == 0 {
        report.note("configuration", Verdict::Fine, "is valid");
    } else {
        let text = format!(
            "is valid, but other users of this machine can read it: run chmod 600 {}",
            file.display()
        );
        report.note("configuration", Verdict::Warning, text);
    }
}

/// Warns of a proxy that was trusted by `allow_networks` before `trusted_proxies` existed.
fn check_proxies(report: &mut Report, settings: &Settings) {
    if !settings.network.formerly_trusted().is_empty() {
        let text = "X-Forwarded-For counts only from loopback: if a reverse proxy runs on another machine, name its \
                    address in [network] `trusted_proxies`; if not, set it to [\"127.0.0.1\", \"::1\"]";
        report.note("trusted_proxies", Verdict::Warning, text);
    }
}

/// Compares the clock with that of the file system, which on a network share belongs to another machine.
fn check_clock(report: &mut Report, settings: &Settings) {
    let now = Clock::System.now().seconds();
    let folder = match settings.instances.first().map(|instance| &instance.media) {
        Some(MediaPlace::Folder(folder)) => folder.clone(),
        _ => std::env::temp_dir(),
    };
    let folder = folder.as_path();
    let probe = folder.join(".portico-clock");
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::metadata(&probe)?.modified());
    let _ = std::fs::remove_file(&probe);
    let Ok(modified) = written else { return };
    let theirs = modified.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let off = (i64::try_from(theirs).unwrap_or(0) - now).abs();
    // Signed requests contain the date, and no released version is older than this time.
    if now < 1_767_225_600 {
        report.note("clock", Verdict::Fault, "is before 2026; set it, or peers reject every signature");
    } else if off > CLOCK_OFF {
        report.note(
            "clock",
            Verdict::Warning,
            format!("differs from the file system's clock by {off} seconds; check the time service"),
        );
    } else {
        report.note("clock", Verdict::Fine, "agrees with the file system's clock");
    }
}

async fn check_instance(report: &mut Report, settings: &Settings, instance: &InstanceSettings) {
    let domain = instance.domain.as_str();
    check_mail(report, settings, instance).await;
    if let DatabaseUrl::Sqlite(path) = &instance.database
        && !path.exists()
    {
        let text = format!("{} does not exist yet; `portico serve` creates it", path.display());
        report.note(&format!("{domain}: database"), Verdict::Warning, text);
        return;
    }
    match fleet::open(instance, &settings.network, Clock::System, Rng::System).await {
        Ok(opened) => {
            report.note(&format!("{domain}: database"), Verdict::Fine, "responds and is up to date");
            check_key(report, &opened).await;
            check_queues(report, &opened).await;
        }
        Err(error) => {
            let text =
                format!("{error}; check `database`, and that the server runs and accepts the connection");
            report.note(&format!("{domain}: database"), Verdict::Fault, text);
        }
    }
    match &instance.media {
        MediaPlace::Folder(folder) => check_folder(report, domain, folder),
        MediaPlace::Bucket(_) => check_bucket(report, domain, &instance.media).await,
    }
    check_host(report, domain, domain, settings.network.insecure_http, Verdict::Warning).await;
    for sister in &instance.company {
        check_host(report, domain, sister, settings.network.insecure_http, Verdict::Warning).await;
    }
    if instance.public_pages {
        report.note(
            &format!("{domain}: public_pages"),
            Verdict::Warning,
            "public posts can be read without sign-in",
        );
    }
}

/// Connects to the mail server and signs in, if one is configured. Sends no mail.
async fn check_mail(report: &mut Report, settings: &Settings, instance: &InstanceSettings) {
    let Some(mail) = &instance.mail else { return };
    let tried = async { SmtpMailer::open(mail, &settings.network)?.probe().await };
    let tried = tokio::time::timeout(MAIL_TIME, tried).await;
    let (verdict, text) = match tried.unwrap_or_else(|_| Err("it does not respond in time".to_owned())) {
        Ok(()) => (Verdict::Fine, "the mail server accepts the connection".to_owned()),
        Err(why) => {
            let advice = "check `mail_url` (host, port, user and password), the firewall, and `certificates` in \
                          [network] if the company's own authority signs the server's certificate";
            (Verdict::Fault, format!("the mail server cannot be used: {why}; {advice}"))
        }
    };
    report.note(&format!("{}: mail", instance.domain), verdict, text);
}

async fn check_key(report: &mut Report, instance: &Instance) {
    let subject = format!("{}: keys", instance.settings.domain);
    let actor = instance.actor_id;
    match instance.store.read(move |reader| reader.find_key_pair(actor)).await {
        Ok::<_, portico_store::Error>(Some(pair))
            if SigningKey::from_pem(&pair.uri, &pair.private_pem).is_ok() =>
        {
            report.note(&subject, Verdict::Fine, "the instance actor can sign");
        }
        Ok(_) => report.note(
            &subject,
            Verdict::Fault,
            "the instance actor has no usable key; restore the database from a backup",
        ),
        Err(error) => report.note(&subject, Verdict::Fault, error.to_string()),
    }
}

async fn check_queues(report: &mut Report, instance: &Instance) {
    let subject = format!("{}: queues", instance.settings.domain);
    let Ok::<_, portico_store::Error>(depths) = instance.store.read(|reader| reader.queue_depths()).await
    else {
        return;
    };
    let text: Vec<String> = depths
        .iter()
        .filter(|(_, _, depth)| *depth > 0)
        .map(|(queue, state, depth)| format!("{depth} {state} in {queue}"))
        .collect();
    let dead = depths.iter().any(|(_, state, depth)| *state == "dead" && *depth > 0);
    match (text.is_empty(), dead) {
        (true, _) => report.note(&subject, Verdict::Fine, "all empty"),
        (false, false) => report.note(&subject, Verdict::Fine, text.join(", ")),
        (false, true) => report.note(
            &subject,
            Verdict::Warning,
            format!("{}; the log shows why they were given up", text.join(", ")),
        ),
    }
}

/// Stores a small file in the bucket, fetches it and deletes it.
async fn check_bucket(report: &mut Report, domain: &str, place: &MediaPlace) {
    let probed = async { MediaStore::open(place)?.probe(&Rng::System).await };
    let (verdict, text) = match probed.await {
        Ok(()) => (Verdict::Fine, format!("{place} can be written, read and deleted from")),
        Err(error) => {
            let advice = "check the bucket, the endpoint, and that the key permits put, get and delete";
            (Verdict::Fault, format!("{place} cannot be used: {error}; {advice}"))
        }
    };
    report.note(&format!("{domain}: media"), verdict, text);
}

fn check_folder(report: &mut Report, domain: &str, folder: &Path) {
    let probe = folder.join(".portico-probe");
    let wrote = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, b"ok"));
    let _ = std::fs::remove_file(&probe);
    let subject = format!("{domain}: media");
    match wrote {
        Ok(()) => {
            report.note(&subject, Verdict::Fine, format!("{} is writable", folder.display()));
            check_space(report, domain, folder);
        }
        Err(error) => {
            let text =
                format!("{} is not writable: {error}; check its owner and the free space", folder.display());
            report.note(&subject, Verdict::Fault, text);
        }
    }
}

/// Checks the free space for media. A full disk stops all writing.
fn check_space(report: &mut Report, domain: &str, folder: &Path) {
    let Ok(disk) = rustix::fs::statvfs(folder) else { return };
    let megabytes = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    let verdict = match megabytes {
        0..FULL => Verdict::Fault,
        FULL..TIGHT => Verdict::Warning,
        _ => Verdict::Fine,
    };
    let advice =
        if verdict == Verdict::Fine { "" } else { "; free some space, or move the data to a larger disk" };
    report.note(&format!("{domain}: disk"), verdict, format!("{megabytes} MB are free{advice}"));
}

/// Checks whether a host's name resolves, and accepts connections.
async fn check_host(report: &mut Report, domain: &str, host: &str, insecure: bool, at_worst: Verdict) {
    let subject = if domain == host {
        format!("{domain}: address")
    } else {
        format!("{domain}: company instance {host}")
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().unwrap_or(443)),
        None => (host, if insecure { 80 } else { 443 }),
    };
    // Loopback names do not need a name server.
    let name = if name == "localhost" || name.ends_with(".localhost") { "127.0.0.1" } else { name };
    let connected = tokio::time::timeout(LOOKUP_TIME, tokio::net::TcpStream::connect((name, port))).await;
    match connected {
        Ok(Ok(_)) => report.note(&subject, Verdict::Fine, format!("responds on port {port}")),
        Ok(Err(error)) => {
            let text = format!(
                "{name} port {port} cannot be reached: {error}; check its DNS record, the proxy and the firewall"
            );
            report.note(&subject, at_worst, text);
        }
        Err(_) => {
            report.note(&subject, at_worst, format!("{name} port {port} did not respond; check the firewall"))
        }
    }
}
