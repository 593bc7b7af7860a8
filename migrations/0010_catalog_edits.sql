-- What an operator says of a type in place of the provider: kept when the catalogue is read anew. Null: as the provider says.
CREATE TABLE catalog_edits (
  provider TEXT NOT NULL,
  type_name TEXT NOT NULL,
  price_per_hour_nanos BIGINT CHECK (price_per_hour_nanos >= 0),
  usable_vram_gib_per_gpu DOUBLE PRECISION CHECK (usable_vram_gib_per_gpu > 0),
  disabled BIGINT NOT NULL CHECK (disabled IN (0, 1)),
  edited_by TEXT NOT NULL,
  edited_at_ms BIGINT NOT NULL,
  PRIMARY KEY (provider, type_name)
);
