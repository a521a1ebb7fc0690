"""Infill: holes of several shapes in correct programs, filled through the server or by the prompt alone."""
