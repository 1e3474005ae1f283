"""
A site in several processes: one that holds the listening sockets, and workers that serve.

`crew` is the process that a person has started. It opens the sockets and accepts nothing; each
worker gets duplicates of them, over a UNIX socket that only the two know, so that all take callers
from one queue. When a worker dies, its connections are lost, and no other: who waits in the queue
is served by the next. (With a socket for each worker, as SO_REUSEPORT has it, those in the dead
one's queue would be lost, too.)

`member` is the worker's side, `channel` what the two say to each other, and `merging` makes one
answer of those of all workers.
"""
