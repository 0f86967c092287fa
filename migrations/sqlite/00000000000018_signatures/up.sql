-- Hosts that want the newer form of signatures first, and until when that is remembered.

CREATE TABLE signature_forms (
    host TEXT NOT NULL PRIMARY KEY CHECK (host <> ''),
    newer_until INTEGER NOT NULL
) STRICT;

-- What a key is for: 'http' signs requests, 'proof' signs objects (FEP-8b32).
ALTER TABLE keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'http' CHECK (purpose IN ('http', 'proof'));
