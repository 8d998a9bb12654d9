"""Everything that writes what was agreed. One function for each thing that is done."""
