ALTER TABLE accounts DROP COLUMN emojis;
ALTER TABLE statuses DROP COLUMN emojis;
DROP TABLE custom_emojis;
