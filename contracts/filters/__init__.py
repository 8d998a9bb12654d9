"""What lists can be narrowed to, a module for each subject; all of it in the URL."""
