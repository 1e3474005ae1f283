"""Doing things again, later, in small steps, or until a program is done."""

from __future__ import annotations

from twisted._faces import handOn

from ._task.clock import Clock as Clock
from ._task.cooperator import CooperativeTask as CooperativeTask
from ._task.cooperator import Cooperator as Cooperator
from ._task.cooperator import NotPaused as NotPaused
from ._task.cooperator import SchedulerError as SchedulerError
from ._task.cooperator import SchedulerStopped as SchedulerStopped
from ._task.cooperator import TaskDone as TaskDone
from ._task.cooperator import TaskFailed as TaskFailed
from ._task.cooperator import TaskFinished as TaskFinished
from ._task.cooperator import TaskStopped as TaskStopped
from ._task.cooperator import _theCooperator as _theCooperator
from ._task.cooperator import _Timer as _Timer
from ._task.cooperator import coiterate as coiterate
from ._task.cooperator import cooperate as cooperate
from ._task.looping import LoopingCall as LoopingCall
from ._task.main import deferLater as deferLater
from ._task.main import react as react

__all__ = [
    "Clock",
    "CooperativeTask",
    "Cooperator",
    "LoopingCall",
    "NotPaused",
    "SchedulerError",
    "SchedulerStopped",
    "TaskDone",
    "TaskFailed",
    "TaskFinished",
    "TaskStopped",
    "coiterate",
    "cooperate",
    "deferLater",
    "react",
]

handOn(
    __name__,
    Clock,
    CooperativeTask,
    Cooperator,
    LoopingCall,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
    _Timer,
    coiterate,
    cooperate,
    deferLater,
    react,
)
