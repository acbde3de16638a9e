"""Rules and verbs: importable without Strawberry, Starlette, arq or Redis."""
