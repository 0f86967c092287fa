//! Statements whose text never changes, with numbers in them.
//!
//! diesel has the database read the text of every UPDATE anew, since its columns may differ from call to call.
//! For the few that run with every post, that is most of what they cost.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};

/// A statement: after each part but the last stands the number of the same place.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    parts: &'a [&'static str],
    numbers: &'a [i64],
}

impl<'a> Statement<'a> {
    /// A statement of these parts, with a number between each two.
    pub(super) const fn new(parts: &'a [&'static str], numbers: &'a [i64]) -> Self {
        Self { parts, numbers }
    }
}

impl<DB> QueryFragment<DB> for Statement<'_>
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

// Kept by its text, which is short to put together.
impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Statement<'_> {}
