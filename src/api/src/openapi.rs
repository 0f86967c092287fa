//! Generates the OpenAPI document from the handlers' extractors and response types.
//!
//! Routes are added with `endpoint` or `api_route`, so that none can be forgotten; the schemas come from the very types
//! that are parsed and rendered. The paths and methods supply the rest afterwards: the names of path segments, and
//! the places where parameters may stand.

use aide::axum::ApiRouter;
use aide::generate::GenContext;
use aide::openapi::{
    Components, Info, License, OpenApi, Operation, Parameter, PathStyle, ReferenceOr, Response,
    SecurityScheme, StatusCode,
};
use aide::{OperationInput, OperationOutput};
use axum::Router;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value};

use super::auth::{AnyToken, CurrentUser, OptionalUser, RateLimitCounters, RequestViewer};
use super::pages::Paged;
use super::scope::RequiredScope;
use portico_domain::model::oauth::ALL_SCOPES;
use portico_http::openapi::{ErrorResponse, data, problems, query};

/// The name of the security scheme for access tokens.
const TOKEN: &str = "token";

/// Generates the document for these routes.
pub fn document(routes: ApiRouter) -> OpenApi {
    let mut api = OpenApi {
        info: Info {
            title: "Portico".to_owned(),
            summary: Some("The Mastodon client API, and what Portico adds to it".to_owned()),
            description: Some(
                "Parameters may stand in the query, in a form, in a multipart body or in a JSON body. \
                 A record that the caller may not see answers 404, like one that does not exist."
                    .to_owned(),
            ),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            license: Some(License {
                name: "AGPL-3.0-only".to_owned(),
                identifier: Some("AGPL-3.0-only".to_owned()),
                ..License::default()
            }),
            ..Info::default()
        },
        ..OpenApi::default()
    };
    aide::generate::in_context(|ctx| {
        ctx.schema.subschema_for::<ErrorResponse>();
    });
    let _: Router = routes.finish_api(&mut api);
    complete(&mut api);
    api
}

impl OperationInput for RequestViewer {}

impl OperationInput for RateLimitCounters {
    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[429])
    }
}

fn needs(operation: &mut Operation, scopes: &[&str], optional: bool) {
    if optional {
        operation.security.push([].into_iter().collect());
    }
    let one_of = scopes.iter().map(|scope| (*scope).to_owned());
    // Any of the scopes is enough, so each is a separate alternative.
    for scope in one_of {
        operation.security.push([(TOKEN.to_owned(), vec![scope])].into_iter().collect());
    }
}

impl<S: RequiredScope> OperationInput for CurrentUser<S> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        needs(operation, S::ANY_OF, false);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[401, 403, 422, 429])
    }
}

impl<S: RequiredScope> OperationInput for OptionalUser<S> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        needs(operation, S::ANY_OF, true);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[401, 403, 422, 429])
    }
}

impl OperationInput for AnyToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security.push([(TOKEN.to_owned(), Vec::new())].into_iter().collect());
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[401, 403, 429])
    }
}

impl<T: JsonSchema> OperationOutput for Paged<T> {
    type Inner = Vec<T>;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Response> {
        <axum::Json<Vec<T>>>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        <axum::Json<Vec<T>>>::inferred_responses(ctx, operation)
    }
}

/// Adds the facts that the types do not contain: path segments, places of parameters.
fn complete(api: &mut OpenApi) {
    let components = api.components.get_or_insert_with(Components::default);
    let scheme = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some(format!("An OAuth access token. Scopes: {}", ALL_SCOPES.join(", "))),
        extensions: [].into_iter().collect(),
    };
    components.security_schemes.insert(TOKEN.to_owned(), ReferenceOr::Item(scheme));
    let schemas: Vec<(String, Schema)> =
        components.schemas.iter().map(|(name, known)| (name.clone(), known.json_schema.clone())).collect();
    let Some(paths) = &mut api.paths else { return };
    for (path, item) in &mut paths.paths {
        let ReferenceOr::Item(item) = item else { continue };
        let methods = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            name(operation, method, path);
            if method == "get" || method == "delete" {
                into_query(operation, &schemas);
            }
        }
    }
}

