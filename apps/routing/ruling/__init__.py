"""Rules as dispatch reads them: frozen, asked without the database, and explained. See docs/rules.md."""
