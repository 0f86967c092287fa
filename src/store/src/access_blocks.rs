//! Blocks for sign-ups and access: e-mail domains, e-mail addresses and IP networks.

use crate::prelude::*;

use super::connection::Db;
use super::schema::{canonical_email_blocks, email_domain_blocks, ip_blocks};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{EntryId, Timestamp};

/// A blocked e-mail domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailDomain {
    /// The local id.
    pub id: EntryId,
    /// The domain; subdomains are blocked as well.
    pub domain: String,
    /// When the block was created.
    pub created_at: Timestamp,
}

/// A blocked e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailHash {
    /// The local id.
    pub id: EntryId,
    /// The SHA-256 hash of the canonical form of the address, in hex.
    pub hash: String,
}

/// A blocked IP network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpBlock {
    /// The local id.
    pub id: EntryId,
    /// The network, in CIDR notation.
    pub ip: String,
    /// The severity of the block, as in Mastodon's API.
    pub severity: String,
    /// The reason.
    pub comment: String,
    /// When the block was created.
    pub created_at: Timestamp,
    /// When the block expires.
    pub expires_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ip_blocks)]
#[diesel(treat_none_as_null = true)]
struct IpBlockRow {
    id: i64,
    ip: String,
    severity: String,
    comment: String,
    created_at: i64,
    expires_at: Option<i64>,
}

impl From<IpBlockRow> for IpBlock {
    fn from(row: IpBlockRow) -> Self {
        Self {
            id: EntryId(row.id),
            ip: row.ip,
            severity: row.severity,
            comment: row.comment,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
        }
    }
}

impl From<&IpBlock> for IpBlockRow {
    fn from(block: &IpBlock) -> Self {
        Self {
            id: block.id.0,
            ip: block.ip.clone(),
            severity: block.severity.clone(),
            comment: block.comment.clone(),
            created_at: block.created_at.millis(),
            expires_at: block.expires_at.map(Timestamp::millis),
        }
    }
}

type EmailDomainRow = (i64, String, i64);

fn email_domain((id, domain, created_at): EmailDomainRow) -> EmailDomain {
    EmailDomain { id: EntryId(id), domain, created_at: Timestamp::from_millis(created_at) }
}

fn email_hash((id, hash): (i64, String)) -> EmailHash {
    EmailHash { id: EntryId(id), hash }
}

impl Reader<'_> {
    /// Returns a page of blocked e-mail domains, newest first.
    pub fn email_domain_page(&mut self, page: &PageRequest) -> Result<Page<EmailDomain>> {
        let query = email_domain_blocks::table.into_boxed::<Db>();
        let rows: Vec<EmailDomainRow> = cut!(query, email_domain_blocks::id, page).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|row| (row.0, email_domain(row))).collect()))
    }

    /// Returns the blocked e-mail domain with this id.
    pub fn find_email_domain(&mut self, id: EntryId) -> Result<Option<EmailDomain>> {
        let row = email_domain_blocks::table.find(id.0).first::<EmailDomainRow>(self.conn()).optional()?;
        Ok(row.map(email_domain))
    }

    /// Returns whether one of these e-mail domains is blocked.
    pub fn is_email_domain_blocked(&mut self, domains: &[&str]) -> Result<bool> {
        let query = email_domain_blocks::table
            .filter(email_domain_blocks::domain.eq_any(domains))
            .select(email_domain_blocks::id);
        Ok(query.first::<i64>(self.conn()).optional()?.is_some())
    }

    /// Returns a page of blocked e-mail addresses, newest first.
    pub fn email_hash_page(&mut self, page: &PageRequest) -> Result<Page<EmailHash>> {
        let query = canonical_email_blocks::table.into_boxed::<Db>();
        let rows: Vec<(i64, String)> = cut!(query, canonical_email_blocks::id, page)
            .select((canonical_email_blocks::id, canonical_email_blocks::hash))
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|row| (row.0, email_hash(row))).collect()))
    }

    /// Returns the blocked e-mail address with this id.
    pub fn find_email_hash(&mut self, id: EntryId) -> Result<Option<EmailHash>> {
        let query = canonical_email_blocks::table
            .find(id.0)
            .select((canonical_email_blocks::id, canonical_email_blocks::hash));
        Ok(query.first(self.conn()).optional()?.map(email_hash))
    }

    /// Returns the blocked e-mail address with this hash.
    pub fn find_email_by_hash(&mut self, hash: &str) -> Result<Option<EmailHash>> {
        let query = canonical_email_blocks::table
            .filter(canonical_email_blocks::hash.eq(hash))
            .select((canonical_email_blocks::id, canonical_email_blocks::hash));
        Ok(query.first(self.conn()).optional()?.map(email_hash))
    }

    /// Returns a page of blocked networks, newest first, without expired blocks.
    pub fn ip_block_page(&mut self, page: &PageRequest) -> Result<Page<IpBlock>> {
        let now = self.now().millis();
        let query = ip_blocks::table
            .filter(ip_blocks::expires_at.is_null().or(ip_blocks::expires_at.gt(now)))
            .select(IpBlockRow::as_select())
            .into_boxed::<Db>();
        let rows: Vec<IpBlockRow> = cut!(query, ip_blocks::id, page).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|row| (row.id, row.into())).collect()))
    }

    /// Returns the blocked network with this id.
    pub fn find_ip_block(&mut self, id: EntryId) -> Result<Option<IpBlock>> {
        let query = ip_blocks::table.find(id.0).select(IpBlockRow::as_select());
        Ok(query.first::<IpBlockRow>(self.conn()).optional()?.map(Into::into))
    }

    /// Returns the networks blocked with this severity and their expiry, newest first; at most `limit`.
    pub fn list_blocked_networks(
        &mut self,
        severity: &str,
        limit: i64,
    ) -> Result<Vec<(String, Option<Timestamp>)>> {
        let now = self.now().millis();
        let query = ip_blocks::table
            .filter(ip_blocks::severity.eq(severity))
            .filter(ip_blocks::expires_at.is_null().or(ip_blocks::expires_at.gt(now)))
            .order(ip_blocks::id.desc())
            .limit(limit)
            .select((ip_blocks::ip, ip_blocks::expires_at));
        let rows: Vec<(String, Option<i64>)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(ip, ends)| (ip, ends.map(Timestamp::from_millis))).collect())
    }
}

