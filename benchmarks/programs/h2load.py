"""
Loads a server of HTTP/2 with h2load, and prints how many requests were answered, and in how many
seconds.

    python h2load.py CONNECTIONS STREAMS SECONDS URL [FILE]

FILE is posted.
"""

from __future__ import annotations

import re
import subprocess
import sys

connections, streams, seconds, url, *file = sys.argv[1:]
words = ["h2load", f"-c{connections}", f"-m{streams}", f"-D{seconds}", "--warm-up-time=0"]
if file:
    words += ["-d", file[0]]
said = subprocess.run([*words, url], capture_output=True, text=True, check=True).stdout
done = re.search(r"requests: .*?(\d+) succeeded, (\d+) failed", said)
spoken = "Application protocol: h2" in said
# Those that are on their way at the end are counted as failed: one of each stream.
if done is None or not spoken or int(done[2]) > int(connections) * int(streams):
    sys.exit(f"h2load says: {said}")
print(done[1], seconds, flush=True)
