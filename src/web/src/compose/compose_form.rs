//! The compose form's data: parsed from the multipart form, then posted, saved as a draft or shown again.

use axum::extract::Request;
use axum::extract::multipart::{Field, Multipart};
use tempfile::NamedTempFile;

use portico_domain::model::poll::MAX_OPTIONS;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::{AccountId, CircleId, DraftId, MediaId, Reach, StatusId};
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_http::upload::{fault, spool, text};
use portico_http::{ApiResult, CurrentInstance, Problem};
use portico_service::RequestedReach;
use portico_service::publishing::PostAuthor;
use portico_service::publishing::drafts::DraftView;
use portico_service::publishing::media::{MAX_ATTACHMENTS, MAX_IMAGE_SIZE, MAX_VIDEO_SIZE};
use portico_service::publishing::polls::NewPoll;

use crate::extract::SignedIn;
use crate::labels;
use crate::{ErrorPage, forms};

/// Maximum size of one text field, in bytes.
const MAX_TEXT: usize = 512 * 1024;
/// Maximum number of parts in the form.
const MAX_PARTS: usize = 64;
/// Maximum size of the form, in bytes: a video or images, plus the texts.
pub(crate) const MAX_FORM: u64 = MAX_VIDEO_SIZE + 3 * MAX_IMAGE_SIZE + 1024 * 1024;
/// Default duration of a poll, in seconds.
const USUAL_SPAN: i64 = 24 * 3600;

/// The action of the button that was pressed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum ComposeAction {
    /// Publish or schedule the post.
    #[default]
    Post,
    /// Upload the chosen files and show the form again.
    Attach,
    /// Show a preview of the recipients, and the form again.
    Preview,
    /// Save it as a draft.
    SaveDraft,
    /// Remove an upload.
    RemoveUpload(MediaId),
}

/// A file that was uploaded before, and its description.
#[derive(Debug)]
pub(crate) struct StoredUpload {
    pub id: MediaId,
    pub words: String,
}

/// A file sent with this form, and its description.
#[derive(Debug)]
pub(crate) struct NewUpload {
    file: Option<NamedTempFile>,
    words: String,
}

/// The contents of the compose form.
#[derive(Debug)]
pub(crate) struct ComposeForm {
    pub text: String,
    pub warning: String,
    pub sensitive: bool,
    pub reach: Option<Reach>,
    /// Domain of the one partner that it is addressed to.
    pub partner: Option<String>,
    /// The circle that it is addressed to.
    pub circle: Option<CircleId>,
    /// Whether a reply is addressed to everyone the parent was addressed to.
    pub to_addressed: bool,
    pub quotable: Option<QuoteAudience>,
    pub reply: Option<StatusId>,
    pub quote: Option<StatusId>,
    /// The saved draft that this continues.
    pub stored: Option<DraftId>,
    /// The group to post to.
    pub group: Option<AccountId>,
    pub options: Vec<String>,
    pub multiple: bool,
    pub hide_totals: bool,
    /// Duration of the poll, in seconds.
    pub span: i64,
    /// Time to post at, as a `datetime-local` field writes it; empty to post now.
    pub at: String,
    /// Whether it must be read; the date and the department are optional.
    pub must_read: bool,
    pub acknowledge_by: String,
    pub department: String,
    /// Handles of the people it praises, as typed.
    pub praise: String,
    /// The account that it is posted on behalf of.
    pub leader: Option<AccountId>,
    /// Idempotency key, so that pressing the button twice posts once.
    pub key: String,
    pub kept: Vec<StoredUpload>,
    pub fresh: Vec<NewUpload>,
    pub wish: ComposeAction,
    /// Error message to show with the form.
    pub problem: Option<String>,
}

