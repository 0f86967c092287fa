//! Agreements with partners: every version of the text, and the log of their events.

use crate::prelude::*;

use super::schema::{agreement_events, agreements};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::agreement::{Agreement, AgreementEvent, State};
use portico_domain::model::{AgreementId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = agreements)]
struct AgreementRow {
    id: i64,
    domain: String,
    digest: String,
    document: String,
    by_us: bool,
    two_sided: bool,
    state: String,
    our_proof: Option<String>,
    their_proof: Option<String>,
    created_at: i64,
    changed_at: i64,
}

fn agreement(row: AgreementRow) -> Result<Agreement> {
    let corrupt = || Error::Corrupt { what: "agreement" };
    Ok(Agreement {
        id: AgreementId(row.id),
        domain: row.domain,
        text: serde_json::from_str(&row.document).map_err(|_| corrupt())?,
        digest: row.digest,
        by_us: row.by_us,
        two_sided: row.two_sided,
        state: row.state.parse().map_err(|_| corrupt())?,
        our_proof: row.our_proof,
        their_proof: row.their_proof,
        created_at: Timestamp::from_millis(row.created_at),
        changed_at: Timestamp::from_millis(row.changed_at),
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = agreement_events)]
struct AgreementEventRow {
    domain: String,
    uri: String,
    version: i64,
    digest: String,
    what: String,
    by_us: bool,
    actor: String,
    note: String,
    created_at: i64,
}

impl Reader<'_> {
    /// Returns the agreement with this id.
    pub fn find_agreement(&mut self, id: AgreementId) -> Result<Option<Agreement>> {
        let query = agreements::table.find(id.0).select(AgreementRow::as_select());
        query.first::<AgreementRow>(self.conn()).optional()?.map(agreement).transpose()
    }

    /// Returns every agreement with this host, newest first.
    pub fn agreements_with(&mut self, domain: &str) -> Result<Vec<Agreement>> {
        let query = agreements::table
            .filter(agreements::domain.eq(domain))
            .order(agreements::id.desc())
            .select(AgreementRow::as_select());
        query.load::<AgreementRow>(self.conn())?.into_iter().map(agreement).collect()
    }

    /// Returns the agreements in one of these states, by host, newest first; at most 1000.
    pub fn list_agreements(&mut self, states: &[State]) -> Result<Vec<Agreement>> {
        let words: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let query = agreements::table
            .filter(agreements::state.eq_any(words))
            .order((agreements::domain, agreements::id.desc()))
            .limit(1000)
            .select(AgreementRow::as_select());
        query.load::<AgreementRow>(self.conn())?.into_iter().map(agreement).collect()
    }

    /// Counts the proposals of other hosts that wait for a decision.
    pub fn count_proposals(&mut self) -> Result<i64> {
        let open = agreements::table
            .filter(agreements::state.eq(State::Proposed.as_str()))
            .filter(agreements::by_us.eq(false));
        Ok(open.count().get_result(self.conn())?)
    }

    /// Returns whether the log has an event of this kind for this text and host.
    pub fn has_agreement_event(&mut self, agreement: &Agreement, what: &str) -> Result<bool> {
        let same = agreement_events::table
            .filter(agreement_events::domain.eq(&agreement.domain))
            .filter(agreement_events::digest.eq(&agreement.digest))
            .filter(agreement_events::what.eq(what));
        Ok(diesel::select(diesel::dsl::exists(same)).get_result(self.conn())?)
    }

    /// Returns the agreement events of this host, newest first.
    pub fn agreement_events(&mut self, domain: &str, limit: i64) -> Result<Vec<AgreementEvent>> {
        let query = agreement_events::table
            .filter(agreement_events::domain.eq(domain))
            .order(agreement_events::id.desc())
            .limit(limit)
            .select(AgreementEventRow::as_select());
        let event = |row: AgreementEventRow| AgreementEvent {
            domain: row.domain,
            uri: row.uri,
            version: row.version,
            digest: row.digest,
            what: row.what,
            by_us: row.by_us,
            actor: row.actor,
            note: row.note,
            at: Timestamp::from_millis(row.created_at),
        };
        Ok(query.load::<AgreementEventRow>(self.conn())?.into_iter().map(event).collect())
    }
}

impl Tx<'_> {
    /// Inserts an agreement. Returns false if it is already stored.
    pub fn insert_agreement(&mut self, agreement: &Agreement) -> Result<bool> {
        let document =
            serde_json::to_string(&agreement.text).map_err(|_| Error::Corrupt { what: "agreement" })?;
        let row = (
            agreements::id.eq(agreement.id.0),
            agreements::domain.eq(&agreement.domain),
            agreements::uri.eq(&agreement.text.id),
            agreements::version.eq(agreement.text.version),
            agreements::digest.eq(&agreement.digest),
            agreements::document.eq(document),
            agreements::by_us.eq(agreement.by_us),
            agreements::two_sided.eq(agreement.two_sided),
            agreements::state.eq(agreement.state.as_str()),
            agreements::our_proof.eq(agreement.our_proof.as_deref()),
            agreements::their_proof.eq(agreement.their_proof.as_deref()),
            agreements::created_at.eq(agreement.created_at.millis()),
            agreements::changed_at.eq(agreement.changed_at.millis()),
        );
        let written = on_both!(self.conn(), |c| diesel::insert_into(agreements::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(written > 0)
    }

    /// Updates the state and the signatures of an agreement.
    pub fn update_agreement(&mut self, agreement: &Agreement) -> Result<()> {
        diesel::update(agreements::table.find(agreement.id.0))
            .set((
                agreements::state.eq(agreement.state.as_str()),
                agreements::our_proof.eq(agreement.our_proof.as_deref()),
                agreements::their_proof.eq(agreement.their_proof.as_deref()),
                agreements::changed_at.eq(self.now().millis()),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Deletes an agreement that was never in force.
    pub fn delete_agreement(&mut self, id: AgreementId) -> Result<()> {
        diesel::delete(agreements::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Appends an event to the permanent log of an agreement.
    pub fn insert_agreement_event(
        &mut self,
        agreement: &Agreement,
        what: &str,
        by_us: bool,
        actor: &str,
        note: &str,
    ) -> Result<()> {
        let row = (
            agreement_events::id.eq(self.next_id::<AgreementId>().0),
            agreement_events::domain.eq(&agreement.domain),
            agreement_events::uri.eq(&agreement.text.id),
            agreement_events::version.eq(agreement.text.version),
            agreement_events::digest.eq(&agreement.digest),
            agreement_events::what.eq(what),
            agreement_events::by_us.eq(by_us),
            agreement_events::actor.eq(actor),
            agreement_events::note.eq(note),
            agreement_events::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(agreement_events::table).values(&row).execute(c))?;
        Ok(())
    }
}
