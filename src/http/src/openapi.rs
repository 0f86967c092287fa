//! How the shared extractors and problems appear in an OpenAPI document.

use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, QueryStyle, ReferenceOr,
    RequestBody, Response, SchemaObject,
};
use aide::{OperationInput, OperationOutput};
use schemars::{JsonSchema, Schema, json_schema};

use crate::paging::{Offset, Paging};
use crate::params::Files;
use crate::{CurrentInstance, Params, Path, Problem};

/// The content types that carry parameters; every write accepts each of them.
pub const BODIES: [&str; 3] =
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed, or a parameter is missing",
        401 => "The access token is missing, unknown or revoked",
        403 => "The caller is not allowed to do this",
        404 => "The record does not exist, or the caller may not see it",
        409 => "The request conflicts with the current state",
        410 => "The record has been deleted",
        413 => "The request is too large",
        415 => "The body is neither JSON nor a form",
        422 => "Validation failed",
        429 => "Too many requests",
        _ => "A remote host or a backend is unavailable",
    }
}

/// The body of an error response.
#[derive(JsonSchema)]
#[schemars(rename = "Error")]
#[expect(dead_code, reason = "only its schema is used; the answer itself is a Problem")]
pub struct ErrorResponse {
    /// The error message, or an OAuth error code.
    error: String,
    /// A description for the developer; OAuth only.
    #[serde(default)]
    error_description: Option<String>,
}

/// The error responses for these statuses.
pub fn problems(ctx: &mut GenContext, statuses: &[u16]) -> Vec<(Option<u16>, Response)> {
    let json_schema = ctx.schema.subschema_for::<ErrorResponse>();
    let problem = |status: &u16| {
        let schema = SchemaObject { json_schema: json_schema.clone(), example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let response = Response {
            description: meaning(*status).to_owned(),
            content: [("application/json".to_owned(), media)].into_iter().collect(),
            ..Response::default()
        };
        (Some(*status), response)
    };
    statuses.iter().map(problem).collect()
}

impl OperationInput for CurrentInstance {}

impl<T: JsonSchema> OperationInput for Params<T> {
    /// Describes the parameters as a body; the API turns them into query parameters where a method has
    /// no body.
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<T>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = BODIES.iter().map(|kind| ((*kind).to_owned(), media.clone())).collect();
        let body = RequestBody { content, ..RequestBody::default() };
        operation.request_body = Some(ReferenceOr::Item(body));
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[400, 413, 415, 422, 429])
    }
}

impl OperationInput for Files {
    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[400, 413, 415, 422, 429])
    }
}

impl<T> OperationInput for Path<T> {
    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[404, 429])
    }
}

impl<const DEFAULT: i64, const MAX: i64> OperationInput for Paging<DEFAULT, MAX> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        for (name, what) in [
            ("max_id", "Return only items older than this id"),
            ("since_id", "Return only items newer than this id, starting with the newest"),
            ("min_id", "Return only items immediately newer than this id"),
        ] {
            operation.parameters.push(query(name, what, &id(), false));
        }
        operation.parameters.push(query("limit", "Maximum number of items", &limit(DEFAULT, MAX), false));
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[400, 429])
    }
}

impl<const DEFAULT: i64, const MAX: i64> OperationInput for Offset<DEFAULT, MAX> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let count = json_schema!({ "type": "integer", "minimum": 0, "default": 0 });
        operation.parameters.push(query("offset", "Number of items to skip", &count, false));
        operation.parameters.push(query("limit", "Maximum number of items", &limit(DEFAULT, MAX), false));
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[400, 429])
    }
}

fn id() -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9]{1,18}$" })
}

fn limit(default: i64, max: i64) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": max, "default": default })
}

impl OperationOutput for Problem {
    type Inner = ();

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        problems(ctx, &[400, 403, 404, 409, 410, 422, 429, 503])
    }
}

/// Describes a parameter of any kind.
pub fn data(name: &str, what: Option<String>, schema: &Schema, required: bool) -> ParameterData {
    ParameterData {
        name: name.to_owned(),
        description: what,
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema: schema.clone(),
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: [].into_iter().collect(),
        explode: None,
        extensions: [].into_iter().collect(),
    }
}

/// Describes a query parameter.
pub fn query(name: &str, what: &str, schema: &Schema, required: bool) -> ReferenceOr<Parameter> {
    let what = Some(what.to_owned()).filter(|what| !what.is_empty());
    ReferenceOr::Item(Parameter::Query {
        parameter_data: data(name, what, schema, required),
        allow_reserved: false,
        style: QueryStyle::Form,
        allow_empty_value: None,
    })
}
