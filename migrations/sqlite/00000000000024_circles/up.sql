-- Of a post for partners: the one that it is for, and whether the company is left out.
ALTER TABLE statuses ADD COLUMN partner TEXT;
ALTER TABLE statuses ADD COLUMN partner_alone INTEGER NOT NULL DEFAULT 0 CHECK (partner_alone IN (0, 1));

-- Named sets of people, to address posts to.
CREATE TABLE circles (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX circles_of ON circles (account_id, id);

CREATE TABLE circle_members (
    circle_id INTEGER NOT NULL REFERENCES circles (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (circle_id, account_id)
) STRICT;
CREATE INDEX circle_members_account ON circle_members (account_id);

-- Whether somebody is addressed without being named in the text; and whether a status has such people.
ALTER TABLE mentions ADD COLUMN silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0, 1));
ALTER TABLE statuses ADD COLUMN addressed INTEGER NOT NULL DEFAULT 0 CHECK (addressed IN (0, 1));
ALTER TABLE statuses ADD COLUMN circle_id INTEGER REFERENCES circles (id) ON DELETE SET NULL;
CREATE INDEX statuses_circle ON statuses (circle_id) WHERE circle_id IS NOT NULL;

-- Who may be asked by strangers what they know: of people here, who may ask them (none said: the usual); of
-- others, whether their server says that we may.
CREATE TABLE askable (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    askers TEXT NOT NULL CHECK (askers IN ('nobody', 'instance', 'company', 'partners'))
) STRICT;

-- Who was asked what, to keep it to a few a day.
CREATE TABLE askings (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id)
) STRICT;
CREATE INDEX askings_of ON askings (account_id, created_at);
