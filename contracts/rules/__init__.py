"""What follows from the contract by arithmetic alone: no Django, no records, no clock."""
