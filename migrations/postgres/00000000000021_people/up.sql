-- What people say of their work, and how they are found: one row for each person of the company, and for
-- others who have told us something.

CREATE TABLE profiles (
    account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    attributes TEXT NOT NULL,
    narrowed TEXT NOT NULL,
    name_key TEXT NOT NULL,
    division_key TEXT NOT NULL,
    department_key TEXT NOT NULL,
    manager_uri TEXT,
    changed_at BIGINT NOT NULL
);
CREATE INDEX profiles_by_name ON profiles (name_key, account_id);
CREATE INDEX profiles_by_unit ON profiles (division_key, department_key, name_key);
CREATE INDEX profiles_by_department ON profiles (department_key, name_key);
CREATE INDEX profiles_by_manager ON profiles (manager_uri) WHERE manager_uri IS NOT NULL;
CREATE INDEX profiles_by_change ON profiles (changed_at, account_id);

-- The prepared words by which people are found, and of each word the pairs of letters that find it when it is
-- mistyped; the pair ^ alone lists every word.
CREATE TABLE people_words (
    word TEXT COLLATE "C" NOT NULL,
    kind BIGINT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, kind, account_id)
);
CREATE INDEX people_words_of ON people_words (account_id, word);

CREATE TABLE word_grams (
    gram TEXT COLLATE "C" NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (gram, word)
);
CREATE INDEX word_grams_of ON word_grams (word);
