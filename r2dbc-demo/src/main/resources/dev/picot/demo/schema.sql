-- Times are UTC. Every statement may run again on a database that has it all already.
CREATE TABLE IF NOT EXISTS rooms (
  name       VARCHAR(80) PRIMARY KEY,
  created_at TIMESTAMP(3) NOT NULL
);

CREATE TABLE IF NOT EXISTS messages (
  id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room            VARCHAR(80) NOT NULL REFERENCES rooms (name),
  author          VARCHAR(160) NOT NULL,
  body            VARCHAR(4000) NOT NULL,
  posted_at       TIMESTAMP(3) NOT NULL,
  idempotency_key VARCHAR(200),
  UNIQUE (room, idempotency_key)
);

CREATE INDEX IF NOT EXISTS messages_of_room ON messages (room, id);
