"""
Running a reactor as a process: its file of the number, its log, its exit status.
"""
