-- Sites that may credit an account, what ended people's follows, and translations that were asked for.

ALTER TABLE accounts ADD COLUMN attribution_domains TEXT NOT NULL DEFAULT '[]';

CREATE TABLE severances (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    cause TEXT NOT NULL CHECK (cause IN ('domain_block', 'user_domain_block', 'account_suspension')),
    target TEXT NOT NULL CHECK (target <> ''),
    followers_count BIGINT NOT NULL CHECK (followers_count >= 0),
    following_count BIGINT NOT NULL CHECK (following_count >= 0),
    created_at BIGINT NOT NULL
);
CREATE INDEX severances_account ON severances (account_id, target);
ALTER TABLE notifications ADD COLUMN severance_id BIGINT REFERENCES severances (id) ON DELETE CASCADE;
CREATE INDEX notifications_severance ON notifications (severance_id);

CREATE TABLE translations (
    status_id BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    -- Which version of the status was translated.
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (status_id, language)
);
CREATE INDEX translations_age ON translations (created_at);
