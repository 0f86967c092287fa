//! People search: the word index and its lookup, tolerant of typing errors.
//!
//! A search word matches the index words that equal it, begin with it, or differ from it by a letter or two;
//! the last are found by the letter pairs (bigrams) that they share. Every search word must match a word in
//! the person's name, handle or profile. The same tables serve both databases.

use std::collections::{BTreeSet, HashMap};

use crate::prelude::*;
use diesel::dsl::{count_star, exists};

use super::connection::Db;
use super::schema::{people_words, word_grams};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::profile::{Attributes, PeopleQuery};
use portico_domain::model::search::words;
use portico_domain::model::text_similarity::{distance, letter_pairs, tolerated_errors};

/// The maximum number of search words used.
const MOST_WORDS: usize = 6;
/// The maximum number of index words that one search word matches: by prefix, and by similarity.
const MOST_BEGUN: i64 = 30;
const MOST_NEAR: usize = 15;
/// The maximum number of index words with shared letter pairs that are compared.
const MOST_ALIKE: i64 = 4000;
/// The maximum number of candidates, best matches first.
const MOST_PEOPLE: usize = 2000;
/// The maximum number of candidates that are ranked by every word.
const MOST_RANKED: usize = 500;
/// The marker that lists every word, in place of a letter pair.
const EVERY: &str = "^";

/// The field that contains a word, most significant first.
#[derive(Clone, Copy)]
enum WordKind {
    Name = 0,
    Handle = 1,
    Skill = 2,
    Title = 3,
    Department = 4,
    Other = 5,
}

/// Returns the weight of a match in a field.
const fn weight(kind: i64) -> i64 {
    match kind {
        0 => 100,
        1 => 95,
        2 => 70,
        3 => 60,
        4 => 50,
        _ => 40,
    }
}

/// The index words that one search word matches, each with its closeness from 1 to 10.
type WordGroup = HashMap<String, i64>;

/// Builds the index entry for a whole phrase; its first character is a mark, with which no plain word begins.
fn phrase_entry(mark: char, phrase: &str) -> String {
    format!("{mark}{phrase}")
}

