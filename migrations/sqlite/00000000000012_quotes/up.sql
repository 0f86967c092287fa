-- Posts that quote others, and whom authors let quote theirs. Older posts cannot be quoted: nobody asked.

ALTER TABLE statuses ADD COLUMN quote_automatic TEXT NOT NULL DEFAULT 'nobody'
    CHECK (quote_automatic IN ('nobody', 'others', 'followers', 'public'));
ALTER TABLE statuses ADD COLUMN quote_manual TEXT NOT NULL DEFAULT 'nobody'
    CHECK (quote_manual IN ('nobody', 'others', 'followers', 'public'));
ALTER TABLE users ADD COLUMN default_quotable TEXT NOT NULL DEFAULT 'public'
    CHECK (default_quotable IN ('nobody', 'followers', 'public'));

CREATE TABLE quotes (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    quoted_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    quoted_uri TEXT NOT NULL CHECK (quoted_uri <> ''),
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked', 'deleted')),
    stamp_uri TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX quotes_quoted ON quotes (quoted_id, status_id);
CREATE INDEX quotes_uri ON quotes (quoted_uri);
CREATE INDEX quotes_stamp ON quotes (stamp_uri);
