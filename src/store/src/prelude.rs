//! The traits and types for queries: diesel's prelude with [`RunQuery`] in place of its `RunQueryDsl`.

pub(crate) use diesel::associations::Identifiable;
pub(crate) use diesel::expression_methods::*;
pub(crate) use diesel::prelude::{
    AsChangeset, Connection, ConnectionError, Insertable, IntoSql as _, JoinOnDsl as _,
    OptionalExtension as _, PgConnection, QueryDsl as _, QueryResult, Queryable, QueryableByName, Selectable,
    SelectableHelper as _, SqliteConnection,
};

pub(crate) use crate::run_query::RunQuery;
