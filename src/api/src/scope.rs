//! Scopes as types, so that a handler's signature states the scope its caller needs.

/// The scope that a caller needs: one of these, or a parent of one.
pub trait RequiredScope: Send + Sync + 'static {
    /// The alternatives.
    const ANY_OF: &'static [&'static str];
}

macro_rules! scopes {
    ($($name:ident: $($word:literal)|+;)+) => {$(
        #[doc = concat!("Requires one of the scopes ", $("`", $word, "` "),+, ".")]
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl RequiredScope for $name {
            const ANY_OF: &'static [&'static str] = &[$($word),+];
        }
    )+};
}

scopes! {
    Profile: "profile" | "read:accounts";
    OnlyProfile: "profile";
    Read: "read";
    ReadAccounts: "read:accounts";
    ReadBlocks: "read:blocks";
    ReadBookmarks: "read:bookmarks";
    ReadFavourites: "read:favourites";
    ReadFilters: "read:filters";
    ReadFollows: "read:follows";
    ReadLists: "read:lists";
    ReadMutes: "read:mutes";
    ReadNotifications: "read:notifications";
    ReadSearch: "read:search";
    ReadStatuses: "read:statuses";
    Push: "push";
    WriteAccounts: "write:accounts";
    WriteBlocks: "write:blocks";
    WriteBookmarks: "write:bookmarks";
    WriteFavourites: "write:favourites";
    WriteConversations: "write:conversations";
    WriteFilters: "write:filters";
    WriteLists: "write:lists";
    WriteFollows: "write:follows";
    WriteMedia: "write:media";
    WriteMutes: "write:mutes";
    WriteNotifications: "write:notifications";
    WriteReports: "write:reports";
    WriteStatuses: "write:statuses";
    AdminRead: "admin:read";
    AdminReadAccounts: "admin:read:accounts";
    AdminReadCanonicalEmailBlocks: "admin:read:canonical_email_blocks";
    AdminReadDomainAllows: "admin:read:domain_allows";
    AdminReadDomainBlocks: "admin:read:domain_blocks";
    AdminReadEmailDomainBlocks: "admin:read:email_domain_blocks";
    AdminReadIpBlocks: "admin:read:ip_blocks";
    AdminReadReports: "admin:read:reports";
    AdminWrite: "admin:write";
    AdminWriteAccounts: "admin:write:accounts";
    AdminWriteCanonicalEmailBlocks: "admin:write:canonical_email_blocks";
    AdminWriteDomainAllows: "admin:write:domain_allows";
    AdminWriteDomainBlocks: "admin:write:domain_blocks";
    AdminWriteEmailDomainBlocks: "admin:write:email_domain_blocks";
    AdminWriteIpBlocks: "admin:write:ip_blocks";
    AdminWriteReports: "admin:write:reports";
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::oauth::ALL_SCOPES;

    #[test]
    fn every_word_is_a_scope_that_apps_can_ask_for() {
        for scope in [
            Profile::ANY_OF,
            Read::ANY_OF,
            ReadMutes::ANY_OF,
            WriteStatuses::ANY_OF,
            Push::ANY_OF,
            AdminReadReports::ANY_OF,
        ] {
            assert!(scope.iter().all(|word| ALL_SCOPES.contains(word)), "{scope:?}");
        }
    }
}
