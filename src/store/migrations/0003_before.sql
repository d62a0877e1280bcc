-- What the claim of an attempt changed in its component's row, so that it can be undone where its tool never began.
ALTER TABLE attempts ADD COLUMN before TEXT NOT NULL DEFAULT '';
