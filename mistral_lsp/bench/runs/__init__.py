"""Runs: what the benchmarks of models share: endpoints, cases, kept results, progress, and what comes out."""
