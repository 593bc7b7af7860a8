-- What one request with a key may ask for, and how long it may take. JSON; null: what the server sets for all.
ALTER TABLE api_keys ADD COLUMN caps TEXT;
