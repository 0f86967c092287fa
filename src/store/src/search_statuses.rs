//! Full-text search over statuses: the word index and its lookup.

use crate::prelude::*;
use diesel::dsl::{exists, not};
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, Db};
use super::schema::{
    accounts, bookmarks, favourites, media_attachments, mentions, meta, polls, quotes, status_cards, statuses,
};
use super::visible::{Predicate, listable, visible};
use super::{Reader, Result, Tx};
use portico_domain::model::search::{Holding, Place, StatusQuery, words_of};
use portico_domain::model::status::Status;
use portico_domain::model::{IdMaker, Reach, StatusId};
use portico_domain::policy::consent::Findable;
use portico_domain::policy::reach::Scope;

/// The number of matches checked together, and the maximum number of such rounds: a bound on the work of a
/// search for a common word in posts that the viewer may not find.
const CHUNK: i64 = 200;
const CHUNKS: usize = 10;
/// The number of older statuses indexed in one transaction.
const OLDER: i64 = 500;
/// The key of the progress of indexing older statuses.
const BELOW: &str = "search_below";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

diesel::table! {
    /// The search index of SQLite, as a typed table, so that its statements are prepared only once.
    #[sql_name = "status_search"]
    sqlite_search (rowid) {
        rowid -> BigInt,
        words -> Text,
    }
}

