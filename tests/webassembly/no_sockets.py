# What the packages import and the WebAssembly builds lack, as names alone: with it everything can be imported there.
# Imported here, so that it does not count as heap of the packages: a board has all of it in its firmware.
import gc
import json  # noqa: F401
import sys
import time  # noqa: F401


class Nothing:
    pass


sys.modules["socket"] = Nothing
try:
    import asyncio
except ImportError:  # 1.21
    asyncio = sys.modules["asyncio"] = Nothing
for name in ("StreamReader", "create_task", "get_event_loop", "sleep_ms"):
    if not hasattr(asyncio, name):
        setattr(asyncio, name, Nothing)
gc.collect()
