//! Annotations of posts (must-read, accepted answer, praise, delegate): loads them for a page of posts, one
//! query for each kind, and stores accepted answers and praise.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::exists;

use super::connection::Db;
use super::must_reads::{COLUMNS, must_read};
use super::rows::AccountRow;
use super::schema::{
    accepted_answers, accounts, acknowledgements, delegated_posts, must_reads, praises, statuses, users,
};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::annotations::{Accepted, Annotations, MustReadView, Praised};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::answers::may_disclose_answer;
use portico_domain::policy::delegates::may_know;
use portico_domain::policy::quotes::quoted_scope;
use portico_domain::policy::reach::Scope;

impl Reader<'_> {
    /// Returns the annotations of these statuses, by status; statuses without any are left out.
    pub(super) fn load_annotations(
        &mut self,
        viewer: Option<AccountId>,
        ids: &[i64],
    ) -> Result<HashMap<i64, Annotations>> {
        let mut found: HashMap<i64, Annotations> = HashMap::new();
        self.load_must_reads(&mut found, viewer, ids)?;
        self.load_accepted(&mut found, viewer, ids)?;
        self.load_praised(&mut found, ids)?;
        if let Some(viewer) = viewer {
            self.load_delegates(&mut found, viewer, ids)?;
        }
        Ok(found)
    }

    fn load_must_reads(
        &mut self,
        found: &mut HashMap<i64, Annotations>,
        viewer: Option<AccountId>,
        ids: &[i64],
    ) -> Result<()> {
        let me = viewer.map_or(0, |id| id.0);
        let read =
            acknowledgements::status_id.eq(must_reads::status_id).and(acknowledgements::account_id.eq(me));
        let rows: Vec<(_, Option<i64>, Option<String>)> = must_reads::table
            .left_join(acknowledgements::table.on(read))
            .left_join(accounts::table.on(accounts::id.nullable().eq(must_reads::group_id)))
            .filter(must_reads::status_id.eq_any(ids))
            .select((COLUMNS, acknowledgements::created_at.nullable(), accounts::uri.nullable()))
            .load(self.conn())?;
        for (row, at, group_uri) in rows {
            let must_read = must_read(row);
            let acknowledged = viewer.map(|_| at.is_some());
            let id = must_read.status_id.0;
            found.entry(id).or_default().must_read =
                Some(MustReadView { must_read, group_uri, acknowledged });
        }
        Ok(())
    }

    fn load_accepted(
        &mut self,
        found: &mut HashMap<i64, Annotations>,
        viewer: Option<AccountId>,
        ids: &[i64],
    ) -> Result<()> {
        let question = diesel::alias!(statuses as question);
        type AcceptedRow = (i64, String, String, Option<i64>, Option<String>);
        let rows: Vec<AcceptedRow> = accepted_answers::table
            .inner_join(question.on(question.field(statuses::id).eq(accepted_answers::question_id)))
            .left_join(
                statuses::table.on(statuses::uri
                    .eq(accepted_answers::answer_uri)
                    .and(statuses::conversation_id.eq(question.field(statuses::conversation_id)))),
            )
            .filter(accepted_answers::question_id.eq_any(ids))
            .select((
                accepted_answers::question_id,
                accepted_answers::answer_uri,
                question.field(statuses::reach),
                statuses::id.nullable(),
                statuses::reach.nullable(),
            ))
            .load(self.conn())?;
        let answers: Vec<i64> = rows.iter().filter_map(|row| row.3).collect();
        let seen = match answers.is_empty() {
            true => Default::default(),
            false => self.visible_among(&quoted_scope(viewer), &answers)?,
        };
        let parse = |word: &str| word.parse::<Reach>().ok();
        for (id, uri, reach, answer, answer_reach) in rows {
            let reaches = parse(&reach).zip(answer_reach.as_deref().and_then(parse));
            let accepted = Accepted {
                uri,
                id: answer.map(StatusId),
                is_open: reaches.is_some_and(|(question, answer)| may_disclose_answer(question, answer)),
                is_visible: answer.is_some_and(|answer| seen.contains(&answer)),
            };
            found.entry(id).or_default().accepted = Some(accepted);
        }
        Ok(())
    }

    fn load_praised(&mut self, found: &mut HashMap<i64, Annotations>, ids: &[i64]) -> Result<()> {
        let rows: Vec<(i64, bool, AccountRow)> = praises::table
            .inner_join(accounts::table.on(accounts::id.eq(praises::account_id)))
            .filter(praises::status_id.eq_any(ids))
            .order((praises::status_id, praises::account_id))
            .select((praises::status_id, praises::hidden, AccountRow::as_select()))
            .load(self.conn())?;
        for (id, hidden, row) in rows {
            let praised = Praised { account: row.into_model()?, hidden };
            found.entry(id).or_default().praised.push(praised);
        }
        Ok(())
    }

    /// Loads the delegates that posted these statuses on behalf of their authors, where the viewer may know.
    fn load_delegates(
        &mut self,
        found: &mut HashMap<i64, Annotations>,
        viewer: AccountId,
        ids: &[i64],
    ) -> Result<()> {
        let moderator = users::table
            .filter(users::account_id.eq(viewer.0))
            .filter(users::disabled_at.is_null())
            .filter(users::role.ne(Role::Member.as_str()));
        let rows: Vec<(i64, i64, bool, AccountRow)> = delegated_posts::table
            .inner_join(accounts::table.on(accounts::id.eq(delegated_posts::delegate_id)))
            .filter(delegated_posts::status_id.eq_any(ids))
            .select((
                delegated_posts::status_id,
                delegated_posts::leader_id,
                exists(moderator),
                AccountRow::as_select(),
            ))
            .load(self.conn())?;
        for (id, leader, moderates, row) in rows {
            let delegate = row.into_model()?;
            if may_know(viewer, AccountId(leader), delegate.id, moderates) {
                found.entry(id).or_default().posted_by = Some(Box::new(delegate));
            }
        }
        Ok(())
    }

    /// Returns the object id of the accepted answer to a question.
    pub fn find_accepted(&mut self, question: StatusId) -> Result<Option<String>> {
        let query = accepted_answers::table.find(question.0).select(accepted_answers::answer_uri);
        Ok(query.first(self.conn()).optional()?)
    }

    /// Returns a page of the posts in scope that praise an account.
    pub fn praise_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        account: AccountId,
        hidden_too: bool,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(me, scope, page, |reader, page| {
            let mut theirs = praises::table.filter(praises::account_id.eq(account.0)).into_boxed::<Db>();
            if !hidden_too {
                theirs = theirs.filter(praises::hidden.eq(false));
            }
            let id = praises::status_id;
            Ok(cut!(theirs, id, page).select((id, id)).load(reader.conn())?)
        })
    }

    /// Returns whether an account hides the praise of a post from its profile; `None` if the post does not
    /// praise it.
    pub fn find_praise(&mut self, status: StatusId, account: AccountId) -> Result<Option<bool>> {
        let query = praises::table.find((status.0, account.0)).select(praises::hidden);
        Ok(query.first(self.conn()).optional()?)
    }
}

