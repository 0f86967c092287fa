DELETE FROM keys WHERE purpose = 'proof';
ALTER TABLE keys DROP COLUMN purpose;
DROP TABLE signature_forms;
