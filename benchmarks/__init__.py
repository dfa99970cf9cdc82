"""Speed, memory and traffic of whole user actions: `python -m benchmarks`, or `make bench`."""
