ALTER TABLE accounts DROP COLUMN moved_at;
ALTER TABLE accounts DROP COLUMN moved_to;
ALTER TABLE accounts DROP COLUMN also_known_as;
