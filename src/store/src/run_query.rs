//! Runs queries with their types erased.
//!
//! diesel compiles preparing a statement, binding its values and stepping through its rows again for each type
//! of query, and once more for each database. With some 800 queries that was more than a third of this crate's machine
//! code. Here, only writing a query's SQL and building a row from a result depend on the query's type.
//!
//! The methods have the names and the meaning of diesel's `RunQueryDsl`, which `crate::prelude` therefore
//! leaves out.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{LoadConnection, TransactionManager as _};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::internal::derives::multiconnection::AstPassHelper as _;
use diesel::pg::PgConnection;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::query_dsl::methods::{ExecuteDsl, LimitDsl};
use diesel::result::Error;
use diesel::sql_types::Untyped;
use diesel::sqlite::SqliteConnection;

use crate::connection::{AnyConnection, Db, MultiBackend};

type SqlBuilder<C> = <<C as diesel::Connection>::Backend as Backend>::QueryBuilder;
type SqlTypeOf<Q, U, C> =
    <<Q as AsQuery>::SqlType as CompatibleType<U, <C as diesel::Connection>::Backend>>::SqlType;

/// A connection that runs queries without their types.
pub(crate) trait UntypedConnection: LoadConnection + 'static {
    /// Returns the builder and the dialect for the SQL of this connection.
    fn sql_writer(&self) -> (SqlBuilder<Self>, Self::Backend);
}

impl UntypedConnection for AnyConnection {
    fn sql_writer(&self) -> (SqlBuilder<Self>, Db) {
        type Builder = SqlBuilder<AnyConnection>;
        match self {
            Self::Postgres(_) => {
                (Builder::Postgres(Default::default()), MultiBackend::Postgres(Default::default()))
            }
            Self::Sqlite(_) => {
                (Builder::Sqlite(Default::default()), MultiBackend::Sqlite(Default::default()))
            }
        }
    }
}

impl UntypedConnection for PgConnection {
    fn sql_writer(&self) -> (SqlBuilder<Self>, Self::Backend) {
        Default::default()
    }
}

impl UntypedConnection for SqliteConnection {
    fn sql_writer(&self) -> (SqlBuilder<Self>, Self::Backend) {
        Default::default()
    }
}

/// The part of a query that depends on its type. `QueryFragment` itself is not used as the object type, because all
/// its methods would be compiled for each query.
trait Walk<DB: Backend> {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend, T: QueryFragment<DB>> Walk<DB> for T {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(pass)
    }
}

/// A query without its type.
struct UntypedQuery<'q, DB>(&'q dyn Walk<DB>);

impl<DB: Backend> QueryFragment<DB> for UntypedQuery<'_, DB> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk(pass)
    }
}

/// A query without its type, with its SQL. diesel asks for the SQL several times in each run.
struct WrittenQuery<'q, DB> {
    query: UntypedQuery<'q, DB>,
    sql: String,
    cacheable: bool,
}

impl<'q, DB: Backend> WrittenQuery<'q, DB> {
    fn new<C: UntypedConnection<Backend = DB>>(query: &'q dyn Walk<DB>, conn: &C) -> QueryResult<Self> {
        let (mut builder, backend) = conn.sql_writer();
        let query = UntypedQuery(query);
        query.to_sql(&mut builder, &backend)?;
        let cacheable = query.is_safe_to_cache_prepared(&backend)?;
        Ok(Self { query, sql: builder.finish(), cacheable })
    }
}

impl<DB: Backend> QueryFragment<DB> for WrittenQuery<'_, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if pass.bind_collector().is_some() || pass.debug_binds().is_some() {
            return self.query.walk_ast(pass);
        }
        if !self.cacheable {
            pass.unsafe_to_cache_prepared();
        }
        pass.push_sql(&self.sql);
        Ok(())
    }
}

// diesel caches prepared statements by their SQL where the type of the query does not say it all.
impl<DB> QueryId for WrittenQuery<'_, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> Query for WrittenQuery<'_, DB> {
    type SqlType = Untyped;
}

