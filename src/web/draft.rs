//! What somebody is writing, as the form of posts sends it.

use axum::extract::Request;
use axum::extract::multipart::{Field, Multipart};
use tempfile::NamedTempFile;

use crate::http::limits::{Limits, Rule, Subject};
use crate::http::upload::{fault, spool, text};
use crate::http::{Answer, Here, Problem};
use crate::model::poll::MAX_OPTIONS;
use crate::model::quote::Circle;
use crate::model::{MediaId, Reach, StatusId};
use crate::service::media::{MAX_ATTACHMENTS, MAX_IMAGE_SIZE, MAX_VIDEO_SIZE};
use crate::service::polls::NewPoll;
use crate::service::sessions::SignedIn;

use super::{ErrorPage, forms};

/// Most bytes of one text of the form.
const MAX_TEXT: usize = 512 * 1024;
/// Most parts of the form.
const MAX_PARTS: usize = 64;
/// Most bytes of the form: a film, or pictures, and the texts.
pub(super) const MAX_FORM: u64 = MAX_VIDEO_SIZE + 3 * MAX_IMAGE_SIZE + 1024 * 1024;
/// How long a poll is open if nothing is said, in seconds.
const USUAL_SPAN: i64 = 24 * 3600;

/// What the button that was pressed is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    /// To post.
    #[default]
    Post,
    /// To take in the chosen files, and go on writing.
    Attach,
    /// To take an upload off again.
    Remove(MediaId),
}

/// An upload that is already here, and its description.
#[derive(Debug)]
pub(super) struct Kept {
    pub id: MediaId,
    pub words: String,
}

/// A file that came with the form, and its description.
#[derive(Debug)]
pub(super) struct Fresh {
    file: Option<NamedTempFile>,
    words: String,
}

/// What somebody is writing.
#[derive(Debug)]
pub(super) struct Draft {
    pub text: String,
    pub warning: String,
    pub sensitive: bool,
    pub reach: Option<Reach>,
    pub quotable: Option<Circle>,
    pub reply: Option<StatusId>,
    pub quote: Option<StatusId>,
    pub options: Vec<String>,
    pub multiple: bool,
    pub hide_totals: bool,
    /// How long the poll is open, in seconds.
    pub span: i64,
    /// When to post it, as the browser writes it; empty for now.
    pub at: String,
    /// Makes pressing the button twice post once.
    pub key: String,
    pub kept: Vec<Kept>,
    pub fresh: Vec<Fresh>,
    pub wish: Wish,
    /// What is wrong with it, in one sentence.
    pub problem: Option<String>,
}

impl Draft {
    /// An empty page.
    pub(super) fn new(here: &Here) -> Self {
        Self {
            text: String::new(),
            warning: String::new(),
            sensitive: false,
            reach: None,
            quotable: None,
            reply: None,
            quote: None,
            options: Vec::new(),
            multiple: false,
            hide_totals: false,
            span: USUAL_SPAN,
            at: String::new(),
            key: here.rng.secret(),
            kept: Vec::new(),
            fresh: Vec::new(),
            wish: Wish::Post,
            problem: None,
        }
    }

    /// Reads the form. What is wrong with a file is told in `problem`, so that the texts are not lost.
    pub(super) async fn read(
        here: &Here,
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
                // The rest of the part is passed over; what is cut off altogether ends here.
                Err(problem) if problem.status() == 413 => {
                    draft.fault("A file is too large: pictures may have 16 MB, films and sounds 99 MB.");
                }
                Err(problem) if problem.status() == 429 => draft.fault("Too many uploads: try again later."),
                Err(problem) => return Err(problem.into()),
            }
            left = left.checked_sub(1).ok_or_else(ErrorPage::too_large)?;
        }
        Ok(draft)
    }

    /// Notes what is wrong; the first fault is the one that is told.
    pub(super) fn fault(&mut self, sentence: impl Into<String>) {
        self.problem.get_or_insert_with(|| sentence.into());
    }

    /// The files that came with the form, and their descriptions.
    pub(super) fn take_files(&mut self) -> Vec<(NamedTempFile, String)> {
        let fresh = std::mem::take(&mut self.fresh).into_iter();
        fresh.filter_map(|fresh| Some((fresh.file?, fresh.words))).collect()
    }

    /// The poll, if any option was written.
    pub(super) fn poll(&self) -> Option<NewPoll> {
        self.options.iter().any(|option| !option.trim().is_empty()).then(|| NewPoll {
            options: self.options.clone(),
            expires_in: Some(self.span),
            multiple: self.multiple,
            hide_totals: self.hide_totals,
        })
    }

    async fn take_next(
        &mut self,
        here: &Here,
        who: &SignedIn,
        limits: &Limits,
        parts: &mut Multipart,
    ) -> Answer<bool> {
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
        here: &Here,
        who: &SignedIn,
        limits: &Limits,
        part: Field<'_>,
    ) -> Answer<()> {
        // A browser sends an empty part for a field without a file.
        self.fresh.push(Fresh { file: None, words: String::new() });
        if part.file_name().is_none_or(str::is_empty) || self.fresh.len() > 2 * MAX_ATTACHMENTS {
            return Ok(());
        }
        let (subject, now) = (Subject::Caller(who.user.id.0), here.now());
        let verdict = limits.count(here.urls.domain(), Rule::MEDIA, subject, now);
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
            "reach" => self.reach = value.parse().ok(),
            "quotable" => self.quotable = Circle::choose(&value),
            "reply" => self.reply = value.parse().ok(),
            "quote" => self.quote = value.parse().ok(),
            "option" if self.options.len() < MAX_OPTIONS => self.options.push(value),
            "multiple" => self.multiple = true,
            "hide_totals" => self.hide_totals = true,
            "span" => self.span = value.parse().unwrap_or(USUAL_SPAN),
            "at" => self.at = value.chars().take(32).collect(),
            "key" => self.key = value,
            "media" if self.kept.len() < MAX_ATTACHMENTS => {
                self.kept.extend(value.parse().ok().map(|id| Kept { id, words: String::new() }));
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
            "do" if value == "attach" => self.wish = Wish::Attach,
            "remove" => self.wish = value.parse().map_or(Wish::Attach, Wish::Remove),
            _ => {}
        }
    }
}
