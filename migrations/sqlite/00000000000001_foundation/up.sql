-- The first tables: people, posts, what stands between them, and the queues that carry events on.
-- Times are milliseconds since 1970 (UTC). Ids come from the application. Same tables on both databases.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE hosts (
    domain TEXT NOT NULL PRIMARY KEY CHECK (domain = lower(domain) AND domain <> ''),
    tier TEXT NOT NULL CHECK (tier IN ('company', 'partner', 'open', 'limited', 'blocked')),
    note TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE host_health (
    domain TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    first_failure_at INTEGER,
    last_failure_at INTEGER,
    last_success_at INTEGER,
    held_until INTEGER,
    last_error TEXT
) STRICT;

CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY,
    username TEXT NOT NULL CHECK (username <> ''),
    domain TEXT CHECK (domain = lower(domain) AND domain <> ''),
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('Person', 'Service', 'Application', 'Group', 'Organization')),
    is_instance_actor INTEGER NOT NULL DEFAULT 0 CHECK (is_instance_actor IN (0, 1)),
    display_name TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    note_source TEXT,
    fields TEXT NOT NULL DEFAULT '[]',
    avatar_url TEXT,
    header_url TEXT,
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    discoverable INTEGER CHECK (discoverable IN (0, 1)),
    indexable INTEGER NOT NULL DEFAULT 0 CHECK (indexable IN (0, 1)),
    hide_collections INTEGER NOT NULL DEFAULT 0 CHECK (hide_collections IN (0, 1)),
    inbox_url TEXT NOT NULL,
    shared_inbox_url TEXT,
    outbox_url TEXT,
    followers_url TEXT,
    following_url TEXT,
    featured_url TEXT,
    created_at INTEGER NOT NULL,
    fetched_at INTEGER,
    suspended_at INTEGER,
    last_status_at INTEGER,
    statuses_count INTEGER NOT NULL DEFAULT 0,
    followers_count INTEGER NOT NULL DEFAULT 0,
    following_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX accounts_local_username ON accounts (lower(username)) WHERE domain IS NULL;
CREATE INDEX accounts_handle ON accounts (lower(username), domain);
CREATE INDEX accounts_domain ON accounts (domain);
CREATE INDEX accounts_url ON accounts (url);

