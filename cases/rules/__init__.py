"""Pure rules about cases: no Django, no clock, no database."""
