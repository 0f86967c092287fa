//! The view of the compose form: fields, choices and uploads, ready to render.

use portico_domain::model::media::{Media, MediaKind};
use portico_domain::model::poll::{MAX_OPTION, MAX_OPTIONS};
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, DraftId, MediaId, StatusId};
use portico_http::CurrentInstance;
use portico_media::FORMATS;
use portico_service::publishing::media::{MAX_ATTACHMENTS, MAX_DESCRIPTION, MAX_VIDEO_SIZE};
use portico_service::publishing::statuses::{self, ReachOptions};
use portico_service::publishing::{delegates, must_reads};

use crate::ErrorPage;
use crate::compose::compose_form::ComposeForm;
use crate::extract::SignedIn;
use crate::forms::Choice;
use crate::labels;

/// Durations of a poll to choose from: seconds, and label.
const SPANS: [(i64, &str); 8] = [
    (300, "5 minutes"),
    (1800, "30 minutes"),
    (3600, "1 hour"),
    (6 * 3600, "6 hours"),
    (12 * 3600, "12 hours"),
    (24 * 3600, "1 day"),
    (3 * 24 * 3600, "3 days"),
    (7 * 24 * 3600, "7 days"),
];

/// An uploaded file.
pub(crate) struct UploadView {
    pub id: MediaId,
    /// Path of its preview image.
    pub preview: Option<String>,
    /// `Picture`, `Video`, `Audio` or `File`.
    pub label: &'static str,
    /// Description (alt text), as typed.
    pub words: String,
    /// Maximum length of the description, in characters.
    pub most: usize,
}

impl UploadView {
    pub(crate) fn from_media(media: &Media, words: String) -> Self {
        Self {
            id: media.id,
            preview: media.preview_key.as_ref().map(|key| format!("/media/{key}")),
            label: match media.facts.kind {
                MediaKind::Image => "Picture",
                MediaKind::Gifv | MediaKind::Video => "Video",
                MediaKind::Audio => "Audio",
                MediaKind::Unknown => "File",
            },
            words,
            most: MAX_DESCRIPTION,
        }
    }
}

/// The form of a post.
pub(crate) struct ComposeView {
    /// Suffix that makes the ids of its fields unique on the page.
    pub id: String,
    pub key: String,
    pub text: String,
    pub warning: String,
    pub sensitive: bool,
    pub reply: Option<StatusId>,
    pub quote: Option<StatusId>,
    pub stored: Option<DraftId>,
    pub group: Option<AccountId>,
    pub reaches: Vec<Choice>,
    pub circles: Vec<Choice>,
    pub options: Vec<String>,
    pub longest_option: usize,
    pub multiple: bool,
    pub hide_totals: bool,
    pub spans: Vec<Choice>,
    pub at: String,
    pub uploads: Vec<UploadView>,
    pub most_uploads: usize,
    pub most_bytes: u64,
    /// Accepted media types, as the `accept` attribute lists them.
    pub accepted: String,
    /// Whether its author may post must-read announcements.
    pub can_announce: bool,
    pub must_read: bool,
    pub acknowledge_by: String,
    pub department: String,
    pub praise: String,
    /// Accounts that it may be posted on behalf of.
    pub leaders: Vec<LeaderChoice>,
    pub problem: Option<String>,
}

/// An account that the signed-in user may post on behalf of.
pub(crate) struct LeaderChoice {
    pub id: AccountId,
    pub name: String,
    pub is_chosen: bool,
}

/// Lists the accounts that the signed-in user may post on behalf of.
pub(crate) async fn leaders(
    here: &CurrentInstance,
    who: &SignedIn,
    chosen: Option<AccountId>,
) -> Result<Vec<LeaderChoice>, ErrorPage> {
    let found = delegates::leaders(here, who.account.id).await?;
    let leader = found.iter().map(|view| LeaderChoice {
        id: view.account.id,
        name: view.account.name().to_owned(),
        is_chosen: chosen == Some(view.account.id),
    });
    Ok(leader.collect())
}