impl Reader<'_> {
    /// Returns the company's people that match every part of a search, best matches first, without those that
    /// the directory does not list to the viewer.
    pub fn search_people(
        &mut self,
        viewer: AccountId,
        query: &PeopleQuery,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Account>> {
        let Some(groups) = self.groups(query)? else { return Ok(Vec::new()) };
        let ids = self.rank_people(&groups)?;
        let (skip, take) = (usize::try_from(offset).unwrap_or(0), usize::try_from(limit).unwrap_or(0));
        let mut found = Vec::new();
        for some in ids.chunks((skip + take).clamp(20, 500)) {
            found.extend(self.listed_people(viewer, some)?);
            if found.len() >= skip + take {
                break;
            }
        }
        Ok(found.into_iter().skip(skip).take(take).collect())
    }

    /// Returns the index words for each part of a search; `None` if some part matches nothing.
    fn groups(&mut self, query: &PeopleQuery) -> Result<Option<Vec<WordGroup>>> {
        let mut groups = Vec::new();
        for word in query.words.iter().take(MOST_WORDS) {
            groups.push(self.matching_words(word)?);
        }
        let filters = [('=', &query.skill), ('<', &query.department), ('>', &query.division)];
        for (mark, phrase) in filters {
            groups.extend(phrase.as_ref().map(|phrase| WordGroup::from([(phrase_entry(mark, phrase), 0)])));
        }
        Ok(Some(groups).filter(|groups| !groups.is_empty() && groups.iter().all(|group| !group.is_empty())))
    }

    /// Returns the index words that a search word matches.
    fn matching_words(&mut self, word: &str) -> Result<WordGroup> {
        let beyond = format!("{word}\u{10ffff}");
        let begun: Vec<String> = word_grams::table
            .filter(word_grams::gram.eq(EVERY))
            .filter(word_grams::word.ge(word))
            .filter(word_grams::word.lt(beyond))
            .order(word_grams::word)
            .limit(MOST_BEGUN)
            .select(word_grams::word)
            .load(self.conn())?;
        let mut group: WordGroup =
            begun.into_iter().map(|found| if found == word { (found, 10) } else { (found, 7) }).collect();
        for (found, tolerated_errors) in self.similar_words(word)? {
            group.entry(found).or_insert(if tolerated_errors == 1 { 5 } else { 3 });
        }
        Ok(group)
    }

    /// Returns the index words that are similar to a word, each with the number of typing errors between
    /// them.
    fn similar_words(&mut self, word: &str) -> Result<Vec<(String, usize)>> {
        let letters = word.chars().count();
        let allowed = tolerated_errors(letters);
        if allowed == 0 {
            return Ok(Vec::new());
        }
        // An error changes at most three pairs, so words that share fewer pairs than the rest cannot match.
        let shared = (letters + 1).saturating_sub(3 * allowed).max(2);
        let alike: Vec<String> = word_grams::table
            .filter(word_grams::gram.eq_any(letter_pairs(word)))
            .group_by(word_grams::word)
            .having(count_star().ge(i64::try_from(shared).unwrap_or(2)))
            .limit(MOST_ALIKE)
            .select(word_grams::word)
            .load(self.conn())?;
        let mut near: Vec<(usize, String)> = alike
            .into_iter()
            .filter_map(|found| {
                let far = (found.chars().count().abs_diff(letters) <= allowed)
                    .then(|| distance(word, &found))
                    .filter(|far| (1..=allowed).contains(far))?;
                Some((far, found))
            })
            .collect();
        near.sort();
        Ok(near.into_iter().take(MOST_NEAR).map(|(far, found)| (found, far)).collect())
    }

    /// Returns the people that match every group, best matches first.
    fn rank_people(&mut self, groups: &[WordGroup]) -> Result<Vec<i64>> {
        let mut sizes = Vec::new();
        for group in groups {
            sizes.push(self.people_with(group)?);
        }
        let Some(rarest) = sizes.iter().enumerate().min_by_key(|(_, size)| **size).map(|(at, _)| at) else {
            return Ok(Vec::new());
        };
        let mut scores: HashMap<i64, i64> = HashMap::new();
        let mut words: Vec<(&String, &i64)> = groups.get(rarest).into_iter().flatten().collect();
        words.sort_by_key(|(word, near)| (-**near, *word));
        for (word, near) in words {
            let left = MOST_PEOPLE.saturating_sub(scores.len());
            if left == 0 {
                break;
            }
            for (id, kind) in self.people_of_word(word, groups, rarest, left)? {
                let score = near * weight(kind);
                let best = scores.entry(id).or_insert(score);
                *best = score.max(*best);
            }
        }
        if groups.len() > 1 && scores.len() <= MOST_RANKED {
            self.score_others(groups, rarest, &mut scores)?;
        }
        let mut ranked: Vec<(i64, i64)> = scores.into_iter().map(|(id, score)| (-score, id)).collect();
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(_, id)| id).collect())
    }

    /// Counts the index entries of a group, up to a bound.
    fn people_with(&mut self, group: &WordGroup) -> Result<usize> {
        let some = people_words::table
            .filter(people_words::word.eq_any(group.keys()))
            .limit(i64::try_from(MOST_PEOPLE).unwrap_or(0))
            .select(people_words::account_id);
        Ok(some.load::<i64>(self.conn())?.len())
    }

    /// Returns the people with a word that match every other group as well, highest-weighted fields first.
    fn people_of_word(
        &mut self,
        word: &str,
        groups: &[WordGroup],
        but: usize,
        limit: usize,
    ) -> Result<Vec<(i64, i64)>> {
        let others = diesel::alias!(people_words as others);
        let mut found = people_words::table
            .filter(people_words::word.eq(word.to_owned()))
            .select((people_words::account_id, people_words::kind))
            .into_boxed::<Db>();
        for (_, group) in groups.iter().enumerate().filter(|(at, _)| *at != but) {
            let names: Vec<String> = group.keys().cloned().collect();
            found = found.filter(exists(
                others
                    .filter(others.field(people_words::account_id).eq(people_words::account_id))
                    .filter(others.field(people_words::word).eq_any(names)),
            ));
        }
        let found = found.order((people_words::kind, people_words::account_id));
        Ok(found.limit(i64::try_from(limit).unwrap_or(0)).load(self.conn())?)
    }

    /// Adds the scores of the other groups to the candidates.
    fn score_others(
        &mut self,
        groups: &[WordGroup],
        but: usize,
        scores: &mut HashMap<i64, i64>,
    ) -> Result<()> {
        let ids: Vec<i64> = scores.keys().copied().collect();
        for (_, group) in groups.iter().enumerate().filter(|(at, _)| *at != but) {
            let rows: Vec<(i64, String, i64)> = people_words::table
                .filter(people_words::account_id.eq_any(&ids))
                .filter(people_words::word.eq_any(group.keys()))
                .select((people_words::account_id, people_words::word, people_words::kind))
                .load(self.conn())?;
            let mut best: HashMap<i64, i64> = HashMap::new();
            for (id, word, kind) in rows {
                let score = group.get(&word).copied().unwrap_or(0) * weight(kind);
                let known = best.entry(id).or_insert(score);
                *known = score.max(*known);
            }
            for (id, score) in best {
                *scores.entry(id).or_insert(0) += score;
            }
        }
        Ok(())
    }
}

