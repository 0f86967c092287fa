-- Accounts that move: the other ids an account says it has, the one it says it has become, and when it was
-- last moved.

ALTER TABLE accounts ADD COLUMN also_known_as TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN moved_to TEXT;
ALTER TABLE accounts ADD COLUMN moved_at INTEGER;
