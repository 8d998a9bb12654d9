"""What is asked of people about contracts, a module for each subject. Nothing saves."""
