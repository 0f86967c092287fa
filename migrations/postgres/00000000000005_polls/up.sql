-- Polls with their options and votes, and the threads that people do not want to hear of.

CREATE TABLE polls (
    status_id BIGINT NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    multiple BOOLEAN NOT NULL DEFAULT FALSE,
    hide_totals BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at BIGINT,
    voters_count BIGINT,
    ended BOOLEAN NOT NULL DEFAULT FALSE,
    telling BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE poll_options (
    status_id BIGINT NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    title TEXT NOT NULL CHECK (title <> ''),
    votes_count BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (status_id, position)
);

CREATE TABLE poll_votes (
    status_id BIGINT NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    PRIMARY KEY (status_id, account_id, position)
);
CREATE INDEX poll_votes_account ON poll_votes (account_id);

CREATE TABLE thread_mutes (
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    conversation_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
);
