DROP TABLE translations;
DROP INDEX notifications_severance;
ALTER TABLE notifications DROP COLUMN severance_id;
DROP TABLE severances;
ALTER TABLE accounts DROP COLUMN attribution_domains;
