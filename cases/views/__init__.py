"""Pages of work orders. One module for each subject."""
