//! SQL statements with constant text and numeric parameters.
//!
//! diesel has the database parse the text of every UPDATE again, since its columns may differ from call to
//! call. For the few statements that run with every post, this parsing is most of their cost.

use crate::prelude::*;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};

/// A statement; the number with the same index follows each part but the last.
#[derive(Debug)]
pub(super) struct FixedSql<'a> {
    parts: &'a [&'static str],
    numbers: &'a [i64],
}

impl<'a> FixedSql<'a> {
    /// Creates a statement from these parts, with a number between each two.
    pub(super) const fn new(parts: &'a [&'static str], numbers: &'a [i64]) -> Self {
        Self { parts, numbers }
    }
}

impl<DB> QueryFragment<DB> for FixedSql<'_>
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut numbers = self.numbers.iter();
        for part in self.parts {
            pass.push_sql(part);
            if let Some(number) = numbers.next() {
                pass.push_bind_param::<BigInt, _>(number)?;
            }
        }
        Ok(())
    }
}

// diesel caches the prepared statement by its text, which is cheap to build.
impl QueryId for FixedSql<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> diesel::RunQueryDsl<C> for FixedSql<'_> {}