impl Reader<'_> {
    /// Returns the newest statuses that match a query and that the viewer may see and find, without those of
    /// accounts that the viewer blocks or mutes.
    pub fn search_statuses(
        &mut self,
        scope: &Scope,
        findable: &Findable,
        query: &StatusQuery,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<StatusId>> {
        let wanted = usize::try_from(offset.saturating_add(limit)).unwrap_or(0);
        let (above, mut below) = bounds(query);
        let mut found = Vec::new();
        for _ in 0..CHUNKS {
            let candidates = self.candidates(query, above, below)?;
            let Some(last) = candidates.last().copied() else { break };
            let dry = i64::try_from(candidates.len()).is_ok_and(|len| len < CHUNK);
            found.extend(self.fitting(scope, findable, query, &candidates)?);
            if dry || found.len() >= wanted {
                break;
            }
            below = last;
        }
        let (skip, take) = (usize::try_from(offset).unwrap_or(0), usize::try_from(limit).unwrap_or(0));
        Ok(found.into_iter().skip(skip).take(take).collect())
    }

    /// Returns the ids between two bounds whose text has the words, newest first; without words, all ids (of
    /// the author, if one is given).
    fn candidates(&mut self, query: &StatusQuery, above: i64, below: i64) -> Result<Vec<i64>> {
        if query.phrases.is_empty() {
            let mut recent = statuses::table
                .filter(statuses::id.gt(above))
                .filter(statuses::id.lt(below))
                .filter(statuses::reblog_of.is_null())
                .select(statuses::id)
                .into_boxed::<Db>();
            if let Some(author) = query.author {
                recent = recent.filter(statuses::account_id.eq(author.0));
            }
            return Ok(recent.order(statuses::id.desc()).limit(CHUNK).load(self.conn())?);
        }
        let rows: Vec<Found> = match self.conn() {
            AnyConnection::Sqlite(conn) => diesel::sql_query(
                "SELECT rowid AS id FROM status_search
                 WHERE status_search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            )
            .bind::<Text, _>(for_sqlite(query))
            .bind::<BigInt, _>(above)
            .bind::<BigInt, _>(below)
            .bind::<BigInt, _>(CHUNK)
            .load(conn)?,
            AnyConnection::Postgres(conn) => diesel::sql_query(
                "SELECT status_id AS id FROM status_search
                 WHERE words @@ to_tsquery('simple', $1) AND status_id > $2 AND status_id < $3
                 ORDER BY status_id DESC LIMIT $4",
            )
            .bind::<Text, _>(for_postgres(query))
            .bind::<BigInt, _>(above)
            .bind::<BigInt, _>(below)
            .bind::<BigInt, _>(CHUNK)
            .load(conn)?,
        };
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Returns those candidates that the viewer may see and find and that match the rest of the query.
    fn fitting(
        &mut self,
        scope: &Scope,
        findable: &Findable,
        query: &StatusQuery,
        candidates: &[i64],
    ) -> Result<Vec<StatusId>> {
        let mut fitting = statuses::table
            .filter(statuses::id.eq_any(candidates))
            .filter(statuses::reblog_of.is_null())
            .filter(visible(scope, self.now()))
            .filter(may_find(findable, query.place))
            .filter(listable(scope.viewer))
            .select((statuses::id, statuses::account_id))
            .into_boxed::<Db>();
        if let Some(author) = query.author {
            fitting = fitting.filter(statuses::account_id.eq(author.0));
        }
        if let Some(after) = query.after {
            fitting = fitting.filter(statuses::created_at.ge(after.millis()));
        }
        if let Some(before) = query.before {
            fitting = fitting.filter(statuses::created_at.lt(before.millis()));
        }
        fitting = match query.reply {
            Some(true) => fitting.filter(statuses::in_reply_to_uri.is_not_null()),
            Some(false) => fitting.filter(statuses::in_reply_to_uri.is_null()),
            None => fitting,
        };
        if let Some(sensitive) = query.sensitive {
            fitting = fitting.filter(statuses::sensitive.eq(sensitive));
        }
        for (what, wanted) in &query.holds {
            let there = holds(*what);
            fitting = if *wanted { fitting.filter(there) } else { fitting.filter(not(there)) };
        }
        if let Some(language) = &query.language {
            let fits =
                statuses::language.eq(language.clone()).or(statuses::language.like(format!("{language}-%")));
            fitting = fitting.filter(statuses::language.is_not_null()).filter(fits.assume_not_null());
        }
        let rows: Vec<(i64, i64)> = fitting.order(statuses::id.desc()).load(self.conn())?;
        let authors = rows.iter().map(|(_, author)| *author).collect();
        let hidden = self.hidden_authors(Some(findable.viewer), authors)?;
        Ok(rows.into_iter().filter(|(_, by)| !hidden.contains(by)).map(|(id, _)| StatusId(id)).collect())
    }
}

impl Tx<'_> {
    /// Inserts or replaces the words of a status in the index.
    pub(super) fn index_status(&mut self, status: &Status) -> Result<()> {
        if status.boost_of.is_some() {
            return Ok(());
        }
        let words = words_of(&status.content, &status.spoiler_text);
        match self.conn() {
            AnyConnection::Sqlite(conn) => {
                let row = (sqlite_search::rowid.eq(status.id.0), sqlite_search::words.eq(words));
                diesel::replace_into(sqlite_search::table).values(row).execute(conn)?
            }
            AnyConnection::Postgres(conn) => diesel::sql_query(
                "INSERT INTO status_search (status_id, words) VALUES ($1, to_tsvector('simple', $2))
                 ON CONFLICT (status_id) DO UPDATE SET words = EXCLUDED.words",
            )
            .bind::<BigInt, _>(status.id.0)
            .bind::<Text, _>(words)
            .execute(conn)?,
        };
        Ok(())
    }

    /// Indexes some of the statuses that are older than the index. Returns whether there may be more.
    pub fn index_older(&mut self) -> Result<bool> {
        let noted: Option<String> =
            meta::table.find(BELOW).select(meta::value).first(self.conn()).optional()?;
        let Some(below) = noted.and_then(|value| value.parse::<i64>().ok()) else { return Ok(false) };
        let ids: Vec<i64> = statuses::table
            .filter(statuses::id.lt(below))
            .order(statuses::id.desc())
            .limit(OLDER)
            .select(statuses::id)
            .load(self.conn())?;
        let Some(last) = ids.last().copied() else {
            diesel::delete(meta::table.find(BELOW)).execute(self.conn())?;
            return Ok(false);
        };
        for id in ids {
            if let Some(status) = self.find_status(StatusId(id))? {
                self.index_status(&status)?;
            }
        }
        diesel::update(meta::table.find(BELOW)).set(meta::value.eq(last.to_string())).execute(self.conn())?;
        Ok(true)
    }
}

