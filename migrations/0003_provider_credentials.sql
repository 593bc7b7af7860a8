-- Versions of an organization's credentials at a provider. The one in use has no revoked_at_ms; earlier ones stay sealed, to
-- roll back to. One that was removed, or is too old to go back to, keeps its row and loses what was sealed (empty text).
ALTER TABLE provider_credentials ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE provider_credentials ADD COLUMN key_prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE provider_credentials ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX provider_credentials_version ON provider_credentials (organization_id, provider, name, version);
