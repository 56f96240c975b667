"""Packages and resources as they are kept and shown, their rows, their files and the gate."""
