//! `portico agreement`: agreements with partners.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::agreement::{Agreement, AgreementEvent, Terms};
use portico_domain::model::moderation::Moderator;
use portico_service::partners::agreements::{self, AgreementDraft, AgreementHistory};

#[derive(Subcommand)]
pub(super) enum AgreementCommand {
    /// List every agreement that is in force, proposed or stopped.
    List,
    /// Show the full text of the agreement with a partner, and its history.
    Show {
        /// The partner's host name.
        domain: String,
    },
    /// Propose a new agreement, or a new version of the current one, to the administrators of another
    /// instance.
    Propose(AgreementArguments),
    /// Accept a partner's proposal.
    Accept {
        /// The partner's host name.
        domain: String,
        /// The digest of the text that you have read, or at least its first eight characters.
        #[arg(long)]
        digest: String,
    },
    /// Reject a partner's proposal.
    Reject {
        /// The partner's host name.
        domain: String,
        /// The reason, for this instance's records.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// End an agreement, or withdraw a proposal. The partner is notified.
    End {
        /// The partner's host name.
        domain: String,
        /// The reason, for this instance's records.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Stop all exchange with a partner at once, in an emergency.
    Stop {
        /// The partner's host name.
        domain: String,
        /// The reason, for this instance's records.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Set one-sided terms towards a partner whose software does not support agreements.
    Set(AgreementArguments),
}

/// The contents of an agreement. Options that are not given have the values of a partner without an
/// agreement.
#[derive(clap::Args)]
pub(super) struct AgreementArguments {
    /// The partner's host name.
    domain: String,
    /// A file with the terms, in TOML or JSON; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    /// The contact person of this instance.
    #[arg(long)]
    contact: Option<String>,
    /// The contact person of the partner.
    #[arg(long)]
    their_contact: Option<String>,
    /// The start: a date, or a time in RFC 3339.
    #[arg(long)]
    starts: Option<String>,
    /// The end: a date, or a time in RFC 3339.
    #[arg(long)]
    ends: Option<String>,
    /// A free-text note.
    #[arg(long)]
    note: Option<String>,
    /// Exclude boosts, in both directions.
    #[arg(long)]
    no_boosts: bool,
    /// Exclude attachments, in both directions.
    #[arg(long)]
    no_media: bool,
    /// Exclude direct messages, in both directions.
    #[arg(long)]
    no_direct_messages: bool,
    /// Share the directory of people, in both directions.
    #[arg(long)]
    directory: bool,
}

impl AgreementArguments {
    fn read(self) -> anyhow::Result<(String, AgreementDraft)> {
        let mut draft = match &self.terms {
            Some(file) => read(file)?,
            None => AgreementDraft::default(),
        };
        draft.contact = self.contact.or(draft.contact);
        draft.their_contact = self.their_contact.or(draft.their_contact);
        draft.starts = self.starts.or(draft.starts);
        draft.ends = self.ends.or(draft.ends);
        draft.note = self.note.unwrap_or(draft.note);
        for terms in [&mut draft.gives, &mut draft.takes] {
            let terms = terms.get_or_insert_with(Terms::usual);
            terms.boosts &= !self.no_boosts;
            terms.media &= !self.no_media;
            terms.direct_messages &= !self.no_direct_messages;
            terms.directory |= self.directory;
        }
        Ok((self.domain, draft))
    }
}

fn read(file: &Path) -> anyhow::Result<AgreementDraft> {
    let mut text = String::new();
    let whole = if file == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    whole.with_context(|| format!("cannot read {}", file.display()))?;
    let draft = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    } else {
        toml::from_str(&text).map_err(anyhow::Error::from)
    };
    draft.with_context(|| format!("{} does not contain valid terms", file.display()))
}

fn data(agreement: &Agreement) -> Value {
    json!({
        "domain": agreement.domain,
        "state": agreement.state.as_str(),
        "proposed_by": if agreement.by_us { "us" } else { "them" },
        "two_sided": agreement.two_sided,
        "version": agreement.text.version,
        "digest": agreement.digest,
        "text": agreement.text,
        "signed_by_us": agreement.our_proof.is_some(),
        "signed_by_them": agreement.their_proof.is_some(),
        "created_at": agreement.created_at.rfc3339(),
        "changed_at": agreement.changed_at.rfc3339(),
    })
}

fn event(event: &AgreementEvent) -> Value {
    json!({
        "at": event.at.rfc3339(),
        "what": event.what,
        "by": event.actor,
        "by_us": event.by_us,
        "version": event.version,
        "digest": event.digest,
        "note": event.note,
    })
}

/// Prints an agreement for people, with the grants of both parties.
fn print_agreement(agreement: &Agreement) {
    let text = &agreement.text;
    let whose = match (agreement.two_sided, agreement.by_us) {
        (false, _) => "one-sided terms of this instance",
        (true, true) => "proposed by us",
        (true, false) => "proposed by them",
    };
    output::line(format!("Version {} with {}, {whose}: {}", text.version, agreement.domain, agreement.state));
    output::line(format!("Digest {}", agreement.digest));
    output::line(format!("In force {}", agreements::describe_period(text.starts_at(), text.ends_at())));
    for party in &text.parties {
        output::line(format!("{} grants (contact: {}):", party.domain, party.contact));
        for words in agreements::describe_terms(&party.gives) {
            output::line(format!("  {words}"));
        }
    }
    if !text.note.is_empty() {
        output::line(&text.note);
    }
}

fn show(dealings: &AgreementHistory) {
    let shown: Vec<&Agreement> = dealings.current.iter().chain(&dealings.open).collect();
    for agreement in &shown {
        print_agreement(agreement);
        output::line("");
    }
    if shown.is_empty() {
        output::line("No agreement is in force or proposed.");
        output::line("");
    }
    let rows: Vec<[String; 5]> = dealings
        .events
        .iter()
        .map(|event| {
            let digest: String = event.digest.chars().take(8).collect();
            let version = format!("{} {digest}", event.version);
            [event.at.rfc3339(), event.what.clone(), version, event.actor.clone(), event.note.clone()]
        })
        .collect();
    output::table(["WHEN", "WHAT", "VERSION", "WHO", "NOTE"], &rows);
}

/// Completes the typed beginning of a proposal's digest.
fn whole_digest(dealings: &AgreementHistory, typed: &str) -> anyhow::Result<String> {
    let open = dealings.open.as_ref().filter(|open| !open.by_us);
    let Some(open) = open else { bail!("there is no proposal of {}", dealings.domain) };
    if typed.len() < 8 || !open.digest.starts_with(&typed.to_ascii_lowercase()) {
        bail!("the proposal of {} has the digest {}; read it again", dealings.domain, open.digest);
    }
    Ok(open.digest.clone())
}

pub(super) async fn run(context: &CliContext, command: AgreementCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let by = Moderator::console();
    let (agreement, said) = match command {
        AgreementCommand::List => {
            let all = agreements::list(&instance, &by).await?;
            if context.json() {
                return output::json(&all.iter().map(data).collect::<Vec<_>>());
            }
            let rows: Vec<[String; 5]> = all
                .iter()
                .map(|agreement| {
                    [
                        agreement.domain.clone(),
                        agreement.state.to_string(),
                        agreement.text.version.to_string(),
                        agreement.text.ends_at().map(|ends| ends.date()).unwrap_or_default(),
                        agreement.digest.chars().take(16).collect(),
                    ]
                })
                .collect();
            output::table(["DOMAIN", "STATE", "VERSION", "ENDS", "DIGEST"], &rows);
            return Ok(());
        }
        AgreementCommand::Show { domain } => {
            let dealings = agreements::show(&instance, &by, &domain).await?;
            if context.json() {
                return output::json(&json!({
                    "domain": dealings.domain,
                    "tier": dealings.standing.tier.as_str(),
                    "current": dealings.current.as_ref().map(data),
                    "open": dealings.open.as_ref().map(data),
                    "texts": dealings.texts.iter().map(data).collect::<Vec<_>>(),
                    "events": dealings.events.iter().map(event).collect::<Vec<_>>(),
                }));
            }
            show(&dealings);
            return Ok(());
        }
        AgreementCommand::Propose(arguments) => {
            let (domain, draft) = arguments.read()?;
            (
                agreements::propose(&instance, &by, &domain, draft).await?,
                "is proposed; nothing changes until the partner accepts",
            )
        }
        AgreementCommand::Set(arguments) => {
            let (domain, draft) = arguments.read()?;
            (agreements::set(&instance, &by, &domain, draft).await?, "is set")
        }
        AgreementCommand::Accept { domain, digest } => {
            let dealings = agreements::show(&instance, &by, &domain).await?;
            let digest = whole_digest(&dealings, &digest)?;
            (agreements::accept(&instance, &by, &domain, &digest).await?, "is accepted")
        }
        AgreementCommand::Reject { domain, note } => {
            (agreements::reject(&instance, &by, &domain, &note).await?, "is rejected")
        }
        AgreementCommand::End { domain, note } => {
            (agreements::end(&instance, &by, &domain, &note).await?, "is ended")
        }
        AgreementCommand::Stop { domain, note } => {
            (agreements::stop(&instance, &by, &domain, &note).await?, "is stopped")
        }
    };
    if context.json() {
        return output::json(&data(&agreement));
    }
    let (version, digest) = (agreement.text.version, &agreement.digest);
    output::message(format!("version {version} with {} ({digest}) {said}", agreement.domain));
    Ok(())
}
