ALTER TABLE delivered DROP COLUMN refusal;
ALTER TABLE delivered DROP COLUMN taken_at;
ALTER TABLE activities DROP COLUMN brings;
