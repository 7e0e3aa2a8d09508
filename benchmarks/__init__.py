"""Benchmarks against plain confluent-kafka on a real Kafka: `make bench`, or `python -m benchmarks --help`.

Each side of a comparison is a process of its own, so that its CPU time is its own. The two take turns within one run,
and what counts is the median of the ratios of neighbouring turns: a machine that is busy with something else slows
both.
"""
