//! Questions to experts: finds people by what they know, and asks them. An extension of Portico.

use aide::axum::ApiRouter;
use axum::Json;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_http::routing::{Documented as _, post};
use portico_http::{ApiResult, CurrentInstance, Params};
use portico_service::publishing::questions::{self, QuestionInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/questions", post(ask))
        .endpoint("/api/portico/v1/questions/preview", post(preview))
}

/// A question.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct QuestionParams {
    /// The subject of the question: skills, projects, topics that an expert would have in the profile.
    about: String,
    /// The text of the question.
    status: String,
    /// The most people to ask: up to 20, default 5.
    limit: Option<u8>,
}

impl QuestionParams {
    fn question(self) -> QuestionInput {
        QuestionInput {
            about: self.about,
            text: self.status,
            limit: self.limit.map(usize::from),
            ..QuestionInput::default()
        }
    }
}

/// Lists who would be asked, without asking.
async fn preview(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Params(form): Params<QuestionParams>,
) -> ApiResult<Json<Vec<entities::AskedPerson>>> {
    let found = questions::preview(&here, &me, &form.question()).await?;
    Ok(Json(entities::AskedPerson::render_all(&found, &here.urls)))
}

/// Posts the question to exactly the people found. Answers arrive as replies.
async fn ask(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    headers: HeaderMap,
    Params(form): Params<QuestionParams>,
) -> ApiResult<Json<entities::Question>> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let question = QuestionInput {
        app: me.token().app_id,
        idempotency_key: key.filter(|key| !key.is_empty()).map(str::to_owned),
        ..form.question()
    };
    let (view, asked) = questions::ask(&here, &me, question).await?;
    Ok(Json(entities::Question::render(&view, &asked, &here.urls)))
}