/// Returns the bounds of the ids to search.
fn bounds(query: &StatusQuery) -> (i64, i64) {
    // Ids rise with time, so a search for an old date does not start at the newest status.
    let after = query.after.map_or(0, |after| IdMaker::at(after, 0).0.saturating_sub(1));
    let before = query.before.map_or(i64::MAX, |before| IdMaker::at(before, 0).0);
    (after.max(query.min_id.unwrap_or(0)), before.min(query.max_id.unwrap_or(i64::MAX)))
}

/// Builds the SQL form of policy's `Findable`.
fn may_find(findable: &Findable, place: Place) -> Predicate {
    let words = |reaches: &[Reach]| reaches.iter().map(|reach| reach.as_str()).collect::<Vec<_>>();
    let agreed =
        accounts::table.filter(accounts::id.eq(statuses::account_id)).filter(accounts::indexable.eq(true));
    let colleague = statuses::local.eq(true).and(statuses::reach.eq_any(words(findable.colleagues)));
    let indexable = statuses::reach.eq_any(words(findable.indexable)).and(exists(agreed));
    let open = statuses::listed.eq(true).and(colleague.or(indexable));
    match place {
        Place::All => Box::new(open.or(library(findable.viewer.0))),
        Place::Public => Box::new(open),
        Place::Library => library(findable.viewer.0),
    }
}

/// Builds the condition that a status has an attachment, poll, quote or link of this kind.
fn holds(what: Holding) -> Predicate {
    let files = |kinds: &'static [&'static str]| -> Predicate {
        let of_status =
            media_attachments::table.filter(media_attachments::status_id.eq(statuses::id.nullable()));
        Box::new(exists(of_status.filter(media_attachments::kind.eq_any(kinds))))
    };
    match what {
        Holding::Media => files(&["image", "gifv", "video", "audio", "unknown"]),
        Holding::Image => files(&["image"]),
        Holding::Video => files(&["video", "gifv"]),
        Holding::Audio => files(&["audio"]),
        Holding::Poll => Box::new(exists(polls::table.filter(polls::status_id.eq(statuses::id)))),
        Holding::Quote => Box::new(exists(quotes::table.filter(quotes::status_id.eq(statuses::id)))),
        Holding::Link => {
            Box::new(exists(status_cards::table.filter(status_cards::status_id.eq(statuses::id))))
        }
    }
}

/// Builds the condition that an account wrote a status, is mentioned in it or has interacted with it.
fn library(me: i64) -> Predicate {
    let (boosts, answers) = diesel::alias!(statuses as boosts, statuses as answers);
    let named =
        mentions::table.filter(mentions::status_id.eq(statuses::id)).filter(mentions::account_id.eq(me));
    let favourited = favourites::table
        .filter(favourites::status_id.eq(statuses::id))
        .filter(favourites::account_id.eq(me));
    let bookmarked =
        bookmarks::table.filter(bookmarks::status_id.eq(statuses::id)).filter(bookmarks::account_id.eq(me));
    let boosted = boosts
        .filter(boosts.field(statuses::reblog_of).eq(statuses::id.nullable()))
        .filter(boosts.field(statuses::account_id).eq(me));
    let answered = answers
        .filter(answers.field(statuses::in_reply_to_id).eq(statuses::id.nullable()))
        .filter(answers.field(statuses::account_id).eq(me));
    let mine = statuses::account_id.eq(me).or(exists(named)).or(exists(favourited));
    Box::new(mine.or(exists(bookmarked)).or(exists(boosted)).or(exists(answered)))
}

fn for_sqlite(query: &StatusQuery) -> String {
    let quoted = |phrase: &String| format!("\"{phrase}\"");
    let all = query.phrases.iter().map(quoted).collect::<Vec<_>>().join(" AND ");
    query.without.iter().map(quoted).fold(format!("({all})"), |text, phrase| format!("({text} NOT {phrase})"))
}

fn for_postgres(query: &StatusQuery) -> String {
    let joined = |phrase: &String| {
        let words: Vec<String> = phrase.split(' ').map(|word| format!("'{word}'")).collect();
        format!("({})", words.join(" <-> "))
    };
    let with = query.phrases.iter().map(joined);
    with.chain(query.without.iter().map(|phrase| format!("!{}", joined(phrase))))
        .collect::<Vec<_>>()
        .join(" & ")
}
