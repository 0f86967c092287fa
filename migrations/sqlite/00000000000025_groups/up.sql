-- Groups: accounts that nobody signs in with. A row says what a group is; membership is an accepted follow of
-- its account. Groups of sister instances have a row as far as their documents tell.
CREATE TABLE groups (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    join_policy TEXT NOT NULL,
    visibility TEXT NOT NULL,
    rule_attribute TEXT,
    rule_value TEXT,
    room INTEGER NOT NULL DEFAULT 0 CHECK (room IN (0, 1)),
    created_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL
);

-- Who has more to say in a group than its members.
CREATE TABLE group_roles (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_roles_of ON group_roles (account_id);

-- Who may come in without being asked.
CREATE TABLE group_invitations (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    by_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_invitations_of ON group_invitations (account_id);
CREATE INDEX group_invitations_by ON group_invitations (by_id);

-- Whom a group's rule has taken in, until it no longer names them. Who leaves by themselves stays noted, and out.
CREATE TABLE group_ruled (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_ruled_of ON group_ruled (account_id);

-- What a group keeps on top.
CREATE TABLE group_pins (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, status_id)
);
CREATE INDEX group_pins_of ON group_pins (status_id);

-- Outsiders in a room: who answers for them, and until when.
CREATE TABLE group_guests (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sponsor_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    until INTEGER NOT NULL,
    accepted_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX group_guests_of ON group_guests (account_id);
CREATE INDEX group_guests_by ON group_guests (sponsor_id);

-- What is for the members of a group has a reach of its own. SQLite cannot change a constraint; this changes the text
-- of the table's declaration alone, which fits all that is in it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(
    sql,
    'CHECK (reach IN (''direct'', ''followers'',',
    'CHECK (reach IN (''direct'', ''group'', ''followers'','
) WHERE type = 'table' AND name = 'statuses';
PRAGMA writable_schema = RESET;

-- The group that a status was posted to.
ALTER TABLE statuses ADD COLUMN group_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL;
CREATE INDEX statuses_in_group ON statuses (group_id, id) WHERE group_id IS NOT NULL;
