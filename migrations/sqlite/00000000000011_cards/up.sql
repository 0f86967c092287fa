-- What the pages behind links say of themselves, a row for each link; one without a title could not be read,
-- and is kept so that not every post asks for it again.
CREATE TABLE cards (
    id INTEGER NOT NULL PRIMARY KEY,
    url TEXT NOT NULL UNIQUE CHECK (url <> ''),
    page_url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_url TEXT NOT NULL,
    language TEXT,
    published_at INTEGER,
    image_key TEXT,
    image_width INTEGER,
    image_height INTEGER,
    image_description TEXT NOT NULL,
    blurhash TEXT,
    fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cards_page ON cards (page_url);
CREATE INDEX cards_fetched ON cards (fetched_at);

CREATE TABLE status_cards (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    card_id INTEGER NOT NULL REFERENCES cards (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX status_cards_card ON status_cards (card_id, status_id);

-- A card that goes leaves no file behind.
CREATE TRIGGER cards_gone AFTER DELETE ON cards
BEGIN
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.image_key, OLD.fetched_at WHERE OLD.image_key IS NOT NULL;
END;