/// Sets the id, the tag and the path parameters of an operation.
fn name(operation: &mut Operation, method: &str, path: &str) {
    let words: Vec<&str> =
        path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty() && *word != "api").collect();
    operation.operation_id = Some(format!("{method}_{}", words.join("_")));
    let area = words.iter().find(|word| !matches!(**word, "v1" | "v2" | "v1_alpha")).copied();
    operation.tags = area.map(str::to_owned).into_iter().collect();
    let segments = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    for segment in segments {
        let schema = json_schema!({ "type": "string", "minLength": 1 });
        operation.parameters.push(ReferenceOr::Item(Parameter::Path {
            parameter_data: data(segment.trim_start_matches('*'), None, &schema, true),
            style: PathStyle::Simple,
        }));
    }
    // Responses that any operation may give: the rate limit was exceeded, or the server is unavailable.
    for (status, what) in [(429, "Too many requests"), (503, "The server is busy or unavailable")] {
        let responses = operation.responses.get_or_insert_with(Default::default);
        let other = Response { description: what.to_owned(), ..Response::default() };
        responses.responses.entry(StatusCode::Code(status)).or_insert(ReferenceOr::Item(other));
    }
}

/// Turns a described body into query parameters.
fn into_query(operation: &mut Operation, schemas: &[(String, Schema)]) {
    let Some(ReferenceOr::Item(body)) = operation.request_body.take() else { return };
    let described = body.content.values().next().and_then(|media| media.schema.as_ref());
    let Some(described) = described.and_then(|schema| resolve(&schema.json_schema, schemas)) else { return };
    let required: Vec<&str> = described
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let empty = Map::new();
    let properties = described.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    for (name, property) in properties {
        let Ok(schema) = Schema::try_from(property.clone()) else { continue };
        let what = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let list = property.get("type").and_then(Value::as_str) == Some("array");
        let parameter = if list { format!("{name}[]") } else { name.clone() };
        operation.parameters.push(query(&parameter, what, &schema, required.contains(&name.as_str())));
    }
}

fn resolve<'a>(schema: &'a Schema, schemas: &'a [(String, Schema)]) -> Option<&'a Schema> {
    let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
    let wanted = reference.strip_prefix("#/components/schemas/")?;
    schemas.iter().find(|(name, _)| name == wanted).map(|(_, schema)| schema)
}

#[cfg(test)]
mod tests {
    use portico_http::openapi::BODIES;

    use super::*;

    fn rendered_document() -> Value {
        serde_json::to_value(document(crate::documented())).unwrap()
    }

    #[test]
    fn parameters_stand_where_the_method_takes_them() {
        let shown = rendered_document();
        let home = &shown["paths"]["/api/v1/timelines/home"]["get"];
        let names: Vec<&str> =
            home["parameters"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["max_id", "since_id", "min_id", "limit"]);
        assert_eq!(home["security"][0]["token"][0], "read:statuses");
        let post = &shown["paths"]["/api/v1/statuses"]["post"];
        for kind in BODIES {
            assert!(post["requestBody"]["content"][kind]["schema"].is_object(), "{kind}");
        }
        let many = &shown["paths"]["/api/v1/statuses"]["get"];
        assert!(many["requestBody"].is_null());
        assert_eq!(many["parameters"][0]["name"], "id[]");
        let one = &shown["paths"]["/api/v1/statuses/{id}"]["get"];
        assert_eq!(one["parameters"][0]["in"], "path");
    }

    #[test]
    fn every_operation_says_what_it_answers_and_is_named_once() {
        let shown = rendered_document();
        let mut names = std::collections::BTreeSet::new();
        for (path, item) in shown["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["responses"].as_object().is_some_and(|all| !all.is_empty()), "{path}");
                let name = operation["operationId"].as_str().unwrap().to_owned();
                assert!(names.insert(name), "{method} {path} has the id of another operation");
            }
        }
        assert!(names.len() > 80, "{}", names.len());
    }
}
