"""
Programs that run others: to keep them alive (`procmon`), or one for each connection (`inetd`).
"""
