"""Users: their accounts, tokens and pictures."""
