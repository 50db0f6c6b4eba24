"""How fast it is, always as a ratio in one run: against a bare floor, with the peers beside it.

python -m benchmarks [NAME..] [--rows N] [--report]
"""
