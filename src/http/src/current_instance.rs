//! An extractor for the instance that a request is for.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::problem::Problem;
use portico_service::instance::Instance;

/// The instance whose domain the request's Host header names. The fleet adds it to the request; extracting it
/// outside a fleet fails with 500.
#[derive(Debug, Clone)]
pub struct CurrentInstance(pub Arc<Instance>);

impl Deref for CurrentInstance {
    type Target = Instance;
    fn deref(&self) -> &Instance {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentInstance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let found = parts.extensions.get::<Arc<Instance>>().cloned();
        found.map(Self).ok_or_else(|| Problem::internal(&"the request carries no instance"))
    }
}
