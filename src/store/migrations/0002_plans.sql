-- The plan that an apply runs was named inside of its sealed resolution, where no sweep could see it.
ALTER TABLE tasks ADD COLUMN plan TEXT NOT NULL DEFAULT '';
CREATE INDEX tasks_planned ON tasks (run) WHERE plan <> '';
