"""Measurements that take longer than a test may: run by hand, their results committed."""

import time

STARTED = time.time()  # before anything else is imported
