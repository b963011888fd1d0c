"""Whether the site is well: for the monitoring (`/sante/`, `/metrics`) and on the homes of administrators."""