CREATE TABLE keys (
    uri TEXT NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    public_pem TEXT NOT NULL,
    private_pem TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX keys_account ON keys (account_id);

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    password_hash TEXT,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'admin')),
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    default_reach TEXT CHECK (default_reach IN ('direct', 'followers', 'instance', 'company', 'partners', 'public')),
    default_sensitive INTEGER NOT NULL DEFAULT 0 CHECK (default_sensitive IN (0, 1)),
    default_language TEXT
) STRICT;
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE oauth_apps (
    id INTEGER NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE oauth_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

CREATE TABLE oauth_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    app_id INTEGER REFERENCES oauth_apps (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX oauth_tokens_user ON oauth_tokens (user_id);
CREATE INDEX oauth_tokens_app ON oauth_tokens (app_id);
CREATE INDEX oauth_tokens_code ON oauth_tokens (code_hash);

CREATE TABLE statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    local INTEGER NOT NULL CHECK (local IN (0, 1)),
    in_reply_to_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    in_reply_to_uri TEXT,
    in_reply_to_account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    reblog_of INTEGER REFERENCES statuses (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL,
    content TEXT NOT NULL DEFAULT '',
    source TEXT,
    spoiler_text TEXT NOT NULL DEFAULT '',
    sensitive INTEGER NOT NULL DEFAULT 0 CHECK (sensitive IN (0, 1)),
    language TEXT,
    reach TEXT NOT NULL CHECK (reach IN ('direct', 'followers', 'instance', 'company', 'partners', 'public')),
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    app_id INTEGER REFERENCES oauth_apps (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    pinned_at INTEGER,
    replies_count INTEGER NOT NULL DEFAULT 0,
    reblogs_count INTEGER NOT NULL DEFAULT 0,
    favourites_count INTEGER NOT NULL DEFAULT 0,
    CHECK (local OR reach <> 'instance' OR reblog_of IS NOT NULL)
) STRICT;
CREATE INDEX statuses_account ON statuses (account_id, id);
CREATE INDEX statuses_reply ON statuses (in_reply_to_id);
CREATE INDEX statuses_reply_uri ON statuses (in_reply_to_uri);
CREATE INDEX statuses_conversation ON statuses (conversation_id, id);
CREATE INDEX statuses_url ON statuses (url);
CREATE INDEX statuses_timeline ON statuses (local, id);
CREATE INDEX statuses_app ON statuses (app_id);
CREATE INDEX statuses_reply_account ON statuses (in_reply_to_account_id);
CREATE UNIQUE INDEX statuses_reblog ON statuses (reblog_of, account_id) WHERE reblog_of IS NOT NULL;

CREATE TABLE status_edits (
    id INTEGER NOT NULL PRIMARY KEY,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    spoiler_text TEXT NOT NULL,
    sensitive INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX status_edits_status ON status_edits (status_id, id);

CREATE TABLE mentions (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (status_id, account_id)
) STRICT;
CREATE INDEX mentions_account ON mentions (account_id, status_id);

CREATE TABLE tags (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE status_tags (
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    PRIMARY KEY (tag_id, status_id)
) STRICT;
CREATE INDEX status_tags_status ON status_tags (status_id);

CREATE TABLE tombstones (
    uri TEXT NOT NULL PRIMARY KEY,
    actor_uri TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tombstones_age ON tombstones (created_at);

CREATE TABLE follows (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    show_reblogs INTEGER NOT NULL DEFAULT 1 CHECK (show_reblogs IN (0, 1)),
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
CREATE INDEX follows_target ON follows (target_id, id);
CREATE INDEX follows_account ON follows (account_id, id);
CREATE INDEX follows_uri ON follows (uri);

CREATE TABLE blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
CREATE INDEX blocks_target ON blocks (target_id);

CREATE TABLE mutes (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hide_notifications INTEGER NOT NULL DEFAULT 1 CHECK (hide_notifications IN (0, 1)),
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
CREATE INDEX mutes_target ON mutes (target_id);

CREATE TABLE favourites (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    uri TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, status_id)
) STRICT;
CREATE INDEX favourites_status ON favourites (status_id, id);
CREATE INDEX favourites_account ON favourites (account_id, id);

CREATE TABLE bookmarks (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, status_id)
) STRICT;
CREATE INDEX bookmarks_status ON bookmarks (status_id);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id);

CREATE TABLE notifications (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id < 9007199254740992),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'update')),
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_from ON notifications (from_id, account_id);
CREATE INDEX notifications_status ON notifications (status_id);

CREATE TABLE home_timeline (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    author_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, status_id)
) STRICT;
CREATE INDEX home_timeline_status ON home_timeline (status_id);
CREATE INDEX home_timeline_author ON home_timeline (account_id, author_id);

CREATE TABLE markers (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    timeline TEXT NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_read_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, timeline)
) STRICT;

CREATE TABLE idempotency_keys (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_status ON idempotency_keys (status_id);

CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    last_error TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (queue, dead, run_at);

CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY,
    activity_uri TEXT NOT NULL UNIQUE,
    actor_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    recipient_id INTEGER,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
    last_error TEXT
) STRICT;
CREATE INDEX inbox_waiting ON inbox (state, actor_uri, id);
CREATE INDEX inbox_due ON inbox (state, run_at, id);
CREATE INDEX inbox_age ON inbox (received_at);
CREATE INDEX inbox_claimed ON inbox (claimed_until) WHERE claimed_until > 0;

CREATE TABLE activities (
    id INTEGER NOT NULL PRIMARY KEY,
    uri TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX activities_account ON activities (account_id);

CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    inbox_url TEXT NOT NULL,
    host TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    last_error TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (activity_id, inbox_url)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (dead, host, run_at);

CREATE TABLE delivered (
    object_uri TEXT NOT NULL,
    inbox_url TEXT NOT NULL,
    host TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (object_uri, inbox_url)
) STRICT;
