DROP TABLE delivered, deliveries, activities, inbox, jobs, idempotency_keys, markers, home_timeline,
    notifications, bookmarks, favourites, mutes, blocks, follows, tombstones, status_tags, tags, mentions,
    status_edits, statuses, oauth_tokens, oauth_codes, oauth_apps, sessions, users, keys, accounts,
    host_health, hosts, meta;
