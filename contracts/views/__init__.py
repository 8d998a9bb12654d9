"""Pages of a contract, a module for each subject."""
