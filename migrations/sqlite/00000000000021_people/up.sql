-- What people say of their work, and how they are found: one row for each person of the company, and for
-- others who have told us something.

CREATE TABLE profiles (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    attributes TEXT NOT NULL,
    narrowed TEXT NOT NULL,
    name_key TEXT NOT NULL,
    division_key TEXT NOT NULL,
    department_key TEXT NOT NULL,
    manager_uri TEXT,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX profiles_by_name ON profiles (name_key, account_id);
CREATE INDEX profiles_by_unit ON profiles (division_key, department_key, name_key);
CREATE INDEX profiles_by_department ON profiles (department_key, name_key);
CREATE INDEX profiles_by_manager ON profiles (manager_uri) WHERE manager_uri IS NOT NULL;
CREATE INDEX profiles_by_change ON profiles (changed_at, account_id);

-- The prepared words by which people are found, and of each word the pairs of letters that find it when it is
-- mistyped; the pair ^ alone lists every word.
CREATE TABLE people_words (
    word TEXT NOT NULL,
    kind INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, kind, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_words_of ON people_words (account_id, word);

CREATE TABLE word_grams (
    gram TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (gram, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX word_grams_of ON word_grams (word);
