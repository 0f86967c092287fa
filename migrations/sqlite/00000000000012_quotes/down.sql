DROP TABLE quotes;
ALTER TABLE users DROP COLUMN default_quotable;
ALTER TABLE statuses DROP COLUMN quote_manual;
ALTER TABLE statuses DROP COLUMN quote_automatic;
