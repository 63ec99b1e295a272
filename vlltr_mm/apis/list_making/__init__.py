"""List files of any images."""
