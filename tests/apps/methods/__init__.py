"""Methods of applications."""
