-- Reports, what moderators do about them, and what they keep out.

ALTER TABLE accounts ADD COLUMN silenced_at INTEGER;
ALTER TABLE accounts ADD COLUMN sensitized_at INTEGER;
ALTER TABLE accounts ADD COLUMN suspended_by_origin INTEGER NOT NULL DEFAULT 0 CHECK (suspended_by_origin IN (0, 1));

-- What clients name a host by, and what else is kept from it.
ALTER TABLE hosts ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN public_note TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN reject_media INTEGER NOT NULL DEFAULT 0 CHECK (reject_media IN (0, 1));
ALTER TABLE hosts ADD COLUMN reject_reports INTEGER NOT NULL DEFAULT 0 CHECK (reject_reports IN (0, 1));
ALTER TABLE hosts ADD COLUMN obfuscate INTEGER NOT NULL DEFAULT 0 CHECK (obfuscate IN (0, 1));
UPDATE hosts SET id = created_at * 2097152 + rowid;
CREATE UNIQUE INDEX hosts_id ON hosts (id);

ALTER TABLE tags ADD COLUMN trendable INTEGER CHECK (trendable IN (0, 1));

CREATE TABLE reports (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT UNIQUE,
    comment TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('spam', 'legal', 'violation', 'other')),
    rule_ids TEXT NOT NULL,
    forwarded INTEGER NOT NULL CHECK (forwarded IN (0, 1)),
    assigned_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    resolved_at INTEGER,
    resolved_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reports_account ON reports (account_id);
CREATE INDEX reports_target ON reports (target_id);
CREATE INDEX reports_assigned ON reports (assigned_id);
CREATE INDEX reports_resolver ON reports (resolved_by);
CREATE INDEX reports_created ON reports (created_at);

CREATE TABLE report_statuses (
    report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    PRIMARY KEY (report_id, status_id)
) STRICT;
CREATE INDEX report_statuses_status ON report_statuses (status_id);

-- Who did what. The names are kept as they were, so that an entry outlives whom it is about.
CREATE TABLE moderation_log (
    id INTEGER NOT NULL PRIMARY KEY,
    actor_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    target TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX moderation_log_actor ON moderation_log (actor_id);
CREATE INDEX moderation_log_target ON moderation_log (target_id);

ALTER TABLE notifications ADD COLUMN report_id INTEGER REFERENCES reports (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD COLUMN warning_id INTEGER REFERENCES moderation_log (id) ON DELETE CASCADE;
CREATE INDEX notifications_report ON notifications (report_id);
CREATE INDEX notifications_warning ON notifications (warning_id);

CREATE TABLE email_domain_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE canonical_email_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ip_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    ip TEXT NOT NULL UNIQUE,
    severity TEXT NOT NULL CHECK (severity IN ('sign_up_requires_approval', 'sign_up_block', 'no_access')),
    comment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
