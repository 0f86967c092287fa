-- What the pages behind links say of themselves, a row for each link; one without a title could not be read,
-- and is kept so that not every post asks for it again.
CREATE TABLE cards (
    id BIGINT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL UNIQUE CHECK (url <> ''),
    page_url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_url TEXT NOT NULL,
    language TEXT,
    published_at BIGINT,
    image_key TEXT,
    image_width BIGINT,
    image_height BIGINT,
    image_description TEXT NOT NULL,
    blurhash TEXT,
    fetched_at BIGINT NOT NULL
);
CREATE INDEX cards_page ON cards (page_url);
CREATE INDEX cards_fetched ON cards (fetched_at);

CREATE TABLE status_cards (
    status_id BIGINT NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    card_id BIGINT NOT NULL REFERENCES cards (id) ON DELETE CASCADE
);
CREATE INDEX status_cards_card ON status_cards (card_id, status_id);

-- A card that goes leaves no file behind.
CREATE FUNCTION cards_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO media_trash (file_key, created_at)
        SELECT OLD.image_key, OLD.fetched_at WHERE OLD.image_key IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER cards_gone AFTER DELETE ON cards FOR EACH ROW EXECUTE FUNCTION cards_gone();
