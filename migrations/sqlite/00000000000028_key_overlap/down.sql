ALTER TABLE keys DROP COLUMN expires_at;
