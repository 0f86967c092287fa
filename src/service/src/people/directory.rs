//! The directory of the instance and the company.

use crate::instance::Instance;
use crate::{Result, Viewer, lookup, setting};
use portico_domain::model::account::Account;

pub use portico_store::DirectoryOrder;

/// Lists the directory of the instance and the company; empty for an anonymous visitor who may not see it.
pub async fn list(
    instance: &Instance,
    viewer: Viewer,
    order: DirectoryOrder,
    local_only: bool,
    limit: i64,
    offset: i64,
) -> Result<Vec<Account>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let found = reader.directory(order, local_only, limit, offset)?;
            lookup::filter_visible_accounts(reader, &viewer, &setting, found)
        })
        .await
}
