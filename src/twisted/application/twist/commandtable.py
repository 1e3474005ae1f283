"""
The sub-commands of ``twist``, by name: what each is for, and the room that runs it.

A room is imported when its command is given, so that no command pays for another.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

__all__ = ["Command", "commands", "runCommand"]


class Command(NamedTuple):
    """
    One sub-command.

    Args:
        words: what follows its name, as help shows it.
        help: what it does, in a sentence.
        room: the module beside this one whose ``run(words)`` runs it and gives the exit status.
        group: the heading that help lists it under.
    """

    words: str
    help: str
    room: str
    group: str = "Commands"


_RUNNING: Final = "A site that runs"

commands: Final[dict[str, Command]] = {
    "up": Command("[FILE]", "Run the services of a configuration file.", "_up"),
    "check": Command(
        "[FILE]", "Read a configuration file, and say all that is wrong with it.", "_check"
    ),
    "services": Command(
        "[NAME]", "List the services there are, or explain one of them.", "_services"
    ),
    "init": Command("[FILE]", "Ask a few questions, and write a configuration file.", "_init"),
    "show": Command(
        "[FILE]", "Show a configuration file as it is understood, without secrets.", "_show"
    ),
    "schema": Command("", "Print the JSON Schema of configuration files.", "_schema"),
    "passwd": Command("[FILE NAME]", "Make an entry in a file of passwords.", "_passwd"),
    "doctor": Command("", "See what this machine and this installation can do.", "_doctor"),
    "status": Command("[FILE]", "Show what each service does.", "_status", _RUNNING),
    "reload": Command(
        "[FILE]", "Read the file again, and change what differs.", "_reload", _RUNNING
    ),
    "start": Command("NAME", "Start a service.", "_orders", _RUNNING),
    "stop": Command("NAME", "Stop a service.", "_orders", _RUNNING),
    "restart": Command("NAME", "Stop a service, and start it again.", "_orders", _RUNNING),
    "logs": Command("[NAME]", "Show the latest messages; -f goes on.", "_logs", _RUNNING),
    "console": Command("[FILE]", "A Python prompt with the site at hand.", "_console", _RUNNING),
    "down": Command("[FILE]", "Stop the whole site.", "_orders", _RUNNING),
    "worker": Command("FILE", "", "_worker", ""),
}
"""All commands, in the order of help. One without a group is for the program's own use."""


def runCommand(name: str, words: list[str]) -> int:
    """
    Run a sub-command.

    Args:
        name: its key in `commands`.
        words: what was given beside the name.
    Returns: the exit status.
    """
    room = import_module(f".{commands[name].room}", __package__)
    run = room.run
    # One room may serve several commands.
    status: int = run(words, name) if getattr(room, "sharesCommands", False) else run(words)
    return status
