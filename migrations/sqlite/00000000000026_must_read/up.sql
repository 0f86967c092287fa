-- What marks posts out: that they must be read, and who has; that a delegate posted them; which answer to them
-- was accepted; whom they praise.

CREATE TABLE must_reads (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    acknowledge_by INTEGER,
    department TEXT NOT NULL,
    department_key TEXT NOT NULL,
    group_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    reminded_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX must_reads_group ON must_reads (group_id);

CREATE TABLE acknowledgements (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id)
) STRICT;
CREATE INDEX acknowledgements_account ON acknowledgements (account_id);

-- A person has at most one delegation of each other person; a changed one takes the place of the former.
CREATE TABLE delegations (
    leader_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    delegate_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    may_post INTEGER NOT NULL CHECK (may_post IN (0, 1)),
    may_answer INTEGER NOT NULL CHECK (may_answer IN (0, 1)),
    until INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (leader_id, delegate_id)
) STRICT;
CREATE INDEX delegations_delegate ON delegations (delegate_id);

-- The record outlives the post: what was said in somebody's name stays known.
CREATE TABLE delegated_posts (
    status_id INTEGER NOT NULL PRIMARY KEY,
    leader_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    delegate_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    is_answer INTEGER NOT NULL CHECK (is_answer IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX delegated_posts_leader ON delegated_posts (leader_id, status_id);
CREATE INDEX delegated_posts_delegate ON delegated_posts (delegate_id);

CREATE TABLE accepted_answers (
    question_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    answer_uri TEXT NOT NULL CHECK (answer_uri <> '')
) STRICT;

CREATE TABLE praises (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    PRIMARY KEY (status_id, account_id)
) STRICT;
CREATE INDEX praises_account ON praises (account_id, status_id);
