"""Human-eval: lines taken out of correct programs and written again, judged by the programs' own tests."""
