"""
Loads a web server with wrk, and prints how many requests were answered, and in how many seconds.

    python webload.py CONNECTIONS SECONDS URL [SCRIPT]
"""

from __future__ import annotations

import re
import subprocess
import sys

connections, seconds, url, *script = sys.argv[1:]
words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
if script:
    words += ["-s", script[0]]
said = subprocess.run([*words, url], capture_output=True, text=True, check=True).stdout
found = re.search(r"(\d+) requests in ([\d.]+)s", said)
wrong = re.search(
    r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*(?:connect|read) ([1-9]\d*)", said
)
if found is None or wrong is not None:
    sys.exit(f"wrk says: {said}")
print(found[1], found[2], flush=True)
