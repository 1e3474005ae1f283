"""
Deferreds: results that are not there yet, coroutines that wait for them, and what else they
are good for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted._faces import handOn
from twisted.python.failure import Failure as Failure

from ._defer.combine import FAILURE as FAILURE
from ._defer.combine import SUCCESS as SUCCESS
from ._defer.combine import DeferredList as DeferredList
from ._defer.combine import _DeferredListResultItemT as _DeferredListResultItemT
from ._defer.combine import _DeferredListResultListT as _DeferredListResultListT
from ._defer.combine import _DeferredListSingleResultT as _DeferredListSingleResultT
from ._defer.combine import execute as execute
from ._defer.combine import gatherResults as gatherResults
from ._defer.combine import maybeDeferred as maybeDeferred
from ._defer.combine import race as race
from ._defer.contexts import getCallbackContext as getCallbackContext
from ._defer.contexts import setCallbackContext as setCallbackContext
from ._defer.coroutines import ensureDeferred as ensureDeferred
from ._defer.debug import DebugInfo as DebugInfo
from ._defer.deferred import _DEFERRED_SUBCLASSES as _DEFERRED_SUBCLASSES
from ._defer.deferred import _NO_RESULT as _NO_RESULT
from ._defer.deferred import _T as _T
from ._defer.deferred import Deferred as Deferred
from ._defer.deferred import _cancelledToTimedOutError as _cancelledToTimedOutError
from ._defer.deferred import _failthru as _failthru
from ._defer.deferred import passthru as passthru
from ._defer.errors import AlreadyCalledError as AlreadyCalledError
from ._defer.errors import AlreadyTryingToLockError as AlreadyTryingToLockError
from ._defer.errors import CancelledError as CancelledError
from ._defer.errors import FailureGroup as FailureGroup
from ._defer.errors import FirstError as FirstError
from ._defer.errors import NotACoroutineError as NotACoroutineError
from ._defer.errors import QueueOverflow as QueueOverflow
from ._defer.errors import QueueUnderflow as QueueUnderflow
from ._defer.errors import TimeoutError as TimeoutError
from ._defer.filelock import DeferredFilesystemLock as DeferredFilesystemLock
from ._defer.generators import GeneratorDeferred
from ._defer.generators import _DefGen_Return as _DefGen_Return
from ._defer.generators import inlineCallbacks as inlineCallbacks
from ._defer.generators import returnValue as returnValue
from ._defer.locks import DeferredLock as DeferredLock
from ._defer.locks import DeferredQueue as DeferredQueue
from ._defer.locks import DeferredSemaphore as DeferredSemaphore
from ._defer.locks import _ConcurrencyPrimitive as _ConcurrencyPrimitive
from ._defer.simple import fail as fail
from ._defer.simple import getDebugging as getDebugging
from ._defer.simple import logError as logError
from ._defer.simple import setDebugging as setDebugging
from ._defer.simple import succeed as succeed
from ._defer.waits import Wait as Wait
from ._defer.waits import liveWaits as liveWaits
from ._defer.watching import debugFromEnvironment
from ._defer.watching import getSlowCallbackSeconds as getSlowCallbackSeconds
from ._defer.watching import setSlowCallbackSeconds as setSlowCallbackSeconds
from ._defer.watching import setStepRecording as setStepRecording

# What ``import *`` hands out; every name here is public all the same.
__all__ = [
    "AlreadyCalledError",
    "AlreadyTryingToLockError",
    "CancelledError",
    "Deferred",
    "DeferredFilesystemLock",
    "DeferredList",
    "DeferredLock",
    "DeferredQueue",
    "DeferredSemaphore",
    "FAILURE",
    "SUCCESS",
    "TimeoutError",
    "ensureDeferred",
    "fail",
    "gatherResults",
    "inlineCallbacks",
    "maybeDeferred",
    "returnValue",
    "succeed",
]

#: What may be added to a Deferred for a result, and for an error.
DeferredCallback = Callable[..., object]
DeferredErrback = Callable[..., object]


def __getattr__(name: str) -> Any:
    # The logger of this module is made when somebody asks for it: most programs never do.
    if name != "log":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from twisted.logger import Logger

    globals()["log"] = made = Logger(namespace=__name__)
    return made


handOn(
    __name__,
    AlreadyCalledError,
    AlreadyTryingToLockError,
    CancelledError,
    DebugInfo,
    Deferred,
    DeferredFilesystemLock,
    DeferredList,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    FailureGroup,
    FirstError,
    NotACoroutineError,
    QueueOverflow,
    QueueUnderflow,
    TimeoutError,
    Wait,
    _DefGen_Return,
    _cancelledToTimedOutError,
    _failthru,
    GeneratorDeferred,
    ensureDeferred,
    execute,
    fail,
    gatherResults,
    getCallbackContext,
    getDebugging,
    getSlowCallbackSeconds,
    inlineCallbacks,
    liveWaits,
    logError,
    maybeDeferred,
    passthru,
    race,
    returnValue,
    setCallbackContext,
    setDebugging,
    setSlowCallbackSeconds,
    setStepRecording,
    succeed,
)

debugFromEnvironment()