impl Tx<'_> {
    /// Blocks an e-mail domain.
    ///
    /// # Errors
    /// [`Error::Conflict`](super::Error::Conflict) if it is blocked already.
    pub fn insert_email_domain(&mut self, block: &EmailDomain) -> Result<()> {
        let row = (
            email_domain_blocks::id.eq(block.id.0),
            email_domain_blocks::domain.eq(&block.domain),
            email_domain_blocks::created_at.eq(block.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(email_domain_blocks::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Removes the block of an e-mail domain.
    pub fn delete_email_domain(&mut self, id: EntryId) -> Result<()> {
        diesel::delete(email_domain_blocks::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Blocks an e-mail address.
    ///
    /// # Errors
    /// [`Error::Conflict`](super::Error::Conflict) if it is blocked already.
    pub fn insert_email_hash(&mut self, block: &EmailHash) -> Result<()> {
        let row = (
            canonical_email_blocks::id.eq(block.id.0),
            canonical_email_blocks::hash.eq(&block.hash),
            canonical_email_blocks::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(canonical_email_blocks::table)
            .values(&row)
            .execute(c))?;
        Ok(())
    }

    /// Removes the block of an e-mail address.
    pub fn delete_email_hash(&mut self, id: EntryId) -> Result<()> {
        diesel::delete(canonical_email_blocks::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Inserts or updates the block of a network. Deletes all expired blocks first, so that they do not
    /// conflict.
    ///
    /// # Errors
    /// [`Error::Conflict`](super::Error::Conflict) if another block covers the same network.
    pub fn save_ip_block(&mut self, block: &IpBlock) -> Result<()> {
        let now = self.now().millis();
        let ended = ip_blocks::table
            .filter(ip_blocks::expires_at.assume_not_null().le(now))
            .filter(ip_blocks::expires_at.is_not_null())
            .filter(ip_blocks::id.ne(block.id.0));
        diesel::delete(ended).execute(self.conn())?;
        let row = IpBlockRow::from(block);
        let query = diesel::update(ip_blocks::table.find(row.id)).set(&row);
        if on_both!(self.conn(), |c| query.execute(c))? == 0 {
            on_both!(self.conn(), |c| diesel::insert_into(ip_blocks::table).values(&row).execute(c))?;
        }
        Ok(())
    }

    /// Removes the block of a network.
    pub fn delete_ip_block(&mut self, id: EntryId) -> Result<()> {
        diesel::delete(ip_blocks::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }
}