impl ComposeView {
    /// Builds the form with what is written so far.
    pub(crate) fn from_form(
        here: &CurrentInstance,
        who: &SignedIn,
        draft: &ComposeForm,
        offer: &ReachOptions,
    ) -> Self {
        let wanted = |limits: &&AudienceLimits| {
            let domain = limits.partner.as_ref().map(|partner| &partner.domain);
            draft.reach == Some(limits.reach) && draft.partner.as_ref() == domain
        };
        let chosen = offer.choices.iter().find(wanted).or(offer.usual.as_ref());
        let chosen = chosen.filter(|_| draft.circle.is_none() && !draft.to_addressed);
        let reaches = offer.choices.iter().map(|limits| Choice::for_audience(limits, chosen == Some(limits)));
        let circles = offer.circles.iter().map(|circle| Choice {
            value: format!("circle:{}", circle.id),
            label: labels::addressed(Some(&circle.title)),
            is_chosen: draft.circle == Some(circle.id),
        });
        let everybody = offer.addressed.map(|people| Choice {
            value: "addressed".to_owned(),
            label: format!("Everyone who got it ({people})"),
            is_chosen: draft.to_addressed,
        });
        let circle = draft.quotable.unwrap_or(who.user.default_quotable);
        let quotable = [
            (QuoteAudience::Public, "Everyone who sees it"),
            (QuoteAudience::Followers, "My followers"),
            (QuoteAudience::Nobody, "Only me"),
        ];
        let mut options = draft.options.clone();
        options.resize(MAX_OPTIONS, String::new());
        let accepted: Vec<&str> = FORMATS.iter().map(|format| format.mime).collect();
        Self {
            id: draft.reply.or(draft.quote).map_or_else(|| "new".to_owned(), |id| id.to_string()),
            key: draft.key.clone(),
            text: draft.text.clone(),
            warning: draft.warning.clone(),
            sensitive: draft.sensitive,
            reply: draft.reply,
            quote: draft.quote,
            stored: draft.stored,
            group: draft.group,
            reaches: everybody.into_iter().chain(circles).chain(reaches).collect(),
            circles: quotable
                .map(|(value, label)| (value.as_str(), label, circle == value))
                .map(choice)
                .into(),
            options,
            longest_option: MAX_OPTION,
            multiple: draft.multiple,
            hide_totals: draft.hide_totals,
            spans: SPANS.map(|(value, label)| (value, label, draft.span == value)).map(choice).into(),
            at: draft.at.clone(),
            uploads: Vec::new(),
            most_uploads: MAX_ATTACHMENTS,
            most_bytes: MAX_VIDEO_SIZE,
            accepted: accepted.join(","),
            can_announce: draft.reply.is_none()
                && must_reads::may_announce(here, who.user.role, &who.account.username),
            must_read: draft.must_read,
            acknowledge_by: draft.acknowledge_by.clone(),
            department: draft.department.clone(),
            praise: draft.praise.clone(),
            leaders: Vec::new(),
            problem: draft.problem.clone(),
        }
    }

    /// Builds the form of a reply to a post.
    pub(crate) async fn answer(
        here: &CurrentInstance,
        who: &SignedIn,
        view: &StatusView,
    ) -> Result<Self, ErrorPage> {
        let draft = ComposeForm { reply: Some(view.status.id), ..ComposeForm::new(here) };
        let offer = statuses::list_reach_options(here, &who.user, Some(view.status.id), None).await?;
        let mut form = Self::from_form(here, who, &draft, &offer);
        form.address(view, who);
        Ok(form)
    }

    /// Fills in the mentions of a reply: the author of the post, and everyone it mentions.
    pub(crate) fn address(&mut self, view: &StatusView, who: &SignedIn) {
        let author = view.account.acct();
        let named = view.mentions.iter().map(|mention| (mention.account_id, mention.acct.clone()));
        let mut handles: Vec<String> = Vec::new();
        for (id, acct) in std::iter::once((view.account.id, author)).chain(named) {
            let handle = format!("@{acct} ");
            if id != who.account.id && !handles.contains(&handle) {
                handles.push(handle);
            }
        }
        self.text = handles.concat();
    }

    /// Returns the numbers of the file fields that are still free.
    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        self.uploads.len()..self.most_uploads
    }

    /// Whether any poll option is filled in.
    pub(crate) fn has_poll(&self) -> bool {
        self.options.iter().any(|option| !option.is_empty())
    }

    /// Whether any of the fields in the folded section is filled in.
    pub(crate) fn has_more(&self) -> bool {
        !self.warning.is_empty()
            || self.sensitive
            || !self.at.is_empty()
            || self.must_read
            || !self.praise.is_empty()
    }
}

fn choice<T: ToString>((value, label, is_chosen): (T, &'static str, bool)) -> Choice {
    Choice { value: value.to_string(), label: label.to_owned(), is_chosen }
}
