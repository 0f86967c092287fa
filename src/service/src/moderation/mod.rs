//! Moderation. Every function asks policy whether the moderator may act, and writes the moderation log in the
//! same transaction.

mod access_blocks;
mod host_lists;
mod hosts;
mod metrics;
mod people;
mod report_queue;
pub mod reports;
mod trends;

pub(super) use access_blocks::email_faults;
pub use access_blocks::{
    EmailDomain, EmailHash, IpBlock, IpBlockCache, IpBlockChange, IpBlockSeverity, block_address,
    block_email, block_email_domain, canonical_hash, change_ip_block, email_blocks, email_domain_block,
    email_domain_blocks, find_email_block, find_ip_block, ip_blocks, is_address_blocked, lift_email_block,
    lift_email_domain_block, lift_ip_block, test_email,
};
pub use host_lists::{
    HostChange, HostListAction, HostListEntry, MOST_HOSTS, allowed as allowed_hosts,
    blocked as blocked_hosts, import as import_list, preview as preview_list, preview_tier,
};
pub use hosts::{
    HostBlockInput, HostSeverity, allow, allows, blocks, find_allow, find_block, lift_allow, lift_block,
    set_block, update_block,
};
pub use metrics::{dimensions, measure, retention};
pub(super) use people::erase_content;
pub use people::{ActionInput, PersonFilter, PersonState, act, erase, find, list, set_role, show};
pub use report_queue::{ReportChange, change as change_report, list as list_reports, show as show_report};
pub use trends::{
    ReviewedTag, judge_link, judge_status, judge_tag, links as trending_links, statuses as trending_statuses,
    tags as trending_tags,
};

use super::Result;
use crate::instance::Instance;
use portico_domain::model::moderation::{LogEntry, Moderator};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::policy::moderation::{Power, may};

/// Lists the moderation log, newest first.
pub async fn record(instance: &Instance, by: &Moderator, page: PageRequest) -> Result<Page<LogEntry>> {
    may(by.role, Power::People)?;
    Ok(instance.store.read(move |reader| reader.log_page(&page)).await?)
}
