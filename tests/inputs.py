# How many inputs hypothesis makes: the same ones in each run, so that red means a change and never luck.
# TINYWEB_EXAMPLES is the part of them that a run takes that is made for something else, such as coverage.
import os

import hypothesis

PART = float(os.environ.get("TINYWEB_EXAMPLES", "1"))


def many(count):
    """Return settings for a test that takes more inputs, or fewer, than the usual 300."""
    return hypothesis.settings(deadline=None, derandomize=True, max_examples=max(10, int(count * PART)))


hypothesis.settings.register_profile("tinyweb", many(300))
hypothesis.settings.load_profile("tinyweb")