/// Returns all index entries of a person.
fn entries(account: &Account, attributes: &Attributes) -> BTreeSet<(String, i64)> {
    let mut found = BTreeSet::new();
    let mut add = |text: &str, kind: WordKind| {
        let prepared = words(text);
        found.extend(
            prepared.split(' ').filter(|word| !word.is_empty()).map(|word| (word.to_owned(), kind as i64)),
        );
        prepared
    };
    add(&account.display_name, WordKind::Name);
    add(&account.username, WordKind::Handle);
    add(&attributes.job_title, WordKind::Title);
    add(&attributes.location, WordKind::Other);
    for text in attributes.interests.iter().chain(&attributes.projects) {
        add(text, WordKind::Other);
    }
    let mut phrases: Vec<(String, i64)> = Vec::new();
    for skill in &attributes.skills {
        phrases.push((phrase_entry('=', &add(skill, WordKind::Skill)), WordKind::Skill as i64));
    }
    phrases.push((
        phrase_entry('<', &add(&attributes.department, WordKind::Department)),
        WordKind::Department as i64,
    ));
    phrases.push((
        phrase_entry('>', &add(&attributes.division, WordKind::Department)),
        WordKind::Department as i64,
    ));
    found.extend(phrases.into_iter().filter(|(phrase, _)| phrase.len() > 1));
    found
}

impl Tx<'_> {
    /// Updates the index entries of a person.
    pub(super) fn index_person(&mut self, account: &Account, attributes: &Attributes) -> Result<()> {
        let wanted = entries(account, attributes);
        let known: Vec<(String, i64)> = people_words::table
            .filter(people_words::account_id.eq(account.id.0))
            .select((people_words::word, people_words::kind))
            .load(self.conn())?;
        let known: BTreeSet<(String, i64)> = known.into_iter().collect();
        for (word, kind) in known.difference(&wanted) {
            let row = people_words::table.find((word, kind, account.id.0));
            diesel::delete(row).execute(self.conn())?;
        }
        for (word, kind) in wanted.difference(&known) {
            let row = (
                people_words::word.eq(word),
                people_words::kind.eq(kind),
                people_words::account_id.eq(account.id.0),
            );
            on_both!(self.conn(), |c| diesel::insert_into(people_words::table).values(row).execute(c))?;
            self.learn_word(word)?;
        }
        Ok(())
    }

    /// Adds a word to the list of index words; phrases are left out.
    fn learn_word(&mut self, word: &str) -> Result<()> {
        if !word.chars().all(char::is_alphanumeric) {
            return Ok(());
        }
        let mut grams = letter_pairs(word);
        grams.insert(EVERY.to_owned());
        let known: Option<String> =
            word_grams::table.find((EVERY, word)).select(word_grams::word).first(self.conn()).optional()?;
        if known.is_some() {
            return Ok(());
        }
        for gram in grams {
            let row = (word_grams::gram.eq(gram), word_grams::word.eq(word));
            on_both!(self.conn(), |c| diesel::insert_into(word_grams::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }

    /// Deletes index words that no person has any more.
    pub fn delete_unused_words(&mut self) -> Result<()> {
        let used = people_words::table.filter(people_words::word.eq(word_grams::word));
        let unused: Vec<String> = word_grams::table
            .filter(word_grams::gram.eq(EVERY))
            .filter(diesel::dsl::not(exists(used)))
            .select(word_grams::word)
            .load(self.conn())?;
        for some in unused.chunks(500) {
            diesel::delete(word_grams::table.filter(word_grams::word.eq_any(some))).execute(self.conn())?;
        }
        Ok(())
    }
}