impl Tx<'_> {
    /// Sets or removes the accepted answer to a question. Returns whether that changed something.
    pub fn set_accepted(&mut self, question: StatusId, answer: Option<&str>) -> Result<bool> {
        if self.find_accepted(question)?.as_deref() == answer {
            return Ok(false);
        }
        diesel::delete(accepted_answers::table.find(question.0)).execute(self.conn())?;
        if let Some(answer) = answer {
            let row = (accepted_answers::question_id.eq(question.0), accepted_answers::answer_uri.eq(answer));
            on_both!(self.conn(), |c| diesel::insert_into(accepted_answers::table).values(&row).execute(c))?;
        }
        Ok(true)
    }

    /// Records that a post praises an account. Idempotent.
    pub fn insert_praise(&mut self, status: StatusId, account: AccountId) -> Result<()> {
        let row =
            (praises::status_id.eq(status.0), praises::account_id.eq(account.0), praises::hidden.eq(false));
        on_both!(self.conn(), |c| diesel::insert_into(praises::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Hides or shows praise on an account's profile. Returns whether that changed something.
    pub fn set_praise_hidden(&mut self, status: StatusId, account: AccountId, hidden: bool) -> Result<bool> {
        let one = praises::table.find((status.0, account.0)).filter(praises::hidden.ne(hidden));
        Ok(diesel::update(one).set(praises::hidden.eq(hidden)).execute(self.conn())? == 1)
    }
}
