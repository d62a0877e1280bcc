-- What a deployment was after each run that did something.
CREATE TABLE stack_versions (
  deployment TEXT NOT NULL, version INTEGER NOT NULL, run TEXT NOT NULL, kind TEXT NOT NULL, result TEXT NOT NULL, document TEXT NOT NULL,
  message TEXT NOT NULL, author TEXT NOT NULL, components TEXT NOT NULL, created_ms INTEGER NOT NULL, PRIMARY KEY (deployment, version)
) STRICT, WITHOUT ROWID;
