-- Reports, what moderators do about them, and what they keep out.

ALTER TABLE accounts ADD COLUMN silenced_at BIGINT;
ALTER TABLE accounts ADD COLUMN sensitized_at BIGINT;
ALTER TABLE accounts ADD COLUMN suspended_by_origin BOOLEAN NOT NULL DEFAULT FALSE;

-- What clients name a host by, and what else is kept from it.
ALTER TABLE hosts ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN public_note TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN reject_media BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE hosts ADD COLUMN reject_reports BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE hosts ADD COLUMN obfuscate BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE hosts SET id = numbered.id
FROM (SELECT domain, created_at * 2097152 + row_number() OVER (ORDER BY domain) AS id FROM hosts) AS numbered
WHERE hosts.domain = numbered.domain;
CREATE UNIQUE INDEX hosts_id ON hosts (id);

ALTER TABLE tags ADD COLUMN trendable BOOLEAN;

CREATE TABLE reports (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT UNIQUE,
    comment TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('spam', 'legal', 'violation', 'other')),
    rule_ids TEXT NOT NULL,
    forwarded BOOLEAN NOT NULL,
    assigned_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    resolved_at BIGINT,
    resolved_by BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX reports_account ON reports (account_id);
CREATE INDEX reports_target ON reports (target_id);
CREATE INDEX reports_assigned ON reports (assigned_id);
CREATE INDEX reports_resolver ON reports (resolved_by);
CREATE INDEX reports_created ON reports (created_at);

CREATE TABLE report_statuses (
    report_id BIGINT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    status_id BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    PRIMARY KEY (report_id, status_id)
);
CREATE INDEX report_statuses_status ON report_statuses (status_id);

-- Who did what. The names are kept as they were, so that an entry outlives whom it is about.
CREATE TABLE moderation_log (
    id BIGINT NOT NULL PRIMARY KEY,
    actor_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    target TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX moderation_log_actor ON moderation_log (actor_id);
CREATE INDEX moderation_log_target ON moderation_log (target_id);

ALTER TABLE notifications ADD COLUMN report_id BIGINT REFERENCES reports (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD COLUMN warning_id BIGINT REFERENCES moderation_log (id) ON DELETE CASCADE;
CREATE INDEX notifications_report ON notifications (report_id);
CREATE INDEX notifications_warning ON notifications (warning_id);

CREATE TABLE email_domain_blocks (
    id BIGINT NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE canonical_email_blocks (
    id BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE ip_blocks (
    id BIGINT NOT NULL PRIMARY KEY,
    ip TEXT NOT NULL UNIQUE,
    severity TEXT NOT NULL CHECK (severity IN ('sign_up_requires_approval', 'sign_up_block', 'no_access')),
    comment TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
