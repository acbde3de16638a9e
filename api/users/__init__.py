"""Who may come in: users, invitations, sessions, identity providers."""