/// Hands each row to `take`, until it answers false.
fn for_each_row<C: UntypedConnection>(
    query: &dyn Walk<C::Backend>,
    conn: &mut C,
    take: &mut dyn FnMut(&C::Row<'_, '_>) -> QueryResult<bool>,
) -> QueryResult<()>
where
    C::Backend: QueryMetadata<Untyped>,
{
    let query = WrittenQuery::new(query, conn)?;
    read_rows(query, conn, take).inspect_err(|error| give_up_if_lost(conn, error))
}

fn read_rows<C: UntypedConnection>(
    query: WrittenQuery<'_, C::Backend>,
    conn: &mut C,
    take: &mut dyn FnMut(&C::Row<'_, '_>) -> QueryResult<bool>,
) -> QueryResult<()>
where
    C::Backend: QueryMetadata<Untyped>,
{
    for row in conn.load(query)? {
        if !take(&row?)? {
            break;
        }
    }
    Ok(())
}

fn execute<C: UntypedConnection>(query: &dyn Walk<C::Backend>, conn: &mut C) -> QueryResult<usize> {
    let query = WrittenQuery::new(query, conn)?;
    conn.execute_returning_count(&query).inspect_err(|error| give_up_if_lost(conn, error))
}

/// Marks a connection that the database has closed, so that the pool replaces it. diesel does so itself when a
/// statement fails, but not when preparing one does.
fn give_up_if_lost<C: UntypedConnection>(conn: &mut C, error: &Error) {
    use diesel::result::DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    if matches!(error, Error::DatabaseError(ClosedConnection | UnableToSendCommand, _)) {
        C::TransactionManager::transaction_manager_status_mut(conn).set_in_error();
    }
}

/// Runs a query, as diesel's `RunQueryDsl` does.
pub(crate) trait RunQuery<C: UntypedConnection>: Sized {
    /// Loads all rows.
    fn load<U>(self, conn: &mut C) -> QueryResult<Vec<U>>
    where
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend>,
        Self::SqlType: CompatibleType<U, C::Backend>,
        C::Backend: QueryMetadata<Untyped>,
        U: FromSqlRow<SqlTypeOf<Self, U, C>, C::Backend>,
    {
        let mut rows = Vec::new();
        for_each_row(&self.as_query(), conn, &mut |row| {
            rows.push(U::build_from_row(row).map_err(Error::DeserializationError)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// Loads the first row; `NotFound` if there is none. The query is not limited to one row.
    fn get_result<U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend>,
        Self::SqlType: CompatibleType<U, C::Backend>,
        C::Backend: QueryMetadata<Untyped>,
        U: FromSqlRow<SqlTypeOf<Self, U, C>, C::Backend>,
    {
        let mut first = None;
        for_each_row(&self.as_query(), conn, &mut |row| {
            first = Some(U::build_from_row(row).map_err(Error::DeserializationError)?);
            Ok(false)
        })?;
        first.ok_or(Error::NotFound)
    }

    /// Limits the query to one row and loads it; `NotFound` if there is none.
    fn first<U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: LimitDsl,
        Self::Output: AsQuery + RunQuery<C>,
        <Self::Output as AsQuery>::Query: QueryFragment<C::Backend>,
        <Self::Output as AsQuery>::SqlType: CompatibleType<U, C::Backend>,
        C::Backend: QueryMetadata<Untyped>,
        U: FromSqlRow<SqlTypeOf<Self::Output, U, C>, C::Backend>,
    {
        self.limit(1).get_result(conn)
    }

    /// Runs the statement and returns the number of rows that it affected.
    fn execute(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: QueryFragment<C::Backend>,
    {
        execute(&self, conn)
    }

    /// Inserts several rows. SQLite has no `DEFAULT` for a value, so diesel inserts row after row there.
    fn execute_batch(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: ExecuteDsl<C>,
    {
        ExecuteDsl::execute(self, conn)
    }
}

impl<C: UntypedConnection, T: diesel::RunQueryDsl<C>> RunQuery<C> for T {}