impl ComposeForm {
    /// Returns the author of the post: the user, or the leader in whose name the user posts.
    pub(crate) fn author<'a>(&self, who: &'a SignedIn) -> PostAuthor<'a> {
        PostAuthor::on_behalf_of(&who.account, self.leader)
    }

    /// Creates an empty form with a fresh idempotency key.
    pub(crate) fn new(here: &CurrentInstance) -> Self {
        Self {
            text: String::new(),
            warning: String::new(),
            sensitive: false,
            reach: None,
            partner: None,
            circle: None,
            to_addressed: false,
            quotable: None,
            reply: None,
            quote: None,
            stored: None,
            group: None,
            options: Vec::new(),
            multiple: false,
            hide_totals: false,
            span: USUAL_SPAN,
            at: String::new(),
            must_read: false,
            acknowledge_by: String::new(),
            department: String::new(),
            praise: String::new(),
            leader: None,
            key: here.rng.secret(),
            kept: Vec::new(),
            fresh: Vec::new(),
            wish: ComposeAction::Post,
            problem: None,
        }
    }

    /// Restores a saved draft. A visibility of `public` or `unlisted` must be chosen again, as a reach.
    pub(crate) fn from_draft(here: &CurrentInstance, view: &DraftView) -> Self {
        let new = view.new.clone();
        let poll = new.poll.unwrap_or_default();
        let words =
            |media: &portico_domain::model::media::Media| media.description.clone().unwrap_or_default();
        Self {
            text: new.text,
            warning: new.spoiler_text,
            sensitive: new.sensitive,
            reach: match new.asked {
                Some(RequestedReach::Reach(reach)) => Some(reach),
                Some(RequestedReach::LocalOnly) => Some(Reach::Instance),
                Some(RequestedReach::Private) => Some(Reach::Followers),
                Some(RequestedReach::Direct) => Some(Reach::Direct),
                Some(RequestedReach::Public | RequestedReach::Unlisted) | None => None,
            },
            partner: new.partner,
            circle: new.circle,
            to_addressed: new.to_addressed,
            group: new.group,
            quotable: new.quotable,
            reply: new.in_reply_to,
            quote: new.quoted,
            stored: Some(view.draft.id),
            options: poll.options,
            multiple: poll.multiple,
            hide_totals: poll.hide_totals,
            span: poll.expires_in.unwrap_or(USUAL_SPAN),
            kept: view
                .draft
                .media
                .iter()
                .map(|media| StoredUpload { id: media.id, words: words(media) })
                .collect(),
            ..Self::new(here)
        }
    }

    /// Parses the form. Errors of a file go into `problem`, so that the texts are not lost.
    pub(crate) async fn read(
        here: &CurrentInstance,
        who: &SignedIn,
        limits: &Limits,
        request: Request,
    ) -> Result<Self, ErrorPage> {
        let mut parts = forms::parts(request, here, MAX_FORM).await?;
        let mut draft = Self { key: String::new(), ..Self::new(here) };
        let mut left = MAX_PARTS;
        loop {
            match draft.take_next(here, who, limits, &mut parts).await {
                Ok(true) => {}
                Ok(false) => break,
                // The rest of this part is skipped. A truncated body ends the loop.
                Err(problem) if problem.status() == 413 => {
                    draft.fault("A file is too large: pictures may have 16 MB, video and audio 99 MB.");
                }
                Err(problem) if problem.status() == 429 => draft.fault("Too many uploads: try again later."),
                Err(problem) => return Err(problem.into()),
            }
            left = left.checked_sub(1).ok_or_else(ErrorPage::too_large)?;
        }
        Ok(draft)
    }

    /// Records an error message. Only the first one is kept.
    pub(crate) fn fault(&mut self, sentence: impl Into<String>) {
        self.problem.get_or_insert_with(|| sentence.into());
    }

    /// Takes the files sent with the form, and their descriptions.
    pub(crate) fn take_files(&mut self) -> Vec<(NamedTempFile, String)> {
        let fresh = std::mem::take(&mut self.fresh).into_iter();
        fresh.filter_map(|fresh| Some((fresh.file?, fresh.words))).collect()
    }

    /// Returns the poll if any option is filled in.
    pub(crate) fn poll(&self) -> Option<NewPoll> {
        self.options.iter().any(|option| !option.trim().is_empty()).then(|| NewPoll {
            options: self.options.clone(),
            expires_in: Some(self.span),
            multiple: self.multiple,
            hide_totals: self.hide_totals,
        })
    }

    async fn take_next(
        &mut self,
        here: &CurrentInstance,
        who: &SignedIn,
        limits: &Limits,
        parts: &mut Multipart,
    ) -> ApiResult<bool> {
        let Some(part) = parts.next_field().await.map_err(|error| fault(&error, MAX_FORM))? else {
            return Ok(false);
        };
        match part.name().unwrap_or_default().to_owned().as_str() {
            "file" => self.take_file(here, who, limits, part).await?,
            name => match text(part, MAX_TEXT).await {
                Ok(value) => self.take_text(name, value),
                Err(problem) if problem.status() == 413 => self.fault("A text is too long."),
                Err(problem) => return Err(problem),
            },
        }
        Ok(true)
    }

    async fn take_file(
        &mut self,
        here: &CurrentInstance,
        who: &SignedIn,
        limits: &Limits,
        part: Field<'_>,
    ) -> ApiResult<()> {
        // A browser sends an empty part for a field without a file.
        self.fresh.push(NewUpload { file: None, words: String::new() });
        if part.file_name().is_none_or(str::is_empty) || self.fresh.len() > 2 * MAX_ATTACHMENTS {
            return Ok(());
        }
        let (subject, now) = (Subject::Caller(who.user.id.0), here.now());
        let verdict = limits.count(here.urls.domain(), RateLimit::MEDIA, subject, now);
        if !verdict.allowed {
            return Err(Problem::too_many(verdict.retry_after(now)));
        }
        let file = spool(here, part, MAX_VIDEO_SIZE).await?;
        if let Some(last) = self.fresh.last_mut() {
            last.file = Some(file);
        }
        Ok(())
    }

    fn take_text(&mut self, name: &str, value: String) {
        match name {
            "text" => self.text = value.replace("\r\n", "\n"),
            "warning" => self.warning = value,
            "sensitive" => self.sensitive = true,
            "reach" if value.starts_with("circle:") => {
                self.circle = value.strip_prefix("circle:").and_then(|id| id.parse().ok());
            }
            "reach" if value == "addressed" => self.to_addressed = true,
            "reach" => (self.reach, self.partner) = labels::read_limits(&value),
            "quotable" => self.quotable = QuoteAudience::choose(&value),
            "reply" => self.reply = value.parse().ok(),
            "quote" => self.quote = value.parse().ok(),
            "draft" => self.stored = value.parse().ok(),
            "group" => self.group = value.parse().ok(),
            "option" if self.options.len() < MAX_OPTIONS => self.options.push(value),
            "multiple" => self.multiple = true,
            "hide_totals" => self.hide_totals = true,
            "span" => self.span = value.parse().unwrap_or(USUAL_SPAN),
            "at" => self.at = value.chars().take(32).collect(),
            "must_read" => self.must_read = true,
            "acknowledge_by" => self.acknowledge_by = value.chars().take(32).collect(),
            "department" => self.department = value,
            "praise" => self.praise = value,
            "leader" => self.leader = value.parse().ok(),
            "key" => self.key = value,
            "media" if self.kept.len() < MAX_ATTACHMENTS => {
                self.kept.extend(value.parse().ok().map(|id| StoredUpload { id, words: String::new() }));
            }
            "words" => {
                if let Some(last) = self.kept.last_mut() {
                    last.words = value;
                }
            }
            "file_words" => {
                if let Some(last) = self.fresh.last_mut() {
                    last.words = value;
                }
            }
            "do" if value == "attach" => self.wish = ComposeAction::Attach,
            "do" if value == "foresee" => self.wish = ComposeAction::Preview,
            "do" if value == "keep" => self.wish = ComposeAction::SaveDraft,
            "remove" => self.wish = value.parse().map_or(ComposeAction::Attach, ComposeAction::RemoveUpload),
            _ => {}
        }
    }
}
