DROP TABLE withheld;
ALTER TABLE delivered DROP COLUMN recalled_at;
ALTER TABLE delivered DROP COLUMN rule;
