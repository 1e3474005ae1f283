"""HTTP/2 as a client speaks it: imported when a pool is asked for it, and not before."""
