-- What was paid at places that an instance has left for another one: part of its cost, and of what it may spend.
ALTER TABLE instances ADD COLUMN spent_before_nanos BIGINT NOT NULL DEFAULT 0 CHECK (spent_before_nanos >= 0);
