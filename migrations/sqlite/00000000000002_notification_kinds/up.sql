-- What else somebody can be told of: polls, quotes, and what moderation did.
-- SQLite cannot change a CHECK: the table is made anew.
CREATE TABLE notifications_new (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id < 9007199254740992),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'poll', 'update', 'admin.sign_up', 'admin.report', 'severed_relationships', 'moderation_warning', 'quote', 'quoted_update')),
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO notifications_new (id, account_id, kind, from_id, status_id, created_at)
    SELECT id, account_id, kind, from_id, status_id, created_at FROM notifications;
DROP TABLE notifications;
ALTER TABLE notifications_new RENAME TO notifications;
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_from ON notifications (from_id, account_id);
CREATE INDEX notifications_status ON notifications (status_id);
