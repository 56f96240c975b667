"""Users, their accounts and tokens; pictures of theirs, and logos of organizations."""
