"""The thread of searches that run the chain many times: one at a time, so that the pages stay responsive."""

from concurrent.futures import ThreadPoolExecutor

SEARCHES = ThreadPoolExecutor(1, thread_name_prefix="searches")
PAUSE = 150  # ms without a change before a search starts, so that none runs during a drag
